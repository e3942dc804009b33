//! When each ticket was first and last seen, and by how many, in one word.
//!
//! Most tickets are seen for some days and never again. As of a later cut their class is that of
//! their whole life, and no view needs to be read; the others are walked through.

use crate::at;
use crate::time::Second;
use crate::trace::strata::Class;

/// Bits of a time: the log's span is divided into so many units.
const BITS: u32 = 14;
const UNITS: u32 = 1 << BITS;

/// The class of persons that says: this ticket's class is known by walking only.
const WALK: u32 = 15;

/// Times of one log in units that fit in a word; of a year's log half an hour each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    first: u32,
    seconds: u32,
}

impl Units {
    /// The finest units for a log of views between `first` and `last`.
    #[must_use]
    pub fn new(first: Second, last: Second) -> Self {
        Self {
            first: first.0,
            seconds: (last.0 - first.0) / UNITS + 1,
        }
    }

    fn of(self, second: u32) -> u32 {
        (second - self.first) / self.seconds
    }

    /// First and last second of a unit.
    fn ends(self, unit: u32) -> (Second, Second) {
        let from = u64::from(self.first) + u64::from(unit) * u64::from(self.seconds);
        let to = from + u64::from(self.seconds) - 1;
        let [from, to] = [from, to].map(|second| u32::try_from(second).unwrap_or(u32::MAX));
        (Second(from), Second(to))
    }
}

/// Gathers the life of one ticket from its views in order of time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Life {
    persons: u32,
    first: u32,
    last: u32,
    has_unresolved: bool,
}

impl Life {
    /// Takes the next view in, by a person for the first time or again; tells whether it is the
    /// ticket's first.
    pub(super) fn add(&mut self, second: u32, is_first: bool) -> bool {
        self.last = second;
        let is_new = self.persons == 0;
        if is_new {
            self.first = second;
        }
        self.persons += u32::from(is_first);
        is_new
    }

    /// Takes a view in by nobody knows whom.
    pub(super) fn add_unresolved(&mut self) {
        self.has_unresolved = true;
    }

    /// Four bits of class of persons (0 = never seen), and the units first and last seen in.
    pub(super) fn word(self, units: Units) -> u32 {
        if self.has_unresolved {
            return WALK << (2 * BITS);
        }
        if self.persons == 0 {
            return 0;
        }
        let persons = u32::from(Class::seen_by(self.persons));
        persons << (2 * BITS) | units.of(self.first) << BITS | units.of(self.last)
    }
}

/// What a time in a life says of the class as of one cut; sums of the three parts are classes.
pub(super) struct AsOf {
    persons: [u16; 16],
    first: Vec<u16>,
    last: Vec<u16>,
}

/// The cut, or a border between two classes, lies within the unit.
const UNKNOWN: u16 = 1 << 11;
/// The unit begins at the cut or later.
const NOT_YET: u16 = 1 << 13;

impl AsOf {
    pub(super) fn new(units: Units, cut: Second) -> Self {
        let mut persons = [0; 16];
        for (class, part) in (0_u16..).zip(&mut persons) {
            *part = match class {
                0 => NOT_YET,
                class if u32::from(class) == WALK => UNKNOWN,
                _ => class * Class::of_persons(),
            };
        }
        let part = |unit: u32, class: &dyn Fn(Second) -> u16| {
            let (from, to) = units.ends(unit);
            if from >= cut {
                return NOT_YET;
            }
            if to >= cut || class(from) != class(to) {
                return UNKNOWN;
            }
            class(from)
        };
        let parts = |class: &dyn Fn(Second) -> u16| (0..UNITS).map(|u| part(u, class)).collect();
        Self {
            persons,
            first: parts(&|second| Class::first_part(second, cut)),
            // Last seen only after the cut says nothing of before: `class` asks `first` alone.
            last: parts(&|second| Class::last_part(second, cut)),
        }
    }

    /// The class, or `None` if the views have to be walked through.
    pub(super) fn class(&self, life: u32) -> Option<Class> {
        let unit = |shift: u32| at((life >> shift) & (UNITS - 1));
        let persons = self.persons[at(life >> (2 * BITS))];
        let first = self.first[unit(BITS)];
        let sum = persons + first + self.last[unit(0)];
        if sum < UNKNOWN {
            return Some(Class(sum));
        }
        // Of a ticket with an unresolved view no times are kept.
        ((persons | first) & NOT_YET != 0 && persons != UNKNOWN).then_some(Class::UNSEEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ticket's views: second and person, in order of time.
    fn classes(views: &[(u32, u32)], units: Units, cut: Second) -> (Class, Option<Class>) {
        let mut life = Life::default();
        let mut met = Vec::new();
        let mut seen = Vec::new();
        for &(second, person) in views {
            let is_first = !met.contains(&person);
            met.push(person);
            life.add(second, is_first);
            if second < cut.0 {
                seen.push((second, is_first));
            }
        }
        let persons = seen.iter().map(|&(_, is_first)| u32::from(is_first)).sum();
        let ends = seen.first().zip(seen.last());
        let walked = ends.map_or(Class::UNSEEN, |(first, last)| {
            Class::of(persons, Second(first.0), Second(last.0), cut)
        });
        (walked, AsOf::new(units, cut).class(life.word(units)))
    }

    #[test]
    fn a_life_tells_the_same_class_as_its_views_or_none() {
        let mut state = 2019_u64;
        let mut random = |below: u32| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            ((state >> 33) % u64::from(below)) as u32
        };
        let mut told = 0;
        for round in 0..4000 {
            let span = [500, 3 * Second::DAY, 400 * Second::DAY, 5000 * Second::DAY][round % 4];
            let from = 600_000_000;
            let units = Units::new(Second(from), Second(from + span));
            let begin = random(span);
            let length = (span - begin).min(1 + random(20 * Second::DAY));
            let mut views: Vec<(u32, u32)> = (0..random(6))
                .map(|_| (from + begin + random(length), random(60)))
                .collect();
            views.sort_unstable();
            for _ in 0..4 {
                let cut = Second(from + random(span + span / 4));
                let (walked, told_at_once) = classes(&views, units, cut);
                if let Some(class) = told_at_once {
                    assert_eq!(class, walked, "{views:?} as of {cut:?}");
                    told += 1;
                }
            }
        }
        assert!(told > 8000, "of 16000 only {told} were told without a walk");
    }

    #[test]
    fn an_unresolved_view_has_to_be_walked_to() {
        let units = Units::new(Second(0), Second(1000));
        let mut life = Life::default();
        life.add(10, true);
        life.add_unresolved();
        for cut in [0, 5, 15, 900] {
            assert_eq!(AsOf::new(units, Second(cut)).class(life.word(units)), None);
        }
    }
}
