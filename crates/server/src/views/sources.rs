//! What each source of views has said, and since when it says nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_core::record::{Seen, Source, Through};
use countersign_core::time::Second;

/// All sources that speak while the server runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources(Arc<Mutex<BTreeMap<Source, SourceNow>>>);

/// What a source has said.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceNow {
    /// Rows on record.
    pub(crate) views: u64,
    /// The latest of their times.
    pub(crate) last: Option<Second>,
    /// How far a file was read.
    pub(crate) through: Option<Through>,
    /// Lines that told no view.
    pub(crate) refused: u64,
    /// What is wrong with it.
    pub(crate) trouble: Option<String>,
}

impl SourceNow {
    /// Whether nothing was seen for so many hours.
    pub(crate) fn is_silent(&self, now: Second, hours: u32) -> bool {
        let seconds = hours.saturating_mul(3600);
        self.last
            .is_none_or(|last| now.0.saturating_sub(last.0) >= seconds)
    }
}

impl Sources {
    /// Makes a source known that may never have said anything.
    pub(crate) fn expect(&self, source: Source) {
        self.change(source, |_| ());
    }

    /// Rows of a source are on record.
    pub(crate) fn said(&self, source: &Source, rows: &[Seen], through: Option<Through>) {
        self.change(source.clone(), |now| {
            now.views += rows.len() as u64;
            let last = rows.iter().map(|row| row.second).max();
            now.last = now.last.max(last);
            now.through = through.or(now.through);
        });
    }

    /// Lines of a source told no view.
    pub(crate) fn refused(&self, source: &Source, lines: u64) {
        self.change(source.clone(), |now| now.refused += lines);
    }

    /// What is wrong with a source, or that nothing is; whether that is new.
    pub(crate) fn trouble(&self, source: &Source, trouble: Option<String>) -> bool {
        let mut new = false;
        self.change(source.clone(), |now| {
            new = now.trouble != trouble;
            now.trouble = trouble;
        });
        new
    }

    /// What a source has said.
    pub(crate) fn of(&self, source: &Source) -> SourceNow {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(source).cloned().unwrap_or_default()
    }

    /// All of them, in their order.
    pub(crate) fn all(&self) -> Vec<(Source, SourceNow)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = all
            .iter()
            .map(|(source, now)| (source.clone(), now.clone()));
        all.collect()
    }

    fn change(&self, source: Source, change: impl FnOnce(&mut SourceNow)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(all.entry(source).or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_silent_from_the_hour_on_that_it_is_asked_for() {
        let sources = Sources::default();
        let source = Source::File("a".to_owned());
        sources.expect(source.clone());
        let now = Second(100 * 3600);
        assert!(sources.of(&source).is_silent(now, 26));
        let row = Seen {
            second: Second(74 * 3600 + 1),
            ..Seen::default()
        };
        sources.said(&source, &[row], None);
        assert!(!sources.of(&source).is_silent(now, 26));
        assert!(sources.of(&source).is_silent(Second(now.0 + 1), 26));
        // One that is ahead of the clock speaks.
        assert!(!sources.of(&source).is_silent(Second(5), 26));
    }
}
