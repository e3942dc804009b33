//! One case: what its reports say, with the sections of the report.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::time::Second;
use countersign_core::verdict::{State, Verdict};

use super::Shell;
use crate::ReportError;
use crate::pages::show::{filters, stamp};

/// Verified reports of different customers under which no account is shown.
pub const LEAST_REPORTS: u64 = 3;

/// `GET /cases/<reference>`; `/cases/<reference>/events` sends an event whenever it moves.
#[derive(Clone, Debug)]
pub struct CasePage {
    /// Around the page.
    pub shell: Shell,
    /// How people speak of it.
    pub reference: Reference,
    /// What it is called.
    pub title: String,
    /// When the page was made.
    pub now: Second,
    /// When its evidence last moved, if it did.
    pub moved: Option<Second>,
    /// Verified reports of different customers; under [`LEAST_REPORTS`] no account is shown,
    /// whatever the verdict says.
    pub customers: u64,
    /// Reports of its period that are not verified.
    pub unverified: u64,
    /// Reports of its period that a person left out.
    pub excluded: u64,
    /// What the last run showed, if there was one.
    pub verdict: Option<Box<Verdict>>,
    /// All runs, newest first.
    pub runs: Vec<RunRow>,
}

/// A run as a row of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Its number.
    pub run: u32,
    /// Version of the computation.
    pub version: u32,
    /// When it was made.
    pub at: Second,
    /// Reports that were judged.
    pub reports: u64,
    /// What was shown.
    pub state: State,
}

#[derive(Debug, Template)]
#[template(path = "pages/staff/case.html")]
struct Drawn<'a> {
    shell: &'a Shell,
    page: &'a CasePage,
}

impl CasePage {
    /// Draws the page.
    ///
    /// # Errors
    /// [`ReportError::Template`] when the template engine fails, and [`ReportError::Document`] when
    /// the verdict's digest can't be made.
    pub fn render(&self) -> Result<String, ReportError> {
        let drawn = Drawn {
            shell: &self.shell,
            page: self,
        };
        Ok(drawn.render()?)
    }
}
