//! Why a row was left out, in words that hold nothing of the row.

use core::fmt;

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has more or fewer fields than the header.
    Fields {
        /// Fields of the row.
        found: u32,
        /// Fields of the header.
        expected: u32,
    },
    /// A quoted field never ends.
    OpenQuote,
    /// There is text between a closing quote and the next separator.
    TextAfterQuote,
    /// The line is no JSON object.
    NotJson(&'static str),
    /// The record is none of this log.
    NotThisLog(&'static str),
    /// A needed value is missing.
    Missing(&'static str),
    /// Neither customer nor ticket.
    NoItem,
    /// A time can't be read.
    TimeUnreadable,
    /// A time is a plain number, which only a Unix time is.
    TimeIsNumber,
    /// A time is before 2000 or after February 2136.
    TimeOutOfRange,
    /// A time is more than a day after now.
    TimeInFuture,
    /// A value is no valid UTF-8.
    NotUtf8(&'static str),
    /// A value has more than 4,096 bytes.
    TooLong(&'static str),
    /// A mail has more than 32 MiB.
    MailTooLarge,
    /// A word is none of those that the column knows.
    UnknownWord(&'static str),
    /// The rows of one export do not agree.
    ExportDisagrees,
    /// The row names something that no table has.
    UnknownId(&'static str),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fields { found, expected } => {
                write!(f, "{found} fields, the header has {expected}")
            }
            Self::OpenQuote => f.write_str("a quoted field is not closed"),
            Self::TextAfterQuote => f.write_str("text follows a closing quote"),
            Self::NotJson(what) => write!(f, "not a JSON object: {what}"),
            Self::NotThisLog(what) => f.write_str(what),
            Self::Missing(column) => write!(f, "`{column}` is empty"),
            Self::NoItem => f.write_str("neither customer nor ticket"),
            Self::TimeUnreadable => f.write_str("the time can't be read"),
            Self::TimeIsNumber => f.write_str(
                "the time is a plain number; --time-format says what it counts (unix, unix-ms)",
            ),
            Self::TimeOutOfRange => f.write_str("the time is before 2000 or after 2136"),
            Self::TimeInFuture => f.write_str("the time is in the future"),
            Self::NotUtf8(column) => write!(f, "`{column}` is not valid UTF-8"),
            Self::TooLong(column) => write!(f, "`{column}` is longer than 4096 bytes"),
            Self::MailTooLarge => f.write_str("the mail is larger than 32 MiB"),
            Self::UnknownWord(column) => {
                let known = words(column);
                write!(f, "`{column}` has a word that is not known; known: {known}")
            }
            Self::ExportDisagrees => {
                f.write_str("time or actor differ from an earlier row of the same holder")
            }
            Self::UnknownId(column) => write!(f, "`{column}` is in no table"),
        }
    }
}

/// The words that a column knows.
fn words(column: &str) -> &'static str {
    match column {
        "action" => "view, search, export, change",
        "kind" => "human, service, shared",
        "channel" => "phone, robocall, email, sms, portal, forum, decoy",
        _ => "true, false, yes, no, 1, 0",
    }
}
