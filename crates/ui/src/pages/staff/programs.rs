//! Programs that may speak to the server, and letting a new one.

use askama::Template;
use countersign_core::program::May;
use countersign_core::staff::Role;
use countersign_core::time::Second;

use super::shell::{problems, wrong};
use super::{FormError, Shell};
use crate::pages::parts::{Choice, Field, Group, Part, Problem, ProblemWords};
use crate::pages::show::{self, filters};
use crate::plain;

/// `GET /programs`; its form posts `name`, `may` (once a thing) and `csrf` to it, and each program
/// that speaks has a form that posts `program` and `csrf` to `/programs/end`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/programs.html")]
pub struct Programs {
    /// Around the page.
    pub shell: Shell,
    /// All programs, the newest first.
    pub rows: Vec<ProgramRow>,
    /// The program that is being let.
    pub wish: NewProgram,
    /// What is wrong with it.
    pub errors: Vec<FormError>,
    /// What the program shows, just made: it is shown this once.
    pub secret: Option<String>,
}

/// A program as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramRow {
    /// Its token in hexadecimal, for the form that ends it.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub may: Vec<May>,
    /// Since when.
    pub since: Second,
    /// Who let it.
    pub by: Option<String>,
    /// When it spoke last.
    pub used: Option<Second>,
    /// Since when it may no longer.
    pub ended: Option<Second>,
}

/// A program that somebody wants to let speak.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewProgram {
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub may: Vec<May>,
}

impl NewProgram {
    /// What is wrong with it, for somebody with these roles.
    ///
    /// # Errors
    /// One error a field at least.
    pub fn checked(&self, roles: &[Role]) -> Result<(), Vec<FormError>> {
        let mut errors = Vec::new();
        let letters = self.name.trim().chars().count();
        if !(1..=80).contains(&letters) || self.name.chars().any(char::is_control) {
            errors.push(FormError::new(
                "name",
                "Give it a name of 1 to 80 letters, so that others know what would stop.",
            ));
        }
        if self.may.is_empty() {
            errors.push(FormError::new("may", "Tick what it may do."));
        } else if !self.may.iter().all(|may| may.is_given_by(roles)) {
            errors.push(FormError::new(
                "may",
                "Your roles can’t let a program do that: untick it, or ask an operator.",
            ));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

impl ProgramRow {
    fn may_said(&self) -> String {
        let words: Vec<String> = self
            .may
            .iter()
            .map(|may| said(*may).to_lowercase())
            .collect();
        plain::list(&words, "and")
    }

    /// Whether somebody with these roles may end it.
    fn can_be_ended(&self, roles: &[Role]) -> bool {
        self.ended.is_none() && self.may.iter().all(|may| may.is_given_by(roles))
    }
}

impl Programs {
    fn problems(&self) -> Vec<Problem> {
        problems(&self.errors)
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn parts(&self) -> Vec<Part> {
        let mut name = Field::new(
            "name",
            "Name".to_owned(),
            "What it is and where it runs, such as: hotline’s CRM.".to_owned(),
            &self.wish.name,
        );
        name.error = wrong(&self.errors, "name");
        let choice = |may: May| Choice {
            value: may.word(),
            label: said(may).to_owned(),
            hint: means(may).to_owned(),
            chosen: self.wish.may.contains(&may).into(),
        };
        let given = May::ALL.into_iter();
        vec![
            Part::Line(name),
            Part::Checks(Group {
                id: "may",
                legend: "What it may do".to_owned(),
                hint: String::new(),
                error: wrong(&self.errors, "may"),
                choices: given
                    .filter(|may| may.is_given_by(&self.shell.roles))
                    .map(choice)
                    .collect(),
            }),
        ]
    }
}

fn said(may: May) -> &'static str {
    match may {
        May::Reports => "Hand in reports",
        May::Views => "Hand in views",
    }
}

fn means(may: May) -> &'static str {
    match may {
        May::Reports => {
            "Reports that count once their customer has confirmed them, as those of the form. It \
             reads nothing but where a report stands."
        }
        May::Views => "Who saw which ticket when: what all cases are judged against.",
    }
}

pages!(Programs);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_a_name_and_may_what_its_maker_may_give() {
        let wrong = |name: &str, may: &[May], roles: &[Role]| {
            let wish = NewProgram {
                name: name.to_owned(),
                may: may.to_vec(),
            };
            let errors = wish.checked(roles).err().unwrap_or_default();
            errors.iter().map(|error| error.field).collect::<Vec<_>>()
        };
        let supervisor = [Role::Supervisor];
        assert!(wrong("CRM", &[May::Reports], &supervisor).is_empty());
        assert_eq!(wrong(" ", &[], &supervisor), ["name", "may"]);
        assert_eq!(wrong("a\nb", &[May::Reports], &supervisor), ["name"]);
        assert_eq!(wrong("CRM", &May::ALL, &supervisor), ["may"]);
        assert!(wrong("CRM", &May::ALL, &[Role::Operator]).is_empty());
    }
}
