//! The one clock of the program; everything below takes the time as an argument.

use countersign_core::time::Second;

/// The present second.
#[must_use]
pub fn now() -> Second {
    Second::from_unix(jiff::Timestamp::now().as_second()).unwrap_or_default()
}
