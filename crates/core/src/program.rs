//! Programs that speak to the server without a person, and what each may do.

use serde::{Deserialize, Serialize};

use crate::staff::Role;

/// What a program may do with its token; one token can allow several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum May {
    /// Hands in reports, and asks where one stands.
    Reports,
    /// Hands in views.
    Views,
}

impl May {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Reports, Self::Views];

    /// The word that addresses and records use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Reports => "reports",
            Self::Views => "views",
        }
    }

    /// What a word allows, if it is one.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|may| may.word() == word)
    }

    /// Who may give it to a program, and take it away.
    #[must_use]
    pub fn given_by(self) -> &'static [Role] {
        match self {
            Self::Reports => &[Role::Operator, Role::Supervisor],
            // Whoever judges reports does not choose what they are judged against.
            Self::Views => &[Role::Operator],
        }
    }

    /// Whether somebody with these roles may give it.
    #[must_use]
    pub fn is_given_by(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.given_by().contains(role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_may_is_written_with_its_word() {
        for may in May::ALL {
            assert_eq!(May::of(may.word()), Some(may));
            let written = serde_json::to_string(&may).unwrap();
            assert_eq!(written, format!("\"{}\"", may.word()));
        }
        assert_eq!(May::of("everything"), None);
    }

    #[test]
    fn whoever_judges_reports_gives_no_program_the_views() {
        assert!(May::Reports.is_given_by(&[Role::Supervisor]));
        assert!(!May::Views.is_given_by(&[Role::Supervisor, Role::Investigator]));
        assert!(May::Views.is_given_by(&[Role::Operator]));
    }
}
