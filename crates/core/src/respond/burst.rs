//! Verified reports that come much faster than before: a campaign that grows, customers who were
//! asked, or somebody who forges.
//!
//! Each report is held against those of the last hour and of the last day. If a case's reports come
//! at a steady pace, those of the window and those of the weeks before share out by the lengths of
//! the two: given how many there are in all, the window has a binomial share. A window with so many
//! that the chance is at most [`CHANCE`] is a burst. Whatever the pace is, in the mean at most two
//! such chances a report come about by themselves: one false alarm in [`ONE_IN`] reports.

use crate::time::Second;

/// Within which time so many came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// An hour.
    Hour,
    /// A day.
    Day,
}

impl Within {
    fn seconds(self) -> u32 {
        match self {
            Self::Hour => 3_600,
            Self::Day => Second::DAY,
        }
    }
}

/// Reports that came much faster than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// When the last of them was verified.
    pub at: Second,
    /// Within which time.
    pub within: Within,
    /// So many in that time.
    pub reports: u64,
    /// So many in the time before.
    pub before: u64,
    /// How long that was, in hours, four weeks at most.
    pub hours: u32,
}

/// Chance of a window's count at which it is a burst.
pub const CHANCE: f64 = 1.0 / 20_000.0;
/// Reports at a steady pace among which one false alarm is to be expected at most.
pub const ONE_IN: u32 = 10_000;
/// Seconds before a window that tell the pace.
const BEFORE: u32 = 28 * Second::DAY;

/// The last burst among the times at which a case's reports were verified; in any order.
#[must_use]
pub fn last(times: &[Second]) -> Option<Burst> {
    let mut times = times.to_vec();
    times.sort_unstable();
    (0..times.len())
        .rev()
        .find_map(|number| at(times.get(..=number)?))
}

/// Whether the last of these times ends a burst.
fn at(times: &[Second]) -> Option<Burst> {
    let (last, others) = times.split_last()?;
    let first = others.first()?;
    [Within::Hour, Within::Day].into_iter().find_map(|within| {
        let begin = last.0.saturating_sub(within.seconds());
        let since = begin.saturating_sub(BEFORE).max(first.0);
        // The first of all begins the count and is not of it.
        let inside = others.partition_point(|time| time.0 <= begin);
        let before = others.partition_point(|time| time.0 <= since);
        let reports = others.len().checked_sub(inside)? as u64;
        let before = inside.checked_sub(before)? as u64;
        let length = f64::from(last.0 - since);
        let share = f64::from(last.0 - begin.max(since)) / length;
        let is_burst = share < 1.0 && tail(reports + before, reports, share) <= CHANCE;
        is_burst.then_some(Burst {
            at: *last,
            within,
            // With the one that ends it.
            reports: reports + 1,
            before,
            hours: begin.saturating_sub(since) / 3_600,
        })
    })
}

/// The chance that at least `least` of `all` fall into a share.
fn tail(all: u64, least: u64, share: f64) -> f64 {
    let (n, k) = (all as f64, least as f64);
    // Half of it or more: no burst, and nothing to sum up.
    if least == 0 || k <= n * share {
        return 1.0;
    }
    let log_gamma = libm::lgamma;
    let log = log_gamma(n + 1.0) - log_gamma(k + 1.0) - log_gamma(n - k + 1.0)
        + k * libm::log(share)
        + (n - k) * libm::log1p(-share);
    let odds = share / (1.0 - share);
    let mut term = libm::exp(log);
    let mut sum = term;
    for number in least..all {
        let number = number as f64;
        term *= (n - number) / (number + 1.0) * odds;
        sum += term;
        // What is left is smaller than a geometric series that began here.
        if term < sum * 1e-12 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream at a steady pace of so many a day.
    fn steady(seed: u64, a_day: f64, days: u32) -> Vec<Second> {
        let mut state = seed;
        let mut now = 0.0;
        let mut times = Vec::new();
        loop {
            // SplitMix64.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            let unit = ((mixed ^ mixed >> 31) >> 11) as f64 / (1_u64 << 53) as f64;
            now -= (1.0 - unit).ln() / a_day;
            if now > f64::from(days) {
                return times;
            }
            times.push(Second((now * 86_400.0) as u32));
        }
    }

    fn alarms(times: &[Second]) -> usize {
        (0..times.len())
            .filter(|number| at(&times[..=*number]).is_some())
            .count()
    }

    #[test]
    fn at_a_steady_pace_an_alarm_is_one_in_ten_thousand_reports() {
        let (mut reports, mut rang) = (0, 0);
        for (seed, a_day, days) in [
            (1, 0.3, 45_000),
            (2, 2.0, 40_000),
            (3, 30.0, 3_000),
            (4, 400.0, 90),
        ] {
            let times = steady(seed, a_day, days);
            reports += times.len();
            rang += alarms(&times);
        }
        assert!(reports > 200_000, "{reports}");
        // More than three standard deviations above what is promised.
        let promised = reports as f64 / f64::from(ONE_IN);
        assert!(
            (rang as f64) < promised + 3.0 * promised.sqrt(),
            "{rang} of {reports}"
        );
        eprintln!("{rang} alarms in {reports} reports at a steady pace");
    }

    #[test]
    fn a_burst_rings_and_says_what_was_before() {
        let mut times = steady(7, 3.0, 40);
        assert_eq!(last(&times), None);
        let begin = 40 * Second::DAY;
        times.extend((0..12).map(|minute| Second(begin + minute * 60)));
        let burst = last(&times).unwrap();
        assert_eq!(
            (burst.at, burst.within),
            (Second(begin + 660), Within::Hour)
        );
        assert!(burst.reports >= 12 && burst.before > 50, "{burst:?}");
        assert_eq!(burst.hours, 28 * 24);
        // It is still told when all is quiet again.
        times.push(Second(begin + 9 * Second::DAY));
        assert_eq!(last(&times), Some(burst));
    }

    #[test]
    fn a_flood_within_a_day_rings_though_no_hour_does() {
        let mut times = steady(8, 2.0, 60);
        times.extend((0..24).map(|hour| Second((60 * 24 + hour) * 3_600)));
        assert_eq!(last(&times).unwrap().within, Within::Day);
    }

    #[test]
    fn a_pace_that_is_always_fast_is_no_burst() {
        assert_eq!(last(&[]), None);
        assert_eq!(last(&[Second(0)]), None);
        // All of a case's reports within one hour: nothing was before that they are faster than.
        let hour: Vec<Second> = (0..300).map(|number| Second(number * 10)).collect();
        assert_eq!(last(&hour), None);
        let week: Vec<Second> = (0..2_000).map(|number| Second(number * 300)).collect();
        assert_eq!(last(&week), None);
    }

    #[test]
    fn a_tail_is_the_sum_of_its_terms() {
        for (all, least, share, wanted) in [
            (10, 10, 0.5, 1.0 / 1024.0),
            (10, 9, 0.5, 11.0 / 1024.0),
            (3, 1, 0.1, 1.0 - 0.9_f64.powi(3)),
            (5, 0, 0.1, 1.0),
        ] {
            let tail = tail(all, least, share);
            assert!(
                (tail - wanted).abs() < 1e-12,
                "{all} {least} {share}: {tail}"
            );
        }
    }
}
