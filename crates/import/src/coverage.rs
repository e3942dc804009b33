//! What a log covers: from when to when, and where it is silent although the desk was busy.

use countersign_core::time::Second;

use crate::adapters::NoViews;

/// What the log covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Views that were used.
    pub rows: u64,
    /// The first view.
    pub first: Option<Second>,
    /// The last view.
    pub last: Option<Second>,
    /// Views whose account is not known.
    pub unresolved: u64,
    /// Different accounts that the log names.
    pub accounts: u64,
    /// Silences of over an hour at times when the desk is usually busy.
    pub gaps: Vec<Gap>,
}

/// What one file of the log holds.
///
/// Every record of the file is in exactly one of: tells views or changes, is none of either
/// (`no_views`), was left out (`rejected`). A record can tell of several views.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFile {
    /// Its name for `--from`; `tables` for a table of events.
    pub source: &'static str,
    /// What it is, for a sentence.
    pub title: &'static str,
    /// Records of the file.
    pub records: u64,
    /// Views that it tells of.
    pub views: u64,
    /// Changes that it tells of; who changes a record has seen it.
    pub changes: u64,
    /// Records that concern no view, by reason.
    pub no_views: NoViews,
    /// Records that were left out.
    pub rejected: u64,
    /// Views and changes whose account is not known.
    pub unresolved: u64,
    /// Those of them that could be one of several accounts'.
    pub ambiguous: u64,
    /// Different accounts.
    pub accounts: u64,
    /// Accounts that look like programs: by their name, or because they never sleep.
    ///
    /// Ids of the log: for the person who has the log, and for nothing that is written.
    pub programs: Vec<String>,
    /// The first view.
    pub first: Option<Second>,
    /// The last view.
    pub last: Option<Second>,
    /// Silences of over an hour at times when the desk is usually busy.
    pub gaps: Vec<Gap>,
    /// Whether times without an offset were read in the zone that was named.
    pub zone_assumed: bool,
    /// Times on a change of the clocks, which happened twice or never.
    pub clock_changes: u64,
}

/// A silence of the log, to five minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// From here no view for over an hour.
    pub from: Second,
    /// Until here.
    pub until: Second,
}

/// Counts views in slots of five minutes.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    slots: Vec<u32>,
}

impl Histogram {
    pub(crate) fn add(&mut self, slot: u32, count: u32) {
        let slot = slot as usize;
        if slot >= self.slots.len() {
            self.slots.resize(slot + 1 + slot / 64, 0);
        }
        if let Some(counted) = self.slots.get_mut(slot) {
            *counted = counted.saturating_add(count);
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        for (slot, count) in (0..).zip(&other.slots) {
            if *count > 0 {
                self.add(slot, *count);
            }
        }
    }

    /// Silences of over an hour that cover an hour of the week which has views in at least nine
    /// of ten other weeks; a log of under three weeks has no "usually".
    pub(crate) fn gaps(&self, first: Second, last: Second) -> Vec<Gap> {
        let (begin, end) = (first.0 / SLOT / AN_HOUR, last.0 / SLOT / AN_HOUR);
        let hours: Vec<bool> = (begin..=end)
            .map(|hour| {
                let from = (hour * AN_HOUR) as usize;
                let to = (from + AN_HOUR as usize).min(self.slots.len());
                self.slots
                    .get(from..to)
                    .is_some_and(|slots| slots.iter().any(|count| *count > 0))
            })
            .collect();
        let mut weeks = [0_u32; WEEK];
        let mut seen = [0_u32; WEEK];
        for (hour, busy) in (begin..).zip(&hours) {
            let of_week = hour as usize % WEEK;
            weeks[of_week] += 1;
            seen[of_week] += u32::from(*busy);
        }
        let usual = |hour: u32| {
            let of_week = hour as usize % WEEK;
            // The silent week itself is not counted.
            weeks[of_week] >= 3
                && seen[of_week] * 10 >= (weeks[of_week] - 1) * 9
                && seen[of_week] > 1
        };
        let mut gaps = Vec::new();
        let mut silent: Option<u32> = None;
        let stop = last.0 / SLOT;
        for slot in first.0 / SLOT..=stop {
            let quiet = self
                .slots
                .get(slot as usize)
                .is_none_or(|count| *count == 0);
            match (quiet, silent) {
                (true, None) => silent = Some(slot),
                (false, Some(from)) => {
                    silent = None;
                    let whole = from.div_ceil(AN_HOUR)..slot / AN_HOUR;
                    let long =
                        slot - from > AN_HOUR || slot - from == AN_HOUR && from % AN_HOUR == 0;
                    if long
                        && (whole.clone().any(usual) || whole.is_empty() && usual(from / AN_HOUR))
                    {
                        gaps.push(Gap {
                            from: Second(from * SLOT),
                            until: Second(slot * SLOT),
                        });
                    }
                }
                _ => {}
            }
        }
        gaps
    }
}

/// Whether a name is one that programs have.
pub(crate) fn is_programs_name(name: &[u8]) -> bool {
    const WORDS: [&str; 12] = [
        "bot",
        "svc",
        "service",
        "api",
        "sync",
        "system",
        "integration",
        "automation",
        "monitor",
        "healthcheck",
        "webhook",
        "crawler",
    ];
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    name.split(|letter: char| !letter.is_ascii_alphabetic())
        .any(|word| WORDS.contains(&word))
}

/// Hours of the day in which only what never sleeps is active.
pub(crate) const NEVER_SLEEPS: u32 = 22;

/// Seconds of a slot.
pub(crate) const SLOT: u32 = 300;
/// Slots of an hour.
const AN_HOUR: u32 = 12;
/// Hours of a week.
const WEEK: usize = 168;

#[cfg(test)]
mod tests {
    use super::*;

    /// Views every ten minutes on working hours of every day for `weeks` weeks.
    fn desk(weeks: u32) -> (Histogram, Second, Second) {
        let mut histogram = Histogram::default();
        for day in 0..weeks * 7 {
            for slot in (8 * 12..18 * 12).step_by(2) {
                histogram.add(day * 288 + slot, 1);
            }
        }
        let last = (weeks * 7 - 1) * 288 + 18 * 12 - 2;
        (histogram, Second(8 * 12 * SLOT), Second(last * SLOT))
    }

    #[test]
    fn nights_are_no_gaps() {
        let (histogram, first, last) = desk(6);
        assert_eq!(histogram.gaps(first, last), []);
    }

    #[test]
    fn a_silent_morning_is_a_gap() {
        let (mut histogram, first, last) = desk(6);
        for slot in 9 * 12..12 * 12 {
            histogram.slots[16 * 288 + slot] = 0;
        }
        let gaps = histogram.gaps(first, last);
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].until, Second((16 * 288 + 12 * 12) * SLOT));
        assert!(gaps[0].until.0 - gaps[0].from.0 >= 3 * 3600);
    }

    #[test]
    fn a_log_of_two_weeks_has_no_usual_hours() {
        let (mut histogram, first, last) = desk(2);
        for slot in 9 * 12..12 * 12 {
            histogram.slots[4 * 288 + slot] = 0;
        }
        assert_eq!(histogram.gaps(first, last), []);
    }
}
