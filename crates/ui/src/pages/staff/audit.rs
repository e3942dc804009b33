//! The ledger, entry by entry.

use askama::Template;
use countersign_core::ledger::Kind;
use countersign_core::time::Second;

use super::{Cursors, Shell};
use crate::pages::show::{filters, stamp};

/// `GET /audit?before=|after=`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/audit.html")]
pub struct Audit {
    /// Around the page.
    pub shell: Shell,
    /// Entries, newest first.
    pub rows: Vec<Entry>,
    /// Where the list goes on.
    pub cursors: Cursors,
}

/// An entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub seq: u64,
    /// When it was written.
    pub at: Second,
    /// What happened.
    pub kind: Kind,
    /// Whom it is about, in hexadecimal; the page shows the first 8 digits.
    pub subject: String,
}

pages!(Audit);
