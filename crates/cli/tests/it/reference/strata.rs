//! §3 of the method: items that are alike for reasons that have nothing to do with a leak.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::desk::{Desk, NONE};
use countersign_core::time::Second;

use super::items::{Before, Item, all_items, code_of};

/// A class with fewer items is thin.
pub(crate) const THIN: u64 = 32;

/// (seen, age, first) of an item that is not open.
pub(crate) type Class = (u8, u8, u8);

/// Kind (a ticket or not) and attribute codes.
pub(crate) type Cell = (bool, Vec<u16>);

/// Classes that share a group with another, for the steps first, age and seen.
pub(crate) type Merged = [u64; 3];

/// Class of "how many persons saw it".
pub(crate) fn seen_class(n: usize) -> u8 {
    match n {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 3,
        4 => 4,
        5 => 5,
        6 | 7 => 6,
        8..=10 => 7,
        11..=15 => 8,
        16..=22 => 9,
        23..=31 => 10,
        32..=45 => 11,
        _ => 12,
    }
}

/// Class of "how long since a person saw it last".
pub(crate) fn age_class(t: Second, last: Option<Second>) -> u8 {
    let Some(last) = last else { return 12 };
    let seconds = u64::from(t.0 - last.0);
    let mut limit = 86_400;
    for class in 0..=10 {
        if seconds < limit {
            return class;
        }
        limit *= 2;
    }
    11
}

/// Class of "how long since a person saw it first".
pub(crate) fn first_class(t: Second, first: Option<Second>) -> u8 {
    let Some(first) = first else { return 8 };
    let blocks = (t.0 - first.0) / (91 * 86_400);
    u8::try_from(blocks.min(7)).expect("at most 7")
}

pub(crate) fn class_of(before: &Before, t: Second, item: Item) -> Class {
    (
        seen_class(before.persons_that_saw(item)),
        age_class(t, before.last.get(&item).copied()),
        first_class(t, before.first.get(&item).copied()),
    )
}

pub(crate) fn cell_of(desk: &Desk, item: Item) -> Cell {
    let customer = match item {
        Item::Customer(row) => row,
        Item::Ticket(row) => desk.tickets.customer[row as usize],
    };
    let mut codes = Vec::new();
    for column in &desk.customers.columns {
        let known = customer != NONE;
        codes.push(if known {
            code_of(&column.codes, customer)
        } else {
            0
        });
    }
    if let Item::Ticket(row) = item {
        for column in &desk.tickets.columns {
            codes.push(code_of(&column.codes, row));
        }
    }
    (item.is_ticket(), codes)
}

/// Collects neighbouring thin values into groups.
pub(crate) fn collect_thin(values: &[(u8, u64)]) -> Vec<Vec<u8>> {
    let mut groups = Vec::new();
    let mut group = Vec::new();
    let mut items = 0;
    for &(value, count) in values {
        if count >= THIN {
            if !group.is_empty() {
                groups.push(group);
            }
            groups.push(vec![value]);
            group = Vec::new();
            items = 0;
            continue;
        }
        group.push(value);
        items += count;
        if items >= THIN {
            groups.push(group);
            group = Vec::new();
            items = 0;
        }
    }
    if !group.is_empty() {
        groups.push(group);
    }
    groups
}

fn merged_in(groups: &[Vec<u8>]) -> u64 {
    let shared = groups.iter().filter(|group| group.len() >= 2);
    shared.map(|group| group.len() as u64 - 1).sum()
}

/// The strata of one cell: sets of classes, from the number of items of each class.
pub(crate) fn merge(counts: &BTreeMap<Class, u64>) -> (Vec<BTreeSet<Class>>, Merged) {
    let mut merged = [0; 3];
    let mut strata: Vec<BTreeSet<Class>> = Vec::new();

    // 1. `first` within one (seen, age).
    let pairs: BTreeSet<(u8, u8)> = counts.keys().map(|&(seen, age, _)| (seen, age)).collect();
    for (seen, age) in pairs {
        let values: Vec<(u8, u64)> = counts
            .iter()
            .filter(|((s, a, _), _)| (*s, *a) == (seen, age))
            .map(|((_, _, first), &items)| (*first, items))
            .collect();
        let groups = collect_thin(&values);
        merged[0] += merged_in(&groups);
        for group in groups {
            strata.push(group.into_iter().map(|first| (seen, age, first)).collect());
        }
    }

    // 2. `age` within one seen.
    let all_seen: BTreeSet<u8> = counts.keys().map(|class| class.0).collect();
    for &seen in &all_seen {
        let mut ages: BTreeMap<u8, u64> = BTreeMap::new();
        for (class, items) in counts.iter().filter(|(class, _)| class.0 == seen) {
            *ages.entry(class.1).or_default() += items;
        }
        let groups = collect_thin(&ages.into_iter().collect::<Vec<_>>());
        merged[1] += merged_in(&groups);
        for group in groups.into_iter().filter(|group| group.len() >= 2) {
            strata = unite(strata, |class| class.0 == seen && group.contains(&class.1));
        }
    }

    // 3. `seen`, from 6 upwards.
    let mut large: BTreeMap<u8, u64> = BTreeMap::new();
    for (class, items) in counts.iter().filter(|(class, _)| class.0 >= 6) {
        *large.entry(class.0).or_default() += items;
    }
    let groups = collect_thin(&large.into_iter().collect::<Vec<_>>());
    merged[2] += merged_in(&groups);
    for group in groups.into_iter().filter(|group| group.len() >= 2) {
        strata = unite(strata, |class| group.contains(&class.0));
    }
    (strata, merged)
}

/// Makes one stratum of all those whose classes fit.
fn unite(strata: Vec<BTreeSet<Class>>, fits: impl Fn(&Class) -> bool) -> Vec<BTreeSet<Class>> {
    let (inside, mut outside): (Vec<_>, Vec<_>) = strata
        .into_iter()
        .partition(|stratum| stratum.iter().all(&fits));
    outside.push(inside.into_iter().flatten().collect());
    outside
}

/// How many items each class of the cell has at `t`; open ones are in none, unseen ones in theirs.
pub(crate) fn counts_of(
    desk: &Desk,
    before: &Before,
    open: &BTreeSet<Item>,
    t: Second,
    cell: &Cell,
) -> BTreeMap<Class, u64> {
    let mut counts = BTreeMap::new();
    for item in all_items(desk) {
        if cell_of(desk, item) == *cell && !open.contains(&item) {
            *counts.entry(class_of(before, t, item)).or_insert(0) += 1;
        }
    }
    counts
}

/// All items of the stratum of `item`, gone ones included, what was merged in its cell, and how
/// many strata of its cell hold an item that is not open and that a person saw.
///
/// `before` is the log as of the cut `t`, `open` what is open as of the guard's cut.
pub(crate) fn stratum_of(
    desk: &Desk,
    before: &Before,
    open: &BTreeSet<Item>,
    t: Second,
    item: Item,
) -> (BTreeSet<Item>, Merged, u64) {
    let cell = cell_of(desk, item);
    let (strata, merged) = merge(&counts_of(desk, before, open, t, &cell));
    let is_seen = |classes: &&BTreeSet<Class>| classes.iter().any(|class| class.0 > 0);
    let many = strata.iter().filter(is_seen).count() as u64;
    let class = class_of(before, t, item);
    let classes = strata
        .into_iter()
        .find(|classes| classes.contains(&class))
        .expect("an item that is not open is in a stratum");
    let items = all_items(desk)
        .into_iter()
        .filter(|&other| !open.contains(&other) && cell_of(desk, other) == cell)
        .filter(|&other| before.somebody_known_saw(other))
        .filter(|&other| classes.contains(&class_of(before, t, other)))
        .collect();
    (items, merged, many)
}
