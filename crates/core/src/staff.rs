//! Those who work with Countersign, and what each may do.

use serde::{Deserialize, Serialize};

/// What somebody may do; a person can have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Works on cases.
    Investigator,
    /// Assigns cases, and is the second person for what needs one.
    Supervisor,
    /// Opens names together with others, and has no cases.
    KeyHolder,
    /// Reads the ledger and what investigators did.
    Auditor,
    /// Enters what customers report on the phone.
    Agent,
    /// Looks after sources and health, and sees no case.
    Operator,
}

impl Role {
    /// All roles, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Investigator,
        Self::Supervisor,
        Self::KeyHolder,
        Self::Auditor,
        Self::Agent,
        Self::Operator,
    ];

    /// The word that configuration, addresses and records use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Investigator => "investigator",
            Self::Supervisor => "supervisor",
            Self::KeyHolder => "key-holder",
            Self::Auditor => "auditor",
            Self::Agent => "agent",
            Self::Operator => "operator",
        }
    }

    /// The role of a word, if there is one.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Why a person may not have both, if they may not: who opens names must have no interest in
    /// whose they are.
    #[must_use]
    pub fn excludes(self, other: Self) -> bool {
        let apart = |one, two| (self, other) == (one, two) || (other, self) == (one, two);
        apart(Self::KeyHolder, Self::Investigator) || apart(Self::Auditor, Self::Investigator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_written_with_its_word() {
        for role in Role::ALL {
            assert_eq!(Role::of(role.word()), Some(role));
            let written = serde_json::to_string(&role).unwrap();
            assert_eq!(written, format!("\"{}\"", role.word()));
        }
        assert_eq!(Role::of("key holder"), None);
    }

    #[test]
    fn who_opens_names_has_no_cases() {
        assert!(Role::KeyHolder.excludes(Role::Investigator));
        assert!(Role::Investigator.excludes(Role::KeyHolder));
        assert!(!Role::KeyHolder.excludes(Role::Supervisor));
        assert!(Role::ALL.into_iter().all(|role| !role.excludes(role)));
    }
}
