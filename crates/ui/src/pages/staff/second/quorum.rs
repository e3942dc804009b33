//! The keys of those who open names.

use askama::Template;
use countersign_core::time::Second;

use super::super::Shell;
use crate::pages::show::{self, filters};

/// `GET /quorum`; `POST /quorum/key` makes one's own key, `POST /quorum/deal` deals the one that
/// opens names.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/quorum.html")]
pub struct Quorum {
    /// Around the page.
    pub shell: Shell,
    /// All key holders.
    pub holders: Vec<KeyRow>,
    /// Whether this person has made a key.
    pub has_key: bool,
    /// Since when the key that opens names is dealt, if it is.
    pub dealt: Option<Second>,
    /// The key that was just made: it is shown this once.
    pub key: Option<String>,
}

/// A key holder as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// As colleagues know them.
    pub name: String,
    /// Whether they have made their own key.
    pub has_key: bool,
}

impl Quorum {
    /// Whether the key can be dealt now.
    fn is_ready(&self) -> bool {
        self.dealt.is_none()
            && self.holders.len() >= 2
            && self.holders.iter().all(|row| row.has_key)
    }
}

pages!(Quorum);
