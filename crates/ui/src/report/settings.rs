//! 10. Settings, levels, inputs, and how to compute the same again.

use askama::Template;
use countersign_core::verdict::{Freeze, LevelKind, State, Verdict, Views};

use super::level;
use crate::moment::Moment;
use crate::numbers::{self, Weight};
use crate::plain;

/// Everything needed to find this verdict again.
#[derive(Debug, Template)]
#[template(path = "report/settings.html")]
pub(crate) struct Settings {
    facts: Vec<(&'static str, String)>,
    levels: Vec<Row>,
    inputs: Vec<InputRow>,
    digest: String,
    /// Digest of verdict.json.
    file: String,
    /// The command word by word, each with whether it fits a line.
    recompute: Vec<(String, Fit)>,
    openable: bool,
}

#[derive(Debug)]
struct Row {
    level: &'static str,
    share: String,
    holders: String,
    threshold: Weight,
}

#[derive(Debug)]
struct InputRow {
    table: String,
    path: String,
    sha256: String,
    rows: String,
    rejected: String,
}

impl Settings {
    pub(crate) fn new(verdict: &Verdict, digest: &str, file: &str) -> Self {
        Self {
            facts: facts(verdict),
            levels: verdict
                .levels
                .iter()
                .map(|row| Row {
                    level: level(row.level),
                    share: numbers::percent(row.share),
                    holders: numbers::thousands(row.holders),
                    threshold: Weight::threshold(row.threshold),
                })
                .collect(),
            inputs: verdict
                .inputs
                .iter()
                .map(|input| InputRow {
                    table: plain::shown(&input.table),
                    path: plain::shown(&input.path),
                    sha256: plain::shown(&input.sha256),
                    rows: numbers::thousands(input.rows),
                    rejected: numbers::thousands(input.rejected),
                })
                .collect(),
            digest: digest.to_owned(),
            file: file.to_owned(),
            recompute: words_of(&verdict.recompute),
            openable: verdict.state == State::Named
                && verdict
                    .named
                    .iter()
                    .any(|named| named.level == LevelKind::Person),
        }
    }
}

/// Whether a word of the command is kept in one piece.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fit {
    Whole,
    Broken,
}

/// The command at its spaces: a line that broke inside `--tickets` would be copied wrongly.
fn words_of(command: &str) -> Vec<(String, Fit)> {
    if command.is_empty() {
        return Vec::new();
    }
    plain::whole(command)
        .split(' ')
        .map(|word| {
            let fit = if word.len() <= 30 {
                Fit::Whole
            } else {
                Fit::Broken
            };
            (word.to_owned(), fit)
        })
        .collect()
}

fn facts(verdict: &Verdict) -> Vec<(&'static str, String)> {
    let day = |which: fn(&Freeze) -> &String| {
        let freeze = verdict.freeze.as_ref();
        freeze.map_or_else(
            || "no report is used yet".to_owned(),
            |freeze| format!("{} UTC", Moment::new(which(freeze)).shown),
        )
    };
    let odds = |value| format!("odds of {}", numbers::decimal(value, 2));
    vec![
        (
            "Run of this case",
            numbers::thousands(u64::from(verdict.run)),
        ),
        (
            "Version of the computation",
            numbers::thousands(u64::from(verdict.version)),
        ),
        ("Method", plain::shown(&verdict.method)),
        ("Document", plain::shown(&verdict.format)),
        (
            "Chance of ever naming an innocent person",
            format!("at most {}", numbers::one_in(verdict.alpha)),
        ),
        (
            "Colleagues guarded against",
            numbers::thousands(u64::from(verdict.colluders)),
        ),
        (
            "Unfairness that a naming must survive",
            odds(verdict.gamma_required),
        ),
        (
            "Strongest reports struck before a naming",
            numbers::thousands(u64::from(verdict.strike)),
        ),
        (
            "Exposure frozen before the first known call",
            numbers::counted(u64::from(verdict.freeze_days), "day", "days"),
        ),
        ("Earliest known call", day(|freeze| &freeze.first_call)),
        ("Views count for naming until", day(|freeze| &freeze.at)),
        (
            "Persons when the case opened",
            numbers::thousands(verdict.accounts),
        ),
        ("Room for newcomers", numbers::thousands(verdict.reserve)),
        (
            "The log records",
            match verdict.views {
                Views::Views => "every view".to_owned(),
                Views::ChangesOnly => "changes only".to_owned(),
            },
        ),
        (
            "Purpose",
            if verdict.exploratory {
                "exploratory: leads only"
            } else {
                "naming allowed"
            }
            .to_owned(),
        ),
    ]
}
