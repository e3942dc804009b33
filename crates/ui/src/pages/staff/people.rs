//! Who works here, and the invitation of somebody new.

use askama::Template;
use countersign_core::staff::Role;
use countersign_core::time::Second;

use super::shell::roles_said;
use super::{FormError, Shell};
use crate::pages::show::{filters, stamp};

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
        Ok(&self.roles)
    }
}

pages!(People);
