//! Pages for what went wrong: each says what to do.

use askama::Template;
use countersign_core::staff::Role;

use super::Shell;
use crate::pages::show::filters;

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

pages!(StaffTrouble);
