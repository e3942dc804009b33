//! Each claim beside its own bound: what it read when it was made, and what it reads now.

use countersign_core::verdict::{LevelKind, Named, Verdict};

use super::{level, names, spread};
use crate::moment::Moment;
use crate::numbers::{self, Weight};

/// One claim's evidence, then and now.
#[derive(Debug)]
pub(super) struct Reading {
    /// Number of the report at which it was made, and of how many.
    pub(super) report: String,
    pub(super) of: String,
    pub(super) on: Moment,
    /// When the last report was received.
    pub(super) last: Moment,
    pub(super) needed: Weight,
    pub(super) then: Weight,
    pub(super) now: Weight,
    pub(super) stands: Stands,
}

/// Where the evidence stands after the last report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    Over,
    /// Under the bound that it passed. The claim stays by the rule, and the page says so.
    Fallen,
}

impl Reading {
    pub(super) fn new(verdict: &Verdict, claim: &Named) -> Self {
        let path = spread(verdict, &claim.path);
        let made = usize::try_from(claim.after_reports).ok();
        let then = made
            .and_then(|report| report.checked_sub(1))
            .and_then(|index| path.get(index))
            .copied();
        let now = path.last().copied().unwrap_or(f64::NAN);
        let last = verdict.timeline.last();
        Self {
            report: numbers::thousands(claim.after_reports),
            of: numbers::thousands(verdict.timeline.len() as u64),
            on: Moment::new(&claim.on),
            last: Moment::new(last.map_or("", |entry| &entry.received_at)),
            needed: Weight::threshold(claim.threshold),
            then: Weight::new(then.unwrap_or(f64::NAN)),
            now: Weight::new(now),
            stands: if now < claim.threshold {
                Stands::Fallen
            } else {
                Stands::Over
            },
        }
    }
}

/// A row of the table of claims.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) names: Vec<String>,
    pub(super) level: String,
    pub(super) reading: Reading,
}

impl Row {
    pub(super) fn new(verdict: &Verdict, claim: &Named) -> Self {
        Self {
            names: names(claim),
            level: match (&claim.group, claim.level) {
                (Some(_), LevelKind::Copy) => format!("A vendor, {} persons", claim.holders.len()),
                (Some(_), kind) => format!("{}, {} persons", level(kind), claim.holders.len()),
                (None, LevelKind::Copy) => "A copy that left the desk".to_owned(),
                (None, kind) => level(kind).to_owned(),
            },
            reading: Reading::new(verdict, claim),
        }
    }
}

/// Whether a claim's evidence is not the line that is drawn for its holder as a person.
pub(super) fn has_own_path(verdict: &Verdict, claim: &Named) -> bool {
    claim.level != LevelKind::Person || verdict.colluders > 1
}

/// What a claim's line is called where its names would not fit.
pub(super) fn short(claim: &Named) -> String {
    match (claim.level, &claim.holders[..]) {
        (_, [one]) => one.clone(),
        (LevelKind::Team, _) => "the team".to_owned(),
        (LevelKind::Site, _) => "the site".to_owned(),
        (LevelKind::Copy, _) => "the vendor".to_owned(),
        (_, holders) => format!("these {}", holders.len()),
    }
}
