//! What templates call to show core's nouns.

use countersign_core::report::Channel;
use countersign_core::respond::burst::{Burst, Within};
use countersign_core::respond::statement::Pretext;
use countersign_core::time::Second;
use countersign_core::verdict::State;

use super::public::Standing;
use crate::moment::Moment;
use crate::numbers::{counted as counted_of, thousands};

/// Filters of the templates.
#[expect(
    unreachable_pub,
    reason = "the attribute of a filter writes a public method"
)]
pub(crate) mod filters {
    use core::fmt::Display;

    use crate::plain;

    /// One text from outside, every trick made visible, at most a line.
    #[askama::filter_fn]
    pub(crate) fn shown(text: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(plain::shown(&text.to_string()))
    }

    /// What somebody typed, put back into its field.
    #[askama::filter_fn]
    pub(crate) fn typed(text: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
        let lines = text.to_string().replace("\r\n", "\n");
        Ok(plain::whole(&lines.replace('\r', "\n").replace('\t', " ")))
    }

    /// A text from outside that must stay whole.
    #[askama::filter_fn]
    pub(crate) fn whole(text: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(plain::whole(&text.to_string()))
    }
}

/// A second as `<time>`: figures and names of months only, so it needs no escaping.
pub(crate) fn stamp(second: &Second) -> String {
    let exact = second.to_string();
    let moment = Moment::new(&exact);
    format!("<time datetime=\"{exact}\">{}</time>", moment.shown)
}

/// How long ago a second is, in words: `40 seconds ago`.
pub(crate) fn ago(then: &Second, now: &Second) -> String {
    let past = u64::from(now.0.saturating_sub(then.0));
    let (count, one, many) = match past {
        0..120 => (past, "second", "seconds"),
        120..7_200 => (past / 60, "minute", "minutes"),
        7_200..172_800 => (past / 3_600, "hour", "hours"),
        _ => (past / 86_400, "day", "days"),
    };
    format!("{} ago", counted_of(count, one, many))
}

/// A number with its thousands apart.
pub(crate) fn count(number: &u64) -> String {
    thousands(*number)
}

/// A number with its noun.
pub(crate) fn counted(number: &u64, one: &str, many: &str) -> String {
    counted_of(*number, one, many)
}

/// How fast reports came, and how fast before.
pub(crate) fn burst(burst: &Burst) -> String {
    let within = match burst.within {
        Within::Hour => "within an hour",
        Within::Day => "within a day",
    };
    let reports = counted_of(burst.reports, "report was", "reports were");
    let (number, unit) = match burst.hours {
        hours @ 0..48 => (u64::from(hours).max(1), ["hour", "hours"]),
        hours => (u64::from(hours / 24), ["day", "days"]),
    };
    let before = counted_of(number, unit[0], unit[1]);
    format!(
        "{reports} verified {within}, and {} in the {before} before",
        thousands(burst.before)
    )
}

pub(crate) fn channel_said(channel: &Channel) -> &'static str {
    crate::report::channel(*channel)
}

pub(crate) fn pretext_said(pretext: &Pretext) -> &'static str {
    match pretext {
        Pretext::InfectedServers => "Infected servers or computer",
        Pretext::AutoRenewal => "Charged or renewed",
        Pretext::Refund => "Refund",
        Pretext::FakePortal => "False portal",
        Pretext::RemoteHelp => "Remote help",
        Pretext::Other => "Something else",
    }
}

/// Whether a report is verified, in words.
pub(crate) fn standing_said(standing: &Standing) -> &'static str {
    match standing {
        Standing::Received => "Not verified",
        Standing::Waiting => "Waits for its code",
        Standing::Counts => "Verified",
        Standing::Closed => "Closed",
    }
}

/// A state in words; a lead never sounds like a naming.
pub(crate) fn state_said(state: &State) -> &'static str {
    match state {
        State::Nothing => "Nobody is named",
        State::Lead => "A lead, nobody is named",
        State::StrongLead => "Strong leads, nobody is named",
        State::SetNamed => "One of a set is named",
        State::Named => "Named",
    }
}

/// Class of a state's tag: red is only for what is named.
pub(crate) fn state_class(state: &State) -> &'static str {
    match state {
        State::Nothing => "plain",
        State::Lead => "info",
        State::StrongLead => "warn",
        State::SetNamed | State::Named => "alert",
    }
}
