//! Who is tested on which level, and after which reports a set may be claimed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::{Court, Tested};
use crate::at;
use crate::trace::bet::{self, Evidence, Sight, Stake};
use crate::trace::cache::GroupSight;
use crate::trace::claim::Holder;
use crate::trace::exposure::{EARLY, Shared, holder};
use crate::trace::facts::Facts;
use crate::trace::guard::{stake, unguarded};
use crate::verdict::LevelKind;

/// So many persons, those with the most evidence, are tried in sets.
const CANDIDATES: usize = 6;

impl Court<'_> {
    /// Persons that pass the bound against no colleague at some report.
    pub(super) fn singles(&self, paths: &[Vec<f64>]) -> Vec<Tested> {
        let needed = self.levels.threshold(LevelKind::Person);
        let reports = self.gathered.frozen.len();
        let persons = self
            .persons
            .iter()
            .filter(|&&person| paths[at(person)].iter().any(|&log| log >= needed));
        persons
            .map(|&person| Tested {
                holder: Holder {
                    level: LevelKind::Person,
                    members: vec![person],
                    group: None,
                },
                eligible: vec![true; reports],
            })
            .collect()
    }

    /// Pairs, triples and near-identical sets of the persons that stand first after each report.
    pub(super) fn sets(&self, paths: &[Vec<f64>]) -> Vec<Tested> {
        let reports = self.gathered.frozen.len();
        let mut eligible: BTreeMap<(LevelKind, Vec<u32>), Vec<bool>> = BTreeMap::new();
        let mut firsts = BTreeSet::new();
        let first_after = |number: usize| {
            let log = |person: u32| paths[at(person)][number];
            let mut first = self.persons.to_vec();
            first.sort_by(|&one, &two| log(two).total_cmp(&log(one)).then(one.cmp(&two)));
            first.truncate(CANDIDATES);
            first.sort_unstable();
            first
        };
        let first_of_report: Vec<Vec<u32>> = (0..reports).map(first_after).collect();
        firsts.extend(first_of_report.iter().flatten().copied());
        let alike = self.near_identical(&firsts.into_iter().collect::<Vec<_>>());
        for (number, first) in first_of_report.iter().enumerate() {
            let mut mark = |level: LevelKind, members: Vec<u32>| {
                eligible
                    .entry((level, members))
                    .or_insert_with(|| vec![false; reports])[number] = true;
            };
            for (one, &a) in first.iter().enumerate() {
                for (two, &b) in first.iter().enumerate().skip(one + 1) {
                    mark(LevelKind::Pair, vec![a, b]);
                    for &c in &first[two + 1..] {
                        mark(LevelKind::Triple, vec![a, b, c]);
                    }
                }
                if let Some(set) = alike.get(&a) {
                    mark(LevelKind::NearIdentical, set.clone());
                }
            }
        }
        let mut sets: Vec<Tested> = eligible
            .into_iter()
            .map(|((level, members), eligible)| Tested {
                holder: Holder {
                    level,
                    members,
                    group: None,
                },
                eligible,
            })
            .collect();
        sets.sort_by(|one, two| {
            let key = |tested: &Tested| {
                (
                    tested.holder.members.len(),
                    tested.holder.level,
                    tested.holder.members.clone(),
                )
            };
            key(one).cmp(&key(two))
        });
        sets
    }

    /// For each person asked about: it and those whose views it can hardly be told apart from.
    fn near_identical(&self, of: &[u32]) -> BTreeMap<u32, Vec<u32>> {
        let Some(cut) = self.gathered.first_freeze else {
            return BTreeMap::new();
        };
        let cache = &self.gathered.cache.alike;
        let mut sets: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut unknown = Vec::new();
        for &person in of {
            match cache.get(&person) {
                Some(members) => {
                    sets.insert(person, members.to_vec());
                }
                None => unknown.push(person),
            }
        }
        if !unknown.is_empty() {
            let shared = Shared::of(self.exposures, cut, &unknown);
            for (place, &person) in unknown.iter().enumerate() {
                let is_alike = |other: &u32| {
                    *other == person || shared.is_near_identical(place, person, *other)
                };
                let find = || self.persons.iter().copied().filter(is_alike).collect();
                let members = cache.get_or(person, find, Vec::len);
                sets.insert(person, members.to_vec());
            }
        }
        sets.retain(|_, members| members.len() > 1);
        sets
    }

    /// Teams, sites and vendors that pass against no colleague, counted in one pass a report.
    pub(super) fn groups(&self, facts: &[Facts]) -> Vec<Tested> {
        let reports = facts.len();
        // A universal viewer among them: such data can't exclude the group either.
        let groups: Vec<&Holder> = self
            .levels
            .groups
            .iter()
            .filter(|holder| holder.members.iter().all(|m| self.colleagues.contains(m)))
            .collect();
        let members = groups.iter().map(|holder| match holder.members[..] {
            // One copy has its counts with the facts.
            [_] => &[],
            _ => holder.members.as_slice(),
        });
        let members: Vec<&[u32]> = members.collect();
        let counted = self.gathered.cache.groups.get_or(
            members.iter().map(|members| members.to_vec()).collect(),
            reports,
            groups.len() * size_of::<GroupSight>() / 4,
            |known| group_sights(&facts[known..], &members, self.holders.len()),
        );
        let paths = (0..groups.len()).map(|group| {
            let of_group = counted.iter().map(|report| report[group]);
            let (sights, stakes): (Vec<_>, Vec<_>) = of_group.unzip();
            bet::path(
                sights.into_iter(),
                &stakes,
                self.rule.gamma,
                self.rule.strike,
            )
        });
        let passing = groups.iter().zip(paths).filter(|(holder, path)| {
            let needed = self.levels.threshold(holder.level);
            match holder.members[..] {
                [copy] => unguarded(facts, copy, self.rule)
                    .iter()
                    .any(|&log| log >= needed),
                _ => path.iter().any(|&log| log >= needed),
            }
        });
        passing
            .map(|(&holder, _)| Tested {
                holder: holder.clone(),
                eligible: vec![true; reports],
            })
            .collect()
    }

    /// Whether a set's evidence can reach its threshold where it may be claimed, from single counts.
    ///
    /// A set saw at least what each member saw, so its factor at a hit is at most the smallest of
    /// its members'; misses only take evidence away.
    pub(super) fn could_pass(&self, tested: &Tested) -> bool {
        let needed = self.levels.threshold(tested.holder.level);
        let members = &tested.holder.members;
        let mut evidence = Evidence::new(self.rule.strike);
        let mut reports = self.gathered.frozen.iter().zip(&tested.eligible);
        reports.any(|(facts, &eligible)| {
            if let Some(compared) = &facts.compared
                && members.iter().any(|&member| facts.saw(member))
            {
                let most = |of: &[u32]| members.iter().map(|&m| of[at(m)]).max().unwrap_or(0);
                let totals = &compared.totals;
                let any = totals.any.max(1);
                let share = f64::from(most(&totals.seen).clamp(1, any)) / f64::from(any);
                let sight = Sight {
                    hit: true,
                    seen: most(&compared.counts).max(1),
                    items: compared.items,
                };
                if let Some(factors) = Stake::new(share).factors(sight, self.rule.gamma) {
                    evidence.add(&factors);
                }
            }
            eligible && evidence.log() >= needed
        })
    }
}

/// What each report says of each group as one holder; every report is passed over once.
fn group_sights(facts: &[Facts], groups: &[&[u32]], holders: usize) -> Vec<Arc<Vec<GroupSight>>> {
    let mut groups_of: Vec<Vec<usize>> = vec![Vec::new(); holders];
    for (group, members) in groups.iter().enumerate() {
        for &member in *members {
            groups_of[at(member)].push(group);
        }
    }
    facts
        .par_iter()
        .map(|facts| {
            let Some(compared) = &facts.compared else {
                return Arc::new(vec![(None, Stake::new(1.0)); groups.len()]);
            };
            let mut seen = Items::new(groups.len());
            for item in compared.stratum.seen_items() {
                let early = item.iter().filter(|&word| word & EARLY != 0);
                seen.add(early.flat_map(|&word| &groups_of[at(holder(word))]));
            }
            let mut gone = Items::new(groups.len());
            for item in &compared.gone {
                gone.add(item.holders.iter().flat_map(|&h| &groups_of[at(h)]));
            }
            let mut hit = Items::new(groups.len());
            hit.add(facts.holders.iter().flat_map(|&h| &groups_of[at(h)]));
            let of_group = |(group, members): (usize, &&[u32])| {
                let sight = Sight {
                    hit: hit.of[group] > 0,
                    seen: seen.of[group] - gone.of[group],
                    items: compared.items,
                };
                (Some(sight), stake(facts, members))
            };
            Arc::new(groups.iter().enumerate().map(of_group).collect())
        })
        .collect()
}

/// Items by group, each counted once however many members saw it.
struct Items {
    of: Vec<u32>,
    last: Vec<u32>,
    item: u32,
}

impl Items {
    fn new(groups: usize) -> Self {
        Self {
            of: vec![0; groups],
            last: vec![0; groups],
            item: 0,
        }
    }

    /// Takes the next item in, with the groups of all who saw it.
    fn add<'g>(&mut self, groups: impl Iterator<Item = &'g usize>) {
        self.item += 1;
        for &group in groups {
            self.of[group] += u32::from(self.last[group] != self.item);
            self.last[group] = self.item;
        }
    }
}
