//! The levels: kinds of holders, each with its share of alpha and its own threshold.

use std::collections::BTreeMap;

use super::claim::Holder;
use super::settings::Settings;
use crate::holder::{Holders, Person};
use crate::index_u32;
use crate::verdict::{Level, LevelKind};

/// Groups with fewer people are neither tested nor shown.
pub const SMALLEST_GROUP: usize = 5;

/// Levels with thresholds, and the groups that the accounts table knows.
#[derive(Clone, Debug)]
pub struct Levels {
    /// In the order of [`LevelKind`].
    pub levels: Vec<Level>,
    /// Persons, and the reserve for newcomers.
    pub persons: (u64, u64),
    /// Teams, sites, vendors and copies that can be named.
    pub groups: Vec<Holder>,
}

impl Levels {
    /// Shares alpha among the levels, and each level's share among its holders (Bonferroni).
    #[must_use]
    pub fn new(holders: &Holders, settings: &Settings) -> Self {
        let persons = settings.persons.unwrap_or_else(|| {
            let known = holders.persons.len() as u64;
            (known, known.div_ceil(10))
        });
        let (teams, many_teams) = groups(holders, LevelKind::Team, |person| &person.team);
        let (sites, many_sites) = groups(holders, LevelKind::Site, |person| &person.site);
        let (vendors, many_vendors) = groups(holders, LevelKind::Copy, |person| &person.vendor);
        let copies = holders
            .copies
            .iter()
            .enumerate()
            .map(|(number, name)| Holder {
                level: LevelKind::Copy,
                members: vec![index_u32(holders.persons.len() + number)],
                group: Some(name.clone()),
            });
        let with_reserve = |count: u64| count + count.div_ceil(10);
        let n = persons.0 + persons.1;
        let alpha = settings.alpha_of_version();
        let level = |level, share: f64, holders: u64| {
            let holders = holders.max(1);
            let threshold = libm::log(holders as f64 / (alpha * share));
            Level {
                level,
                share,
                holders,
                threshold,
            }
        };
        let levels = vec![
            level(LevelKind::Person, 0.5, n),
            level(LevelKind::Pair, 0.1, n * n.saturating_sub(1) / 2),
            level(
                LevelKind::Triple,
                0.1,
                n * n.saturating_sub(1) * n.saturating_sub(2) / 6,
            ),
            level(LevelKind::NearIdentical, 0.1, n),
            level(LevelKind::Team, 0.1, with_reserve(many_teams)),
            level(LevelKind::Site, 0.05, with_reserve(many_sites)),
            level(
                LevelKind::Copy,
                0.05,
                with_reserve(many_vendors + holders.copies.len() as u64),
            ),
        ];
        let groups = teams
            .into_iter()
            .chain(sites)
            .chain(vendors)
            .chain(copies)
            .collect();
        Self {
            levels,
            persons,
            groups,
        }
    }

    /// ln of the evidence that a naming on this level needs.
    #[must_use]
    pub fn threshold(&self, kind: LevelKind) -> f64 {
        self.levels
            .iter()
            .find(|level| level.level == kind)
            .map_or(f64::INFINITY, |level| level.threshold)
    }
}

/// Persons of each group by its name, of groups of any size.
pub(super) fn members(
    holders: &Holders,
    of: impl Fn(&Person) -> &Option<String>,
) -> BTreeMap<&str, Vec<u32>> {
    let mut members: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (number, person) in holders.persons.iter().enumerate() {
        if let Some(name) = of(person) {
            members.entry(name).or_default().push(index_u32(number));
        }
    }
    members
}

/// Groups of [`SMALLEST_GROUP`] people or more by name, and how many groups there are in all.
fn groups(
    holders: &Holders,
    level: LevelKind,
    of: impl Fn(&Person) -> &Option<String>,
) -> (Vec<Holder>, u64) {
    let members = members(holders, of);
    let many = members.len() as u64;
    let large = members
        .into_iter()
        .filter(|(_, members)| members.len() >= SMALLEST_GROUP)
        .map(|(name, members)| Holder {
            level,
            members,
            group: Some(name.to_owned()),
        })
        .collect();
    (large, many)
}
