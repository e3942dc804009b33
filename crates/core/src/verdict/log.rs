//! What one file of the log holds: the facts that `import --check` prints and the page shows.

use serde::{Deserialize, Serialize};

use super::Gap;

/// What one file of the log holds.
///
/// Counts and times only: no account is named here, because names are sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The product's name for `--from`; `tables` for a table.
    pub source: String,
    /// What it is, for a sentence.
    pub title: String,
    /// Records of the file.
    pub records: u64,
    /// Views that they tell of; one record can tell of several.
    pub views: u64,
    /// Changes that they tell of.
    pub changes: u64,
    /// Records that tell of neither, by reason; a reason without records is left out.
    pub none: Vec<NoneOf>,
    /// Records that could not be read.
    pub rejected: u64,
    /// Different accounts.
    pub accounts: u64,
    /// Views and changes whose account is not known.
    pub unresolved: u64,
    /// Those of them that could be one of several accounts'.
    pub ambiguous: u64,
    /// How many accounts look like programs: by their name, or because they never sleep.
    pub programs: u64,
    /// First view or change.
    pub from: Option<String>,
    /// Last view or change.
    pub to: Option<String>,
    /// Silences of over an hour in hours that are usually busy.
    pub gaps: Vec<Gap>,
    /// Times without an offset were read in the zone that was named.
    pub zone_assumed: bool,
    /// Times on a change of the clocks, which happened twice or never.
    pub clock_changes: u64,
}

/// Records that tell of neither a view nor a change, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoneOf {
    /// Why, in plain words.
    pub why: String,
    /// How many.
    pub records: u64,
}

/// Words that the terminal and the page share.
impl Log {
    /// What a log without gaps can say of itself.
    pub const NO_GAP: &'static str =
        "none over an hour in busy hours that three weeks or more show";
    /// Said where [`Self::zone_assumed`].
    pub const ZONE_ASSUMED: &'static str = "times without an offset were read as --timezone says";
    /// Said after the number of [`Self::clock_changes`].
    pub const CLOCK_CHANGES: &'static str = "on a change of the clocks";

    /// Records that tell of neither a view nor a change.
    #[must_use]
    pub fn neither(&self) -> u64 {
        self.none
            .iter()
            .fold(0, |sum, none| sum.saturating_add(none.records))
    }

    /// Share of what is told whose account is not known, 0 to 1.
    #[must_use]
    pub fn unresolved_share(&self) -> f64 {
        self.share(self.unresolved)
    }

    /// Share of what is told that several accounts fit, 0 to 1.
    #[must_use]
    pub fn ambiguous_share(&self) -> f64 {
        self.share(self.ambiguous)
    }

    fn share(&self, part: u64) -> f64 {
        part as f64 / self.views.saturating_add(self.changes).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_is_told_and_an_empty_log_has_none() {
        let log = Log {
            views: 3,
            changes: 1,
            unresolved: 2,
            ambiguous: 1,
            ..Log::default()
        };
        assert_eq!((log.unresolved_share(), log.ambiguous_share()), (0.5, 0.25));
        assert_eq!(Log::default().unresolved_share(), 0.0);
    }
}
