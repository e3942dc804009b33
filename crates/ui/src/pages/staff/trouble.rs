//! Pages for what went wrong: each says what to do.

use askama::Template;
use countersign_core::staff::Role;

use super::Shell;
use super::shell::role_said;
use crate::pages::show::filters;
use crate::plain;

/// What went wrong on a page of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaffWrong {
    /// 403: one of these roles is needed.
    Forbidden(Vec<Role>),
    /// 404.
    NotFound,
    /// 409: somebody else was faster, or it was done already; in words.
    Conflict(String),
    /// 500: our fault; the number under which the log has it.
    Internal(String),
}

/// The page of an error.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/trouble.html")]
pub struct StaffTrouble {
    /// Around the page.
    pub shell: Shell,
    /// What went wrong.
    pub wrong: StaffWrong,
}

impl StaffTrouble {
    fn title(&self) -> &'static str {
        match self.wrong {
            StaffWrong::Forbidden(_) => "This needs another role",
            StaffWrong::NotFound => "Nothing is here",
            StaffWrong::Conflict(_) => "Somebody was faster",
            StaffWrong::Internal(_) => "Something broke",
        }
    }

    /// `investigators or supervisors`.
    fn needed(&self, roles: &[Role]) -> String {
        let words = roles.iter().map(|role| format!("{}s", role_said(*role)));
        plain::list(&words.collect::<Vec<_>>(), "or")
    }
}

pages!(StaffTrouble);
