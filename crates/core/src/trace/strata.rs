//! Which records are alike for reasons that have nothing to do with a leak.
//!
//! `docs/spec/trace.md`, part 3. A class is computed afresh from what lies before the cut; thin
//! classes are merged by a rule that sees the log and never the reports.

use crate::time::Second;
use crate::verdict::Merged;
use crate::{at, small};

/// Values of the three parts of a class.
const SEEN: usize = 13;
const AGE: usize = 13;
const FIRST: usize = 9;

/// Days in a block of the `first` part.
const BLOCK: u32 = 91 * Second::DAY;

/// A group with fewer items is thin.
pub const THIN: u32 = 32;

/// `seen` classes from here on may be merged when thin: below, one viewer more is a real difference.
const MERGEABLE_SEEN: usize = 6;

/// How often, how lately and how early an item was seen, as one small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(pub u16);

impl Class {
    /// How many classes there are.
    pub const COUNT: usize = SEEN * AGE * FIRST;
    /// Not seen by any person: never seen lately (12), never seen first (8).
    pub const UNSEEN: Self = Self(12 * 9 + 8);
    /// Some view's actor is unresolved: anyone may have seen it, so it is in no stratum.
    pub const OPEN: Self = Self(u16::MAX);

    /// Class at `cut` of an item seen by `persons` persons between `first` and `last`.
    #[must_use]
    pub fn of(persons: u32, first: Second, last: Second, cut: Second) -> Self {
        if persons == 0 {
            return Self::UNSEEN;
        }
        let of_persons = Self::seen_by(persons) * Self::of_persons();
        Self(of_persons + Self::last_part(last, cut) + Self::first_part(first, cut))
    }

    /// Classes that items seen by one number of persons can be of.
    pub(super) fn of_persons() -> u16 {
        small(AGE * FIRST)
    }

    /// By how many, in half-octaves; times [`Self::of_persons`] a class's first part.
    pub(super) fn seen_by(persons: u32) -> u16 {
        small(seen_class(persons))
    }

    /// What the second last seen adds to a class; never falls as the time before `cut` grows.
    pub(super) fn last_part(last: Second, cut: Second) -> u16 {
        small(age_class(cut.0 - last.0) * FIRST)
    }

    /// What the second first seen adds to a class; never falls as the time before `cut` grows.
    pub(super) fn first_part(first: Second, cut: Second) -> u16 {
        small(at(((cut.0 - first.0) / BLOCK).min(7)))
    }
}

/// Half-octaves of the number of persons that saw an item.
fn seen_class(persons: u32) -> usize {
    usize::from(SEEN_CLASSES[at(persons).min(SEEN_CLASSES.len() - 1)])
}

/// By number of persons, the last one for all larger ones; a table, as it is asked for every item.
const SEEN_CLASSES: [u8; 47] = [
    0, 1, 2, 3, 4, 5, 6, 6, 7, 7, 7, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 10, 10,
    10, 10, 10, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 12,
];

/// Octaves of the days since an item was last seen.
fn age_class(seconds: u32) -> usize {
    let days = seconds / Second::DAY;
    // 0 -> 0, 1 -> 1, 2-3 -> 2, 4-7 -> 3, …, 512-1023 -> 10, more -> 11.
    at(u32::BITS - days.leading_zeros()).min(11)
}

/// The merging of one cell at one cut: which classes are compared with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merging {
    /// Group of each class.
    group: Vec<u16>,
    /// Groups with at least one item that a person saw.
    pub groups: u64,
    /// Classes that gave up their `first` split, `age` split and `seen` split.
    pub merged: [u64; 3],
}

impl Merging {
    /// Merges thin classes, from the number of items in each ([`Class::COUNT`] numbers).
    #[must_use]
    pub fn of(items: &[u32]) -> Self {
        let mut group: Vec<u16> = (0..small(Class::COUNT)).collect();
        let mut merged = [0; 3];
        let total = |classes: core::ops::Range<usize>| -> u32 { items[classes].iter().sum() };
        for seen in 0..SEEN {
            let of_seen = seen * AGE * FIRST;
            for age in 0..AGE {
                let from = of_seen + age * FIRST;
                let sizes: Vec<u32> = items[from..from + FIRST].to_vec();
                for run in thin_runs(&sizes) {
                    merged[0] += run.len() as u64 - 1;
                    let name = group[from + run[0]];
                    for first in run {
                        group[from + first] = name;
                    }
                }
            }
            let sizes: Vec<u32> = (0..AGE)
                .map(|age| total(of_seen + age * FIRST..of_seen + (age + 1) * FIRST))
                .collect();
            for run in thin_runs(&sizes) {
                merged[1] += run.len() as u64 - 1;
                let name = small(of_seen + run[0] * FIRST);
                for age in run {
                    let from = of_seen + age * FIRST;
                    group[from..from + FIRST].fill(name);
                }
            }
        }
        let sizes: Vec<u32> = (MERGEABLE_SEEN..SEEN)
            .map(|seen| total(seen * AGE * FIRST..(seen + 1) * AGE * FIRST))
            .collect();
        for run in thin_runs(&sizes) {
            merged[2] += run.len() as u64 - 1;
            let name = small((MERGEABLE_SEEN + run[0]) * AGE * FIRST);
            for seen in run {
                let from = (MERGEABLE_SEEN + seen) * AGE * FIRST;
                group[from..from + AGE * FIRST].fill(name);
            }
        }
        let mut used = vec![false; Class::COUNT];
        for (class, &count) in items.iter().enumerate() {
            // Who is met only later was there unseen: the figure would change with them.
            let is_seen = class != usize::from(Class::UNSEEN.0);
            used[usize::from(group[class])] |= is_seen && count > 0;
        }
        let groups = used.iter().filter(|&&used| used).count() as u64;
        Self {
            group,
            groups,
            merged,
        }
    }

    /// The group that a class belongs to; `None` for open items.
    #[must_use]
    pub fn group(&self, class: Class) -> Option<u16> {
        self.group.get(usize::from(class.0)).copied()
    }

    /// What was merged, for the verdict.
    #[must_use]
    pub fn names(merged: [u64; 3]) -> Vec<Merged> {
        ["first_seen", "last_seen", "seen_by"]
            .into_iter()
            .zip(merged)
            .filter(|&(_, cells)| cells > 0)
            .map(|(by, cells)| Merged {
                by: by.to_owned(),
                cells,
            })
            .collect()
    }
}

/// Runs of two or more neighbouring thin values; empty ones are skipped, thick ones end a run.
fn thin_runs(sizes: &[u32]) -> Vec<Vec<usize>> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    let mut items = 0;
    let mut close = |run: &mut Vec<usize>| {
        let run = core::mem::take(run);
        if run.len() > 1 {
            runs.push(run);
        }
    };
    for (value, &size) in sizes.iter().enumerate() {
        if size >= THIN {
            close(&mut run);
            items = 0;
        } else if size > 0 {
            run.push(value);
            items += size;
            if items >= THIN {
                close(&mut run);
                items = 0;
            }
        }
    }
    close(&mut run);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Class {
        fn new(seen: usize, age: usize, first: usize) -> Self {
            Self(small((seen * AGE + age) * FIRST + first))
        }
    }

    #[test]
    fn numbers_of_viewers_are_half_octaves_from_six_on() {
        let classes: Vec<usize> = (0..60).map(seen_class).collect();
        assert_eq!(classes[..6], [0, 1, 2, 3, 4, 5]);
        for (class, numbers) in [
            (6, 6..8),
            (7, 8..11),
            (8, 11..16),
            (9, 16..23),
            (10, 23..32),
            (11, 32..46),
            (12, 46..60),
        ] {
            assert!(classes[numbers].iter().all(|&of| of == class), "{class}");
        }
        assert_eq!(seen_class(u32::MAX), 12);
    }

    #[test]
    fn ages_are_octaves_of_days() {
        let class = |seconds: u32| age_class(seconds);
        assert_eq!(class(0), 0);
        assert_eq!(class(86_399), 0);
        assert_eq!(class(86_400), 1);
        assert_eq!(class(172_799), 1);
        assert_eq!(class(172_800), 2);
        assert_eq!(class(86_400 * 1023), 10);
        assert_eq!(class(86_400 * 1024), 11);
        assert_eq!(class(u32::MAX), 11);
    }

    #[test]
    fn an_unseen_item_is_of_a_class_that_no_seen_one_has() {
        assert_eq!(Class::UNSEEN, Class::new(0, 12, 8));
    }

    #[test]
    fn thin_neighbours_meet_and_thick_ones_stand_alone() {
        assert_eq!(
            thin_runs(&[10, 0, 10, 40, 5, 31, 1, 1]),
            [vec![0, 2], vec![4, 5], vec![6, 7]]
        );
        assert_eq!(thin_runs(&[31, 32, 31]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn a_merged_age_takes_all_its_first_blocks_along() {
        let mut items = vec![0; Class::COUNT];
        let class = |seen, age, first| usize::from(Class::new(seen, age, first).0);
        items[class(2, 3, 0)] = 5;
        items[class(2, 3, 4)] = 5;
        items[class(2, 4, 1)] = 5;
        items[class(3, 4, 1)] = 5;
        let merging = Merging::of(&items);
        let group = |seen, age, first| merging.group(Class::new(seen, age, first));
        assert_eq!(group(2, 3, 0), group(2, 4, 1));
        assert_ne!(
            group(2, 3, 0),
            group(3, 4, 1),
            "one viewer more is never merged below six"
        );
        assert_eq!(merging.merged, [1, 1, 0]);
        assert_eq!(merging.groups, 2);
        assert_eq!(merging.group(Class::OPEN), None);
    }
}
