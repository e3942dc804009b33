//! The guards: nobody is named for a colleague's leak.
//!
//! `docs/spec/trace.md`, part 5. The outside guard counts only customers that no member of a set of
//! colleagues could have sold, and takes the set that explains most. The conditional guard assumes
//! that a colleague sold at random, which real colleagues don't: it makes strong leads only.

mod alone;
mod bound;
mod counts;
mod pairs;

use std::sync::Arc;

pub(super) use self::alone::all_unguarded;
pub use self::alone::unguarded;
pub(super) use self::bound::Floor;
use rayon::prelude::*;

use super::bet::{self, Evidence, Sight, Stake};
use super::cache::{Cache, Exposed, Guarding, Stand};
use super::exposure::{EARLY, holder};
use super::facts::{Compared, Facts, Gathered};
use crate::at;
use crate::holder::Holders;

/// Gamma and striking: what makes the evidence of a naming smaller than that of a lead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Odds of unfairness allowed in every stratum.
    pub gamma: f64,
    /// Largest factors struck.
    pub strike: u32,
}

impl Rule {
    /// A fair comparison, nothing struck.
    pub const LEAD: Self = Self {
        gamma: 1.0,
        strike: 0,
    };
}

/// How far a guard searches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Search {
    /// Every set: the evidence is the minimum.
    Complete,
    /// Only whether the evidence is at least this after each report: it may be given as smaller or
    /// larger than it is, on the right side. Whoever can't pass any more needs no further search.
    UntilBelow(f64),
}

impl Search {
    fn is_decided(self, smallest: &Guarded) -> bool {
        match self {
            Self::Complete => false,
            Self::UntilBelow(needed) => smallest.log.iter().all(|&log| log < needed),
        }
    }
}

/// Colleagues tried one by one before the others are tried in parallel.
const FIRST: usize = 8;

/// One holder, or several as one (a pair, a team), against the facts of all reports.
#[derive(Debug)]
pub struct Suspect<'a> {
    facts: &'a [Facts],
    exposed: Exposed,
    cache: &'a Cache,
    members: Vec<u32>,
    /// Members, and makers of a copy that is tested: no guard is over them.
    kin: Vec<u32>,
    stakes: Vec<Stake>,
    /// One a report; `None` where the report says nothing.
    joint: Arc<Vec<Option<Arc<Joint>>>>,
}

/// How many of the compared items the suspect saw, alone and together with each other holder.
#[derive(Debug)]
pub(super) struct Joint {
    hit: bool,
    seen: u32,
    with: Vec<u32>,
}

/// Evidence after each report, with the colleagues that explain most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guarded {
    /// Smallest evidence over the sets searched.
    pub log: Vec<f64>,
    /// The set that it is smallest against; empty where it is only a proven lower end.
    pub against: Vec<Vec<u32>>,
    /// Whether `log` is the minimum itself, and not a lower end of it.
    pub exact: Vec<bool>,
}

impl Guarded {
    fn nothing(reports: usize) -> Self {
        Self {
            log: vec![f64::INFINITY; reports],
            against: vec![Vec::new(); reports],
            exact: vec![true; reports],
        }
    }

    /// Takes the smaller one at each report; at equality the set that comes first.
    fn lower(&mut self, path: &[f64], against: &[u32]) {
        for (number, &log) in path.iter().enumerate() {
            self.lower_one(number, log, against);
        }
    }

    fn lower_one(&mut self, number: usize, log: f64, against: &[u32]) {
        if log < self.log[number]
            || (log == self.log[number] && against < self.against[number].as_slice())
        {
            self.log[number] = log;
            self.against[number] = against.to_vec();
        }
    }

    fn extend(&mut self, more: Self) {
        self.log.extend(more.log);
        self.against.extend(more.against);
        self.exact.extend(more.exact);
    }

    fn merge(mut self, other: &Self) -> Self {
        for number in 0..self.log.len() {
            let (log, against) = (other.log[number], &other.against[number]);
            if log < self.log[number]
                || (log == self.log[number] && *against < self.against[number])
            {
                self.log[number] = log;
                self.against[number].clone_from(against);
                self.exact[number] = other.exact[number];
            }
        }
        self
    }
}

/// The bet of holders taken as one, by their share of all items seen.
pub(super) fn stake(facts: &Facts, members: &[u32]) -> Stake {
    Stake::new(share(facts, members))
}

/// Share of all items seen, in (0, 1].
fn share(facts: &Facts, members: &[u32]) -> f64 {
    let Some(compared) = &facts.compared else {
        return 1.0;
    };
    let any = compared.totals.any.max(1);
    let seen: u64 = members
        .iter()
        .map(|&member| u64::from(compared.totals.seen[at(member)]))
        .sum();
    let seen = seen.clamp(1, u64::from(any));
    seen as f64 / f64::from(any)
}

impl<'a> Suspect<'a> {
    /// Counts what the members saw, together and with each other holder.
    #[must_use]
    pub fn new(gathered: &'a Gathered, exposed: Exposed, members: &[u32], of: &Holders) -> Self {
        let facts = gathered.facts(exposed);
        let stakes = facts.iter().map(|facts| stake(facts, members)).collect();
        let joint = gathered.cache.joints.get_or(
            (exposed, members.to_vec()),
            facts.len(),
            of.len(),
            |known| joints(&facts[known..], members, of.len()),
        );
        let persons = of.persons.len();
        let makers = members.iter().filter_map(|&member| {
            let copy = at(member).checked_sub(persons)?;
            of.makers[copy]
        });
        Self {
            facts,
            exposed,
            cache: &gathered.cache,
            kin: members.iter().copied().chain(makers).collect(),
            members: members.to_vec(),
            stakes,
            joint,
        }
    }

    fn reports(&self) -> impl Iterator<Item = Option<(&Facts, &Compared, &Joint)>> {
        self.reports_from(0)
    }

    /// The reports behind the first so many.
    fn reports_from(
        &self,
        known: usize,
    ) -> impl Iterator<Item = Option<(&Facts, &Compared, &Joint)>> {
        self.facts[known..]
            .iter()
            .zip(&self.joint[known..])
            .map(|(facts, joint)| {
                facts
                    .compared
                    .as_ref()
                    .zip(joint.as_deref())
                    .map(|(compared, joint)| (facts, compared, joint))
            })
    }

    /// What each report says about the suspect, guarded against nobody.
    pub fn sights(&self) -> impl Iterator<Item = Option<Sight>> {
        self.reports().map(|report| {
            report.map(|(_, compared, joint)| Sight {
                hit: joint.hit,
                seen: joint.seen,
                items: compared.items,
            })
        })
    }

    /// The same under the outside guard against this colleague.
    pub fn sights_outside(&self, other: u32) -> impl Iterator<Item = Option<Sight>> {
        self.outside_from(other, 0)
    }

    fn outside_from(&self, other: u32, known: usize) -> impl Iterator<Item = Option<Sight>> {
        self.reports_from(known).map(move |report| {
            report
                .filter(|(facts, ..)| !facts.guarded(other))
                .map(|(_, compared, joint)| Sight {
                    hit: joint.hit,
                    seen: joint.seen - joint.with[at(other)],
                    items: compared.items - compared.guards[at(other)],
                })
        })
    }

    /// The suspect's share of all items seen, for each report: what its bets go by.
    pub fn shares(&self) -> impl Iterator<Item = f64> {
        self.facts.iter().map(|facts| share(facts, &self.members))
    }

    /// Evidence against no colleague.
    #[must_use]
    pub fn alone(&self, rule: Rule) -> Vec<f64> {
        bet::path(self.sights(), &self.stakes, rule.gamma, rule.strike)
    }

    /// Outside guard, smallest over every one colleague; see [`Search`] for `search`.
    #[must_use]
    pub fn outside_one(&self, rule: Rule, colleagues: &[u32], search: Search) -> Guarded {
        self.smallest(rule, false, colleagues, search)
    }

    /// Conditional guard, smallest over every one colleague; see [`Search`] for `search`.
    #[must_use]
    pub fn conditional(&self, colleagues: &[u32], search: Search) -> Guarded {
        self.smallest(Rule::LEAD, true, colleagues, search)
    }

    /// What each report behind the first so many says under the conditional guard.
    fn conditional_from(&self, other: u32, known: usize) -> impl Iterator<Item = Option<Sight>> {
        self.reports_from(known).map(move |report| {
            report.map(|(facts, compared, joint)| {
                let with = joint.with[at(other)];
                let others = compared.guards[at(other)];
                if facts.guarded(other) {
                    Sight {
                        hit: joint.hit,
                        seen: with,
                        items: others,
                    }
                } else {
                    Sight {
                        hit: joint.hit,
                        seen: joint.seen - with,
                        items: compared.items - others,
                    }
                }
            })
        })
    }

    /// Goes on from what stood after an earlier report, where that was kept: the evidence against
    /// each colleague grows by one factor a report.
    fn smallest(
        &self,
        rule: Rule,
        conditional: bool,
        colleagues: &[u32],
        search: Search,
    ) -> Guarded {
        let reports = self.facts.len();
        let path = |other: u32, evidence: &mut Evidence, known: usize| {
            let stakes = &self.stakes[known..];
            if conditional {
                bet::go_on(
                    evidence,
                    self.conditional_from(other, known),
                    stakes,
                    rule.gamma,
                )
            } else {
                bet::go_on(
                    evidence,
                    self.outside_from(other, known),
                    stakes,
                    rule.gamma,
                )
            }
        };
        let of = self.guarding(rule, conditional);
        let stood = self.cache.stands.take(&of);
        let stood = stood.filter(|stand| stand.evidence.len() == colleagues.len());
        if stood.is_none() && search != Search::Complete {
            // Who can't pass is mostly seen to by the few who covered most.
            let mut smallest = Guarded::nothing(reports);
            for other in self.by_hits_covered(colleagues).into_iter().take(FIRST) {
                let path = path(other, &mut Evidence::new(rule.strike), 0);
                smallest.lower(&path, &[other]);
                if search.is_decided(&smallest) {
                    return smallest;
                }
            }
        }
        let mut stand = stood.unwrap_or_else(|| Stand {
            evidence: vec![Evidence::new(rule.strike); colleagues.len()],
            smallest: Guarded::nothing(0),
        });
        let known = stand.smallest.log.len();
        let nothing = || Guarded::nothing(reports - known);
        let more = colleagues
            .par_iter()
            .zip(&mut stand.evidence)
            .filter(|(other, _)| !self.kin.contains(other))
            .fold(nothing, |mut smallest, (&other, evidence)| {
                smallest.lower(&path(other, evidence, known), &[other]);
                smallest
            })
            .reduce(nothing, |one, two| one.merge(&two));
        stand.smallest.extend(more);
        let smallest = stand.smallest.clone();
        self.cache.stands.put(of, stand);
        smallest
    }

    /// What is kept of a guard is kept under this.
    pub(super) fn guarding(&self, rule: Rule, conditional: bool) -> Guarding {
        Guarding {
            exposed: self.exposed,
            members: self.members.clone(),
            conditional,
            gamma: rule.gamma.to_bits(),
            strike: rule.strike,
        }
    }

    /// The colleagues, members left out: first who saw most of the reported items that were seen.
    fn by_hits_covered(&self, colleagues: &[u32]) -> Vec<u32> {
        let mut covered = vec![
            0_u32;
            self.joint
                .iter()
                .flatten()
                .next()
                .map_or(0, |j| j.with.len())
        ];
        for (facts, _, joint) in self.reports().flatten() {
            if joint.hit {
                for &holder in &facts.guards {
                    covered[at(holder)] += 1;
                }
            }
        }
        let mut ordered: Vec<u32> = colleagues
            .iter()
            .copied()
            .filter(|other| !self.kin.contains(other))
            .collect();
        if !covered.is_empty() {
            ordered.sort_by_key(|&other| (core::cmp::Reverse(covered[at(other)]), other));
        }
        ordered
    }
}

/// Counts what the members saw, together and with each other holder, in each report's stratum.
fn joints(facts: &[Facts], members: &[u32], holders: usize) -> Vec<Option<Arc<Joint>>> {
    let is_member = mask(members, holders);
    facts
        .par_iter()
        .map(|facts| {
            let compared = facts.compared.as_ref()?;
            let mut seen = 0;
            let mut with = vec![0_u32; holders];
            for item in compared.stratum.seen_items() {
                if item.iter().any(|&word| is_early_member(&is_member, word)) {
                    seen += 1;
                    for &word in item {
                        with[at(holder(word))] += 1;
                    }
                }
            }
            for item in &compared.gone {
                if item.holders.iter().any(|&holder| is_member[at(holder)]) {
                    seen -= 1;
                    for &holder in &item.guards {
                        with[at(holder)] -= 1;
                    }
                }
            }
            let hit = facts.holders.iter().any(|&holder| is_member[at(holder)]);
            Some(Arc::new(Joint { hit, seen, with }))
        })
        .collect()
}

/// Whether a word stands for a member that saw the item before the cut.
fn is_early_member(is_member: &[bool], word: u32) -> bool {
    word & EARLY != 0 && is_member[at(holder(word))]
}

/// Which of the holders are members.
fn mask(members: &[u32], holders: usize) -> Vec<bool> {
    let mut mask = vec![false; holders];
    for &member in members {
        mask[at(member)] = true;
    }
    mask
}
