//! Where views come from, and how the server is.

use askama::Template;
use countersign_core::time::Second;

use super::Shell;
use crate::pages::show::{self, filters};

/// `GET /sources`, for operators.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/sources.html")]
pub struct Sources {
    /// Around the page.
    pub shell: Shell,
    /// Where views come from.
    pub sources: Vec<Source>,
    /// How the server is, one line a part.
    pub health: Vec<Health>,
}

/// Where views come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// What kind of desk or log it is.
    pub kind: String,
    /// Whether it speaks.
    pub state: SourceState,
    /// The last view that it told of.
    pub last: Option<Second>,
    /// Views that it told of.
    pub views: u64,
}

/// Whether a source speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// It does.
    Speaks,
    /// It has said nothing for longer than it should.
    Silent,
    /// What it says can't be read.
    Broken,
}

/// How one part of the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Sound {
        /// Which part.
        part: String,
        /// What was found.
        said: String,
    },
    /// Somebody must do something.
    Trouble {
        /// Which part.
        part: String,
        /// What was found, and what to do.
        said: String,
    },
}

impl SourceState {
    fn word(self) -> &'static str {
        match self {
            Self::Speaks => "Speaks",
            Self::Silent => "Silent",
            Self::Broken => "Can’t be read",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Speaks => "ok",
            Self::Silent | Self::Broken => "warn",
        }
    }
}

pages!(Sources);
