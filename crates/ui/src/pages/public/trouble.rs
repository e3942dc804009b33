//! Pages for what went wrong: each says what to do.

use askama::Template;

use crate::Language;

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

impl Trouble {
    fn title(&self) -> &'static str {
        match self.wrong {
            Wrong::NotFound => "wrong-404-title",
            Wrong::BadRequest => "wrong-400-title",
            Wrong::TooMany => "wrong-429-title",
            Wrong::Internal => "wrong-500-title",
        }
    }

    fn about(&self) -> &'static str {
        match self.wrong {
            Wrong::NotFound => "wrong-404",
            Wrong::BadRequest => "wrong-400",
            Wrong::TooMany => "wrong-429",
            Wrong::Internal => "wrong-500",
        }
    }
}

pages!(Trouble);
