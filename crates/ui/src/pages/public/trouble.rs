//! Pages for what went wrong: each says what to do.

use askama::Template;

use crate::Language;
use crate::pages::show::filters;

/// What went wrong on a public page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// 404: no such page.
    NotFound,
    /// 400: what came in can't be read, or its token is too old.
    BadRequest,
    /// 429: too many in a short time.
    TooMany,
    /// 500: our fault.
    Internal,
}

/// The page of an error.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/public/trouble.html")]
pub struct Trouble {
    /// In which language.
    pub language: Language,
    /// What went wrong.
    pub wrong: Wrong,
}

pages!(Trouble);
