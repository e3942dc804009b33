//! The list of cases.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::time::Second;
use countersign_core::verdict::State;

use super::Shell;
use crate::pages::show::{self, filters};

/// `GET /cases`.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "pages/staff/cases.html")]
pub struct Cases {
    /// Around the page.
    pub shell: Shell,
    /// Cases, newest first.
    pub rows: Vec<CaseRow>,
}

/// A case as a row.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseRow {
    /// How people speak of it.
    pub reference: Reference,
    /// What it is called.
    pub title: String,
    /// Who works on it; none: somebody who was erased.
    pub worker: Option<String>,
    /// When it opened.
    pub opened: Second,
    /// Reports that count in it.
    pub reports: u64,
    /// The last run, if there was one.
    pub run: Option<u32>,
    /// What that run showed.
    pub state: Option<State>,
}

pages!(Cases);
