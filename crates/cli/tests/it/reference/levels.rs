//! §7 of the method: the levels, their thresholds, and who is tested on them.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::desk::Account;
use countersign_core::verdict::LevelKind;

use super::case::Case;
use super::items::Item;

/// A team, site or vendor needs as many persons.
const GROUP_OF: usize = 5;

/// The six persons with the most evidence make pairs, triples and near-identical sets.
pub(crate) const FIRST: usize = 6;

/// One level: its share of α, how many holders share it, and what a naming needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Level {
    pub(crate) kind: LevelKind,
    pub(crate) share: f64,
    pub(crate) holders: u64,
    pub(crate) threshold: f64,
}

/// A team, site, vendor or copy by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) members: Vec<usize>,
}

/// Room for newcomers: a tenth, rounded up.
pub(crate) fn with_reserve(count: u64) -> u64 {
    count + count.div_ceil(10)
}

pub(crate) fn levels(case: &Case<'_>) -> Vec<Level> {
    let n = with_reserve(case.persons() as u64);
    let names = |name: fn(&Account) -> Option<&str>| {
        let names: BTreeSet<&str> = case.desk.accounts.iter().filter_map(name).collect();
        names.len() as u64
    };
    let teams = names(|account| account.team.as_deref());
    let sites = names(|account| account.site.as_deref());
    let copies = case.log.holders.copies as u64 + names(|account| account.vendor.as_deref());
    let alpha = case.settings.alpha * 0.5_f64.powi(case.settings.version.cast_signed());
    let rows = [
        (LevelKind::Person, 0.5, n),
        (LevelKind::Pair, 0.1, n * n.saturating_sub(1) / 2),
        (
            LevelKind::Triple,
            0.1,
            n * n.saturating_sub(1) * n.saturating_sub(2) / 6,
        ),
        (LevelKind::NearIdentical, 0.1, n),
        (LevelKind::Team, 0.1, with_reserve(teams)),
        (LevelKind::Site, 0.05, with_reserve(sites)),
        (LevelKind::Copy, 0.05, with_reserve(copies)),
    ];
    rows.map(|(kind, share, holders)| {
        let holders = holders.max(1);
        Level {
            kind,
            share,
            holders,
            threshold: (holders as f64 / (alpha * share)).ln(),
        }
    })
    .to_vec()
}

pub(crate) fn teams(case: &Case<'_>) -> Vec<Group> {
    groups(case, |account| account.team.as_deref())
}

pub(crate) fn sites(case: &Case<'_>) -> Vec<Group> {
    groups(case, |account| account.site.as_deref())
}

pub(crate) fn vendors(case: &Case<'_>) -> Vec<Group> {
    groups(case, |account| account.vendor.as_deref())
}

/// Groups of five persons or more; one with a universal viewer is tested on no level.
fn groups(case: &Case<'_>, name: impl Fn(&Account) -> Option<&str>) -> Vec<Group> {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for person in 0..case.persons() {
        let accounts = &case.log.holders.accounts_of[person];
        if let Some(name) = accounts
            .iter()
            .find_map(|&row| name(&case.desk.accounts[row]))
        {
            found.entry(name).or_default().push(person);
        }
    }
    found
        .into_iter()
        .filter(|(_, members)| members.len() >= GROUP_OF && !case.has_universal(members))
        .map(|(name, members)| Group {
            name: name.to_owned(),
            members,
        })
        .collect()
}

/// The near-identical set around each person; sets of one or with a universal viewer are left out.
pub(crate) fn near_identical(case: &Case<'_>) -> BTreeMap<usize, Vec<usize>> {
    let mut sets = BTreeMap::new();
    let Some(until) = case.first_freeze else {
        return sets;
    };
    let before = case.log.before(until);
    let customers_known = case.log.shown.iter().any(|(_, _, item)| !item.is_ticket());
    let seen_by = |person: usize| -> BTreeSet<Item> {
        let seen = before.saw[person].iter().copied();
        seen.filter(|item| item.is_ticket() != customers_known)
            .collect()
    };
    for center in 0..case.persons() {
        let own = seen_by(center);
        let mut set = vec![center];
        for other in (0..case.persons()).filter(|&other| other != center) {
            let theirs = seen_by(other);
            let both = own.intersection(&theirs).count();
            let either = own.union(&theirs).count();
            if either > 0 && 10 * both >= 9 * either {
                set.push(other);
            }
        }
        set.sort_unstable();
        if set.len() >= 2 && !case.has_universal(&set) {
            sets.insert(center, set);
        }
    }
    sets
}

/// The six persons with the most evidence against no colleague after `n` used reports.
pub(crate) fn first_six(case: &Case<'_>, n: usize) -> Vec<usize> {
    let mut ranked: Vec<(f64, usize)> = case
        .tested_persons()
        .into_iter()
        .map(|person| {
            let settings = &case.settings;
            (
                case.k0(&[person], settings.gamma, settings.strike, n),
                person,
            )
        })
        .collect();
    ranked.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
    ranked
        .into_iter()
        .take(FIRST)
        .map(|(_, person)| person)
        .collect()
}

/// A set that could be claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) level: LevelKind,
    /// Sorted holders; one for a copy.
    pub(crate) members: Vec<usize>,
    pub(crate) group: Option<String>,
}

/// Every set, team, site, vendor and copy that is tried after `n` used reports, in that order.
///
/// Sets go from small to large (ties: order of the levels, then numbers), groups by name.
pub(crate) fn candidates(case: &Case<'_>, n: usize) -> Vec<Candidate> {
    let six = first_six(case, n);
    let near = near_identical(case);
    let mut found = Vec::new();
    let mut add = |level, mut members: Vec<usize>| {
        members.sort_unstable();
        let candidate = Candidate {
            level,
            members,
            group: None,
        };
        if !found.contains(&candidate) {
            found.push(candidate);
        }
    };
    for (i, &a) in six.iter().enumerate() {
        for (j, &b) in six.iter().enumerate().skip(i + 1) {
            add(LevelKind::Pair, vec![a, b]);
            for &c in six.iter().skip(j + 1) {
                add(LevelKind::Triple, vec![a, b, c]);
            }
        }
        if let Some(set) = near.get(&a) {
            add(LevelKind::NearIdentical, set.clone());
        }
    }
    found.sort_by_key(|c| (c.members.len(), c.level, c.members.clone()));
    for (level, groups) in [
        (LevelKind::Team, teams(case)),
        (LevelKind::Site, sites(case)),
        (LevelKind::Copy, vendors(case)),
    ] {
        for group in groups {
            found.push(Candidate {
                level,
                members: group.members,
                group: Some(group.name),
            });
        }
    }
    for (copy, export) in case.desk.exports.iter().enumerate() {
        let holder = case.persons() + copy;
        if !case.universal.contains_key(&holder) {
            found.push(Candidate {
                level: LevelKind::Copy,
                members: vec![holder],
                group: Some(export.name.clone()),
            });
        }
    }
    found
}

/// All levels in the order of the table.
pub(crate) fn level_of(levels: &[Level], kind: LevelKind) -> Level {
    *levels
        .iter()
        .find(|level| level.kind == kind)
        .expect("every kind has a level")
}
