//! How much each holder had seen in all, by day: the share Q of the bet.

use crate::time::Second;
use crate::{at, index_u32};

/// First views by day, for one kind of item: of every person, and of anybody.
///
/// A table of days x persons where that is small (2,000 accounts over a year: 3 MB), which it is
/// for every desk that keeps its log for years rather than decades.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    first_day: u32,
    persons: usize,
    /// `[day][person]`: items that the person saw for the first time before the day's end.
    seen: Vec<u32>,
    /// `[day]`: items that anybody saw for the first time before the day's end.
    any: Vec<u32>,
}

/// Two to this power is the number of cells in a part that fits in the innermost cache.
const PART: u32 = 11;

impl Totals {
    /// An empty table over the days from `first` to `last`.
    #[must_use]
    pub fn new(first: Second, last: Second, persons: usize) -> Self {
        let first_day = first.0 / Second::DAY;
        let days = at(last.0 / Second::DAY - first_day) + 1;
        Self {
            first_day,
            persons,
            seen: vec![0; days * persons],
            any: vec![0; days],
        }
    }

    /// The cell that a person's first view of an item counts in; for [`Self::count`].
    pub(super) fn cell(&self, person: u32, second: u32) -> u32 {
        let day = at(second / Second::DAY - self.first_day);
        index_u32(day * self.persons + at(person))
    }

    /// Counts first views, by their cells in any order.
    ///
    /// The table is larger than a core's cache, and the views of a customer lie all over it: they
    /// are brought into the order of parts of the table that are not.
    pub(super) fn count(&mut self, cells: &[u32]) {
        let mut next = vec![0_u32; (self.seen.len() >> PART) + 2];
        for cell in cells {
            next[(at(*cell) >> PART) + 1] += 1;
        }
        for part in 1..next.len() {
            next[part] += next[part - 1];
        }
        let mut ordered = vec![0_u32; cells.len()];
        for &cell in cells {
            let place = &mut next[at(cell) >> PART];
            ordered[at(*place)] = cell;
            *place += 1;
        }
        for cell in ordered {
            self.seen[at(cell)] += 1;
        }
    }

    pub(super) fn anybody_saw(&mut self, second: u32) {
        self.any[at(second / Second::DAY - self.first_day)] += 1;
    }

    /// Adds another part's first views.
    pub fn add(&mut self, other: &Self) {
        for (sum, part) in self.seen.iter_mut().zip(&other.seen) {
            *sum += part;
        }
        for (sum, part) in self.any.iter_mut().zip(&other.any) {
            *sum += part;
        }
    }

    /// Turns first views a day into first views up to a day's end; once, when all parts are in.
    pub fn cumulate(&mut self) {
        for cell in self.persons..self.seen.len() {
            self.seen[cell] += self.seen[cell - self.persons];
        }
        for day in 1..self.any.len() {
            self.any[day] += self.any[day - 1];
        }
    }

    /// Items seen before the start of the day of `cut`: of each person, and by anybody.
    #[must_use]
    pub fn before(&self, cut: Second) -> (Vec<u32>, u32) {
        let days = self.any.len();
        let day = at(cut.0 / Second::DAY)
            .saturating_sub(at(self.first_day))
            .min(days);
        if day == 0 {
            return (vec![0; self.persons], 0);
        }
        let from = (day - 1) * self.persons;
        (
            self.seen[from..from + self.persons].to_vec(),
            self.any[day - 1],
        )
    }

    /// The table as words, for a file.
    #[must_use]
    pub fn words(&self) -> Vec<u32> {
        let mut words = vec![
            self.first_day,
            index_u32(self.persons),
            index_u32(self.any.len()),
        ];
        words.extend(&self.any);
        words.extend(&self.seen);
        words
    }

    /// The table that begins with these words, and the words behind it.
    #[must_use]
    pub fn of_words(words: &[u32]) -> Option<(Self, &[u32])> {
        let (&[first_day, persons, days], rest) = words.split_first_chunk()?;
        let (any, rest) = rest.split_at_checked(at(days))?;
        let (seen, rest) = rest.split_at_checked(at(days).checked_mul(at(persons))?)?;
        let table = Self {
            first_day,
            persons: at(persons),
            seen: seen.to_vec(),
            any: any.to_vec(),
        };
        Some((table, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_reads_as_it_was_written_and_half_of_it_does_not() {
        let mut table = Totals::new(Second(5 * Second::DAY), Second(9 * Second::DAY), 3);
        table.count(&[0, 4, 4, 14]);
        table.anybody_saw(7 * Second::DAY);
        let mut words = table.words();
        words.push(77);
        assert_eq!(Totals::of_words(&words), Some((table, [77].as_slice())));
        for half in 0..words.len() - 1 {
            assert_eq!(Totals::of_words(&words[..half]), None);
        }
    }
}
