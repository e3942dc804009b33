//! The year: how busy each day is, which tickets it opens, and the dates of the story.

use std::ops::Range;

use countersign_core::time::Second;

use super::Incident;
use crate::world::START;

/// Days, the rows of tickets that each opens, and the dates of the story.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    days: u32,
    tickets: u32,
    /// Busyness of all days before each day, and of all days at the end.
    before: Vec<u64>,
}

impl Calendar {
    pub(super) fn new(settings: &Incident) -> Self {
        let mut before = vec![0];
        let mut sum = 0;
        for day in 0..settings.days {
            // 1 January 2019 was a Tuesday; weekends are quieter, the year grows by a fifth.
            let base = if matches!((day + 1) % 7, 5 | 6) {
                550
            } else {
                1_000
            };
            sum += u64::from(base * (5 * settings.days + day) / (5 * settings.days));
            before.push(sum);
        }
        Self {
            days: settings.days,
            tickets: settings.customers / 2 * 5,
            before,
        }
    }

    pub(crate) fn days(&self) -> u32 {
        self.days
    }

    /// Tickets of the whole year, 2.5 a customer.
    pub(crate) fn tickets(&self) -> u32 {
        self.tickets
    }

    /// The share of `total` that falls on a day, as a range of rows over the year.
    pub(super) fn share(&self, total: u32, day: u32) -> Range<u32> {
        let whole = self.before[self.days as usize];
        let row = |day: u32| (u64::from(total) * self.before[day as usize] / whole) as u32;
        row(day)..row(day + 1)
    }

    /// Rows of the tickets that are opened on a day; rows grow with time.
    pub(super) fn tickets_on(&self, day: u32) -> Range<u32> {
        self.share(self.tickets, day)
    }

    /// The day on which a ticket is opened.
    pub(crate) fn day_of(&self, ticket: u32) -> u32 {
        let (mut low, mut high) = (0, self.days);
        while high - low > 1 {
            let middle = u32::midpoint(low, high);
            if self.tickets_on(middle).start <= ticket {
                low = middle
            } else {
                high = middle
            }
        }
        low
    }

    /// When the ticket of this row is opened, given the day's rows: quiet nights, busy middays.
    pub(super) fn opened(&self, day: u32, rows: &Range<u32>, ticket: u32) -> Second {
        // Seconds since midnight at which 0, 10, 40, 78 and 100 % of the day's tickets are open.
        const PROFILE: [(u64, u64); 5] = [
            (0, 0),
            (100, 21_600),
            (400, 43_200),
            (780, 64_800),
            (1_000, 86_400),
        ];
        let place = u64::from(ticket - rows.start) * 1_000_000 / u64::from(rows.len() as u32);
        let mut second = 0;
        for pair in PROFILE.windows(2) {
            let (from, to) = (pair[0].0 * 1_000, pair[1].0 * 1_000);
            if (from..to).contains(&place) {
                second = pair[0].1 + (place - from) * (pair[1].1 - pair[0].1) / (to - from);
            }
        }
        Second(START.0 + day * Second::DAY + second as u32)
    }

    /// Days of each calendar month within the log, with the month's name: `2019-01`.
    pub(super) fn months(&self) -> Vec<(String, Range<u32>)> {
        let mut months: Vec<(String, Range<u32>)> = Vec::new();
        for day in 0..self.days {
            let name: String = self.midnight(day).date().chars().take(7).collect();
            match months.last_mut() {
                Some((last, days)) if *last == name => days.end = day + 1,
                _ => months.push((name, day..day + 1)),
            }
        }
        months
    }

    pub(super) fn midnight(&self, day: u32) -> Second {
        Second(START.0 + day * Second::DAY)
    }

    /// Days of browsing: from the second week of January to the sale.
    pub(super) fn browsing(&self) -> Range<u32> {
        self.days * 8 / 365..self.sale()
    }

    /// The day of the sale, 28 June.
    pub(super) fn sale(&self) -> u32 {
        self.days * 178 / 365
    }

    /// Days of the calls, August to November.
    pub(super) fn calls(&self) -> Range<u32> {
        self.days * 213 / 365..self.days * 334 / 365
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ticket_belongs_to_one_day_and_opens_on_it_in_order() {
        let calendar = Calendar::new(&Incident::new(4_000, 100, 365, 1));
        let mut rows = 0;
        let mut last = Second(0);
        for day in 0..365 {
            let today = calendar.tickets_on(day);
            assert_eq!(today.start, rows);
            rows = today.end;
            for ticket in today.clone() {
                assert_eq!(calendar.day_of(ticket), day);
                let opened = calendar.opened(day, &today, ticket);
                assert!(opened >= last && opened >= calendar.midnight(day));
                assert!(opened < calendar.midnight(day + 1));
                last = opened;
            }
        }
        assert_eq!(rows, 10_000);
    }

    #[test]
    fn the_dates_of_the_story_are_those_of_2019() {
        let calendar = Calendar::new(&Incident::real());
        assert_eq!(calendar.midnight(calendar.sale()).date(), "2019-06-28");
        assert_eq!(
            calendar.midnight(calendar.calls().start).date(),
            "2019-08-02"
        );
        assert_eq!(calendar.midnight(calendar.calls().end).date(), "2019-12-01");
        let months = calendar.months();
        assert_eq!(
            (months.len(), months[1].clone()),
            (12, ("2019-02".to_owned(), 31..59))
        );
    }
}
