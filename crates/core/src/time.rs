//! Whole seconds, the only resolution at which Countersign compares views with calls.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Seconds since 2000-01-01T00:00:00Z, the one clock of a case.
///
/// 32 bits last until February 2136 and keep the exposure index at half the size of 64. A view
/// counts before a call when its second is smaller: `floor(view) < floor(call)`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Second(pub u32);

impl Second {
    /// Unix time of second 0 (2000-01-01T00:00:00Z).
    pub const EPOCH_UNIX: i64 = 946_684_800;
    /// One day.
    pub const DAY: u32 = 86_400;

    /// Reads a Unix time; `None` before 2000 or after February 2136.
    #[must_use]
    pub fn from_unix(unix: i64) -> Option<Self> {
        u32::try_from(unix.checked_sub(Self::EPOCH_UNIX)?)
            .ok()
            .map(Self)
    }

    /// Reads a time as RFC 3339 has it, which says its offset from UTC.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let time: jiff::Timestamp = text.trim().parse().ok()?;
        Self::from_unix(time.as_second())
    }

    /// This second as Unix time.
    #[must_use]
    pub fn to_unix(self) -> i64 {
        i64::from(self.0) + Self::EPOCH_UNIX
    }

    /// The second `days` earlier, or second 0.
    #[must_use]
    pub fn minus_days(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days.saturating_mul(Self::DAY)))
    }

    /// The calendar date in UTC, `2019-08-05`.
    #[must_use]
    pub fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl fmt::Display for Second {
    /// RFC 3339 in UTC: `2019-08-05T09:30:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.to_unix()) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "second {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_reads_as_rfc_3339_and_as_a_date() {
        let second = Second::from_unix(1_564_997_400).unwrap();
        assert_eq!(second.to_string(), "2019-08-05T09:30:00Z");
        assert_eq!(second.date(), "2019-08-05");
        assert_eq!(second.minus_days(5).date(), "2019-07-31");
        assert_eq!(Second::from_unix(0), None);
        assert_eq!(Second::read("2019-08-05T11:30:00.9+02:00"), Some(second));
        assert_eq!(Second::read("2019-08-05T11:30:00"), None);
        assert_eq!(Second::read("1999-12-31T23:59:59Z"), None);
    }
}
