//! Who works here, and the invitation of somebody new.

use askama::Template;
use countersign_core::staff::Role;
use countersign_core::time::Second;

use super::shell::{problems, role_said, roles_said, wrong};
use super::{FormError, Shell};
use crate::pages::parts::{Choice, Group, Part, Problem, ProblemWords};
use crate::pages::show::{self, filters};

/// `GET /people`; the form posts `roles` (once a role) and `csrf` to it.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/people.html")]
pub struct People {
    /// Around the page.
    pub shell: Shell,
    /// Who works here.
    pub rows: Vec<PersonRow>,
    /// The invitation that is being made.
    pub invitation: Invitation,
    /// What is wrong with it.
    pub errors: Vec<FormError>,
    /// The one-time link that was just made: it is shown this once.
    pub link: Option<String>,
}

/// A person as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// As colleagues know them.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Since when they work here.
    pub since: Second,
}

/// The roles for somebody new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invitation {
    /// Those that were ticked.
    pub roles: Vec<Role>,
}

impl Invitation {
    /// What is wrong with it: no role, or two that no person may have together.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn checked(&self) -> Result<&[Role], Vec<FormError>> {
        let mut pairs = self.roles.iter().enumerate();
        let apart = pairs.find_map(|(place, one)| {
            let mut others = self.roles.iter().skip(place + 1);
            others
                .find(|other| one.excludes(**other))
                .map(|other| (*one, *other))
        });
        let message = match apart {
            Some((one, other)) => format!(
                "Nobody may be {} and {}: take one of the two away.",
                role_said(one),
                role_said(other)
            ),
            None if self.roles.is_empty() => "Tick at least one role.".to_owned(),
            None => return Ok(&self.roles),
        };
        Err(vec![FormError {
            field: "roles",
            message,
        }])
    }
}

impl PersonRow {
    fn roles_said(&self) -> String {
        roles_said(&self.roles, "and")
    }
}

impl People {
    fn problems(&self) -> Vec<Problem> {
        problems(&self.errors)
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn parts(&self) -> Vec<Part> {
        let choice = |role: Role| Choice {
            value: role.word(),
            label: capital(role_said(role)),
            hint: means(role).to_owned(),
            chosen: self.invitation.roles.contains(&role).into(),
        };
        vec![Part::Checks(Group {
            id: "roles",
            legend: "Roles".to_owned(),
            hint: "Investigators can be neither key holder nor auditor: who opens names, or looks at what investigators did, has no cases.".to_owned(),
            error: wrong(&self.errors, "roles"),
            choices: Role::ALL.into_iter().map(choice).collect(),
        })]
    }
}

fn means(role: Role) -> &'static str {
    match role {
        Role::Investigator => "Works on cases.",
        Role::Supervisor => {
            "Sees all cases and reports, is the second person for what needs one, and invites."
        }
        Role::KeyHolder => "Opens names together with others, invites, and has no cases.",
        Role::Auditor => "Reads the entries of the ledger: what happened when.",
        Role::Agent => {
            "Writes down what customers say on the phone, and sees no report afterwards."
        }
        Role::Operator => "Looks after sources and health, and sees no case.",
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

pages!(People);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_that_no_person_may_have_together_are_refused() {
        let wrong = |roles: &[Role]| {
            let invitation = Invitation {
                roles: roles.to_vec(),
            };
            invitation
                .checked()
                .err()
                .map(|mut errors| errors.remove(0).message)
        };
        assert_eq!(wrong(&[Role::Investigator, Role::Supervisor]), None);
        let apart = wrong(&[Role::Investigator, Role::Agent, Role::KeyHolder]).unwrap();
        assert!(apart.contains("investigator and key holder"), "{apart}");
        assert_eq!(wrong(&[]).as_deref(), Some("Tick at least one role."));
    }
}
