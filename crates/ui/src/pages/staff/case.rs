//! One case: what its reports say, with the sections of the report.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::respond::burst::Burst;
use countersign_core::time::Second;
use countersign_core::verdict::{State, Verdict};

use super::{CaseSecond, Keeps, Shell};
use crate::ReportError;
use crate::page::Sections;
use crate::pages::parts::{Part, ProblemWords};
use crate::pages::show::{self, filters};

/// Verified reports of different customers under which no account is shown.
pub const LEAST_REPORTS: u64 = 3;

/// `GET /cases/<reference>`.
///
/// `/cases/<reference>/events` sends a server-sent event without a name whenever the case moves;
/// `assets/case.js` does not read what it says, but asks for the page again.
#[derive(Clone, Debug)]
pub struct CasePage {
    /// Around the page.
    pub shell: Shell,
    /// How people speak of it.
    pub reference: Reference,
    /// What it is called.
    pub title: String,
    /// Who works on it; none: somebody who was erased.
    pub worker: Option<String>,
    /// Whom the reader may give it to; empty where they may not.
    ///
    /// The form posts `csrf` and `person` to `/cases/<reference>/assign`.
    pub colleagues: Vec<Colleague>,
    /// When the page was made.
    pub now: Second,
    /// When its evidence last moved, if it did.
    pub moved: Option<Second>,
    /// Verified reports of different customers; under [`LEAST_REPORTS`] no account is shown,
    /// whatever the verdict says.
    pub customers: u64,
    /// Reports of its period that are not verified.
    pub unverified: u64,
    /// What needed a second person.
    pub second: CaseSecond,
    /// The last time that its reports came much faster than before, if they ever did.
    pub burst: Option<Burst>,
    /// What the last run showed, if there was one.
    pub verdict: Option<Box<Verdict>>,
    /// Notes and files.
    pub keeps: Keeps,
    /// All runs, newest first.
    pub runs: Vec<RunRow>,
}

/// Somebody who may work on cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// Hexadecimal digits.
    pub person: String,
    /// As colleagues know them.
    pub name: String,
    /// Whether the case is theirs now.
    pub works: bool,
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
    shown: Shown,
}

/// What a case may show.
#[derive(Debug)]
enum Shown {
    /// No account at all: so many customers are missing.
    TooFew(u64),
    /// Nothing was judged yet.
    NotRun,
    /// What the last run showed.
    Judged(Box<Sections>),
}

impl Drawn<'_> {
    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }
}

impl CasePage {
    /// Draws the page.
    ///
    /// # Errors
    /// [`ReportError::Template`] when the template engine fails, and [`ReportError::Document`] when
    /// the verdict's digest can't be made.
    pub fn render(&self) -> Result<String, ReportError> {
        let missing = LEAST_REPORTS.saturating_sub(self.customers);
        let shown = match &self.verdict {
            _ if missing > 0 => Shown::TooFew(missing),
            None => Shown::NotRun,
            Some(verdict) => Shown::Judged(Box::new(Sections::new(verdict)?)),
        };
        let drawn = Drawn {
            shell: &self.shell,
            page: self,
            shown,
        };
        Ok(drawn.render()?)
    }
}
