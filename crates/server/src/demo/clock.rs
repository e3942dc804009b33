//! The clock of the story: days that go by in a second, a pause, a jump to the end.

use countersign_core::time::Second;
use countersign_ui::pages::staff::{Pace, Turn};

/// Where the story is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Seconds of the story in a second at its usual pace.
    usual: u64,
    pace: Pace,
    /// Milliseconds of the story, since 2000, when it was last told something.
    from: u64,
    /// When that was, by the real clock.
    since: u64,
    /// Milliseconds of the story at which it is over.
    end: u64,
}

impl Clock {
    /// A clock that stands still.
    pub(super) fn new(at: Second, end: Second, days_a_second: u32) -> Self {
        Self {
            usual: u64::from(days_a_second) * u64::from(Second::DAY),
            pace: Pace::Paused,
            from: u64::from(at.0) * 1000,
            since: 0,
            end: u64::from(end.0) * 1000,
        }
    }

    /// The time in the story.
    pub(super) fn at(&self, now: u64) -> Second {
        Second(u32::try_from(self.milliseconds(now) / 1000).unwrap_or(u32::MAX))
    }

    /// Stands at a time.
    pub(super) fn stand_at(&mut self, at: Second) {
        self.pace = Pace::Paused;
        self.from = u64::from(at.0) * 1000;
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    pub(super) fn turn(&mut self, turn: Turn, now: u64) {
        self.from = self.milliseconds(now);
        self.since = now;
        match turn {
            Turn::To(pace) => self.pace = pace,
            Turn::End => self.from = self.end,
        }
    }

    fn milliseconds(&self, now: u64) -> u64 {
        let pace = match self.pace {
            Pace::Paused => 0,
            Pace::Usual => 1,
            Pace::Faster => 4,
        };
        let gone = now.saturating_sub(self.since).saturating_mul(self.usual);
        self.from
            .saturating_add(gone.saturating_mul(pace))
            .min(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_goes_by_in_a_second_four_in_one_and_none_in_a_pause() {
        let day = |day: u32| Second(day * Second::DAY);
        let mut clock = Clock::new(day(100), day(150), 1);
        assert_eq!(clock.at(5_000_000), day(100));
        clock.turn(Turn::To(Pace::Usual), 5_000_000);
        assert_eq!(clock.at(5_000_500), Second(day(100).0 + Second::DAY / 2));
        assert_eq!(clock.at(5_003_000), day(103));
        clock.turn(Turn::To(Pace::Faster), 5_003_000);
        assert_eq!(clock.at(5_005_000), day(111));
        clock.turn(Turn::To(Pace::Paused), 5_005_000);
        assert_eq!(clock.at(9_000_000), day(111));
        clock.turn(Turn::To(Pace::Usual), 9_000_000);
        assert_eq!(clock.at(9_001_000), day(112));
        // A real clock that is put back stops the story and does not turn it back.
        assert_eq!(clock.at(8_000_000), day(111));
        clock.turn(Turn::End, 9_001_000);
        assert_eq!(clock.at(9_001_000), day(150));
        assert_eq!(clock.at(9_999_000), day(150));
    }
}
