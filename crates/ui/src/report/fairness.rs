//! 4. How fair the comparison is: what was compared with what, and what the log covers.

use askama::Template;
use countersign_core::verdict::{Verdict, Views};

use crate::moment::Moment;
use crate::numbers;
use crate::plain;

/// Strata and coverage.
#[derive(Debug, Template)]
#[template(path = "report/fairness.html")]
pub(crate) struct Fairness {
    attributes: Vec<String>,
    cells: String,
    median: String,
    smallest: String,
    merged: Vec<(String, String)>,
    refused: Vec<(String, String)>,
    rows: String,
    changes_only: bool,
    unresolved: String,
    from: Option<Moment>,
    to: Option<Moment>,
    accounts: String,
    customers: String,
    tickets: String,
    gaps: Vec<(Moment, Moment)>,
}

impl From<&Verdict> for Fairness {
    fn from(verdict: &Verdict) -> Self {
        let (strata, coverage) = (&verdict.strata, &verdict.coverage);
        Self {
            attributes: strata
                .attributes
                .iter()
                .map(|name| plain::shown(name))
                .collect(),
            cells: numbers::thousands(strata.cells),
            median: numbers::thousands(strata.median_items),
            smallest: numbers::thousands(strata.smallest_items),
            merged: strata
                .merged
                .iter()
                .map(|merged| (plain::shown(&merged.by), numbers::thousands(merged.cells)))
                .collect(),
            refused: strata
                .refused
                .iter()
                .map(|refused| (plain::shown(&refused.name), plain::shown(&refused.reason)))
                .collect(),
            rows: numbers::thousands(coverage.rows),
            changes_only: verdict.views == Views::ChangesOnly,
            unresolved: numbers::percent(coverage.unresolved),
            from: coverage.from.as_deref().map(Moment::new),
            to: coverage.to.as_deref().map(Moment::new),
            accounts: numbers::thousands(coverage.accounts),
            customers: numbers::thousands(coverage.customers),
            tickets: numbers::thousands(coverage.tickets),
            gaps: coverage
                .gaps
                .iter()
                .map(|gap| (Moment::new(&gap.from), Moment::new(&gap.to)))
                .collect(),
        }
    }
}
