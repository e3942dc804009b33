//! The sections of the report in their order, each a view of the verdict with its template.

mod apart;
mod change;
mod claims;
mod explanations;
mod fairness;
mod growth;
mod holders;
mod logs;
mod sentence;
mod settings;
mod since;
mod story;
mod tomorrow;

use countersign_core::desk::AccountKind;
use countersign_core::report::Channel;
use countersign_core::verdict::{LevelKind, Named, State, Verdict};

use crate::plain;

pub(crate) use apart::Apart;
pub(crate) use change::Change;
pub(crate) use explanations::Explanations;
pub(crate) use fairness::Fairness;
pub(crate) use growth::Growth;
pub(crate) use holders::Holders;
pub(crate) use sentence::Sentence;
pub(crate) use settings::Settings;
pub(crate) use since::SinceWhen;
pub(crate) use story::Story;
pub(crate) use tomorrow::Tomorrow;

/// What the page calls a holder's standing; the word stands wherever the colour does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Class in the stylesheet: `alert` is red and only for claims under the bound.
    pub(crate) class: &'static str,
    /// The word.
    pub(crate) word: &'static str,
}

impl Tag {
    const NAMED: Self = Self {
        class: "alert",
        word: "Named",
    };
    const ONE_OF: Self = Self {
        class: "alert",
        word: "In a named set",
    };
    const STRONG: Self = Self {
        class: "warn",
        word: "Strong lead",
    };
    const LEAD: Self = Self {
        class: "info",
        word: "First so far",
    };
    const OPEN: Self = Self {
        class: "plain",
        word: "Not decided",
    };
}

/// How a holder stands at the end of the reports.
fn standing(verdict: &Verdict, holder: &str) -> Tag {
    let mut claims = claims(verdict).filter(|claim| claim.holders.iter().any(|one| one == holder));
    let is_alone = |claim: &Named| claim.holders.len() == 1;
    if claims.clone().any(is_alone) {
        Tag::NAMED
    } else if claims.next().is_some() {
        Tag::ONE_OF
    } else if verdict
        .strong_leads
        .iter()
        .any(|lead| lead.holder == holder)
    {
        Tag::STRONG
    } else if last_lead(verdict) == Some(holder) {
        Tag::LEAD
    } else {
        Tag::OPEN
    }
}

/// What is claimed: single holders and groups first, as the document orders them, then the sets.
fn claims(verdict: &Verdict) -> impl Iterator<Item = &Named> + Clone {
    // An exploratory run and a lead never turn red, whatever else the document says.
    let claimed = matches!(verdict.state, State::Named | State::SetNamed);
    verdict
        .named
        .iter()
        .chain(&verdict.set_named)
        .filter(move |_| claimed)
}

/// A claim's names: its group's, else its holders'.
fn names(claim: &Named) -> Vec<String> {
    match &claim.group {
        Some(group) => vec![plain::shown(group)],
        None => claim
            .holders
            .iter()
            .map(|holder| plain::shown(holder))
            .collect(),
    }
}

/// A path as the page counts: one entry a report, level where a report was not used.
fn spread(verdict: &Verdict, path: &[f64]) -> Vec<f64> {
    let mut used = path.iter();
    let mut last = 0.0;
    let entries = verdict.timeline.iter();
    entries
        .map(|entry| {
            if entry.used {
                last = used.next().copied().unwrap_or(f64::NAN);
            }
            last
        })
        .collect()
}

/// Who is first after the last report.
fn last_lead(verdict: &Verdict) -> Option<&str> {
    verdict.lead.last()?.as_deref()
}

fn kind(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Human => "Person",
        AccountKind::Service => "Program",
        AccountKind::Shared => "Shared login",
    }
}

pub(crate) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Phone => "Phone call",
        Channel::Robocall => "Robocall",
        Channel::Email => "E-mail",
        Channel::Sms => "Text message",
        Channel::Portal => "False portal",
        Channel::Forum => "Forum",
        Channel::Decoy => "Decoy record",
    }
}

fn level(level: LevelKind) -> &'static str {
    match level {
        LevelKind::Person => "One person",
        LevelKind::Pair => "Two persons together",
        LevelKind::Triple => "Three persons together",
        LevelKind::NearIdentical => "Accounts that saw nearly the same records",
        LevelKind::Team => "A team",
        LevelKind::Site => "A site",
        LevelKind::Copy => "A vendor, or a copy that left the desk",
    }
}
