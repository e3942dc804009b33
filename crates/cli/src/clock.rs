//! The one clock of the program; everything below takes the time as an argument.

use countersign_core::time::Second;

/// The present second.
#[must_use]
pub fn now() -> Second {
    Second::from_unix(jiff::Timestamp::now().as_second()).unwrap_or_default()
}

/// The present time in milliseconds since 1970, for the names of events.
#[must_use]
pub fn milliseconds() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}
