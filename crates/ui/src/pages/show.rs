//! What templates call to show core's nouns.

use countersign_core::time::Second;

use crate::moment::Moment;
use crate::numbers::counted;

/// Filters of the templates.
pub(crate) mod filters {
    use core::fmt::Display;

    use crate::plain;

    /// One text from outside, every trick made visible, at most a line.
    #[askama::filter_fn]
    pub(crate) fn shown(text: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(plain::shown(&text.to_string()))
    }

    /// A text from outside that must stay whole.
    #[askama::filter_fn]
    pub(crate) fn whole(text: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(plain::whole(&text.to_string()))
    }
}

/// A second as `<time>`: figures and names of months only, so it needs no escaping.
pub(crate) fn stamp(second: Second) -> String {
    let exact = second.to_string();
    let moment = Moment::new(&exact);
    format!("<time datetime=\"{exact}\">{}</time>", moment.shown)
}

/// How long ago a second is, in words: `40 seconds ago`.
pub(crate) fn ago(then: Second, now: Second) -> String {
    let past = u64::from(now.0.saturating_sub(then.0));
    let (count, one, many) = match past {
        0..120 => (past, "second", "seconds"),
        120..7_200 => (past / 60, "minute", "minutes"),
        7_200..172_800 => (past / 3_600, "hour", "hours"),
        _ => (past / 86_400, "day", "days"),
    };
    format!("{} ago", counted(count, one, many))
}
