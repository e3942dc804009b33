//! The sections of the report in their order, each a view of the verdict with its template.

mod change;
mod explanations;
mod fairness;
mod growth;
mod holders;
mod sentence;
mod settings;
mod since;
mod story;
mod tomorrow;

use countersign_core::desk::AccountKind;
use countersign_core::report::Channel;
use countersign_core::verdict::{LevelKind, State, Verdict};

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
    let claims = |list: &[countersign_core::verdict::Named]| {
        list.iter()
            .any(|claim| claim.holders.iter().any(|one| one == holder))
    };
    // An exploratory run and a lead never turn red, whatever else the document says.
    let claimed = matches!(verdict.state, State::Named | State::SetNamed);
    let alone = |claim: &&countersign_core::verdict::Named| claim.holders.len() == 1;
    if claimed
        && verdict
            .named
            .iter()
            .filter(alone)
            .any(|claim| claim.holders[0] == holder)
    {
        Tag::NAMED
    } else if claimed && (claims(&verdict.named) || claims(&verdict.set_named)) {
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

fn channel(channel: Channel) -> &'static str {
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
