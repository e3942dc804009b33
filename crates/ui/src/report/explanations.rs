//! 6. Other explanations: a checklist with room for each result.

use askama::Template;
use countersign_core::verdict::Verdict;

use crate::plain;

/// The checklist.
#[derive(Debug, Template)]
#[template(path = "report/explanations.html")]
pub(crate) struct Explanations {
    rows: Vec<Row>,
    open: usize,
}

#[derive(Debug)]
struct Row {
    what: String,
    how: String,
    checked: Option<String>,
}

impl From<&Verdict> for Explanations {
    fn from(verdict: &Verdict) -> Self {
        Self {
            rows: verdict
                .other_explanations
                .iter()
                .map(|one| Row {
                    what: plain::shown(&one.what),
                    how: plain::passage(&one.how_to_tell),
                    checked: one.checked.as_deref().map(plain::passage),
                })
                .collect(),
            open: verdict
                .other_explanations
                .iter()
                .filter(|one| one.checked.is_none())
                .count(),
        }
    }
}
