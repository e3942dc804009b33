//! The guards: nobody is named for a colleague's leak.
//!
//! `docs/spec/trace.md`, part 5. The outside guard counts only customers that no member of a set of
//! colleagues could have sold, and takes the set that explains most. The conditional guard assumes
//! that a colleague sold at random, which real colleagues don't: it makes strong leads only.

mod bound;

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::bet::{self, Evidence, Mark, Sight, Stake};
use super::exposure::{EARLY, Stratum, holder};
use super::facts::{Compared, Facts};
use crate::holder::Holders;
use crate::{at, index_u32};

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
    members: Vec<u32>,
    /// Members, and makers of a copy that is tested: no guard is over them.
    kin: Vec<u32>,
    stakes: Vec<Stake>,
    /// One a report; `None` where the report says nothing.
    joint: Vec<Option<Joint>>,
}

/// How many of the compared items the suspect saw, alone and together with each other holder.
#[derive(Debug)]
struct Joint {
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

/// The smallest so far, with what tells quickly that another evidence is larger.
struct Smallest {
    guarded: Guarded,
    marks: Vec<Mark>,
}

impl Smallest {
    fn nothing(reports: usize) -> Self {
        Self {
            guarded: Guarded::nothing(reports),
            marks: vec![Mark::default(); reports],
        }
    }
}

/// Counts against no colleague need no pass over a stratum: one person's come with the facts.
#[must_use]
pub fn unguarded(facts: &[Facts], person: u32, rule: Rule) -> Vec<f64> {
    let stakes: Vec<Stake> = facts.iter().map(|facts| stake(facts, &[person])).collect();
    let sights = facts.iter().map(|facts| {
        facts.compared.as_ref().map(|compared| Sight {
            hit: facts.saw(person),
            seen: compared.counts[at(person)],
            items: compared.items,
        })
    });
    bet::path(sights, &stakes, rule.gamma, rule.strike)
}

fn stake(facts: &Facts, members: &[u32]) -> Stake {
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
    pub fn new(facts: &'a [Facts], members: &[u32], of: &Holders) -> Self {
        let holders = of.len();
        let is_member = mask(members, holders);
        let stakes = facts.iter().map(|facts| stake(facts, members)).collect();
        let joint = facts
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
                Some(Joint { hit, seen, with })
            })
            .collect();
        let persons = of.persons.len();
        let makers = members.iter().filter_map(|&member| {
            let copy = at(member).checked_sub(persons)?;
            of.makers[copy]
        });
        Self {
            facts,
            kin: members.iter().copied().chain(makers).collect(),
            members: members.to_vec(),
            stakes,
            joint,
        }
    }

    fn reports(&self) -> impl Iterator<Item = Option<(&Facts, &Compared, &Joint)>> {
        self.facts.iter().zip(&self.joint).map(|(facts, joint)| {
            facts
                .compared
                .as_ref()
                .zip(joint.as_ref())
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
        self.reports().map(move |report| {
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
        self.smallest(colleagues, search, |other| {
            let sights = self.sights_outside(other);
            bet::path(sights, &self.stakes, rule.gamma, rule.strike)
        })
    }

    /// Conditional guard, smallest over every one colleague; see [`Search`] for `search`.
    #[must_use]
    pub fn conditional(&self, colleagues: &[u32], search: Search) -> Guarded {
        self.smallest(colleagues, search, |other| {
            let sights = self.reports().map(|report| {
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
            });
            bet::path(sights, &self.stakes, Rule::LEAD.gamma, Rule::LEAD.strike)
        })
    }

    fn smallest(
        &self,
        colleagues: &[u32],
        search: Search,
        path: impl Fn(u32) -> Vec<f64> + Sync,
    ) -> Guarded {
        let reports = self.facts.len();
        let colleagues = self.by_hits_covered(colleagues);
        let (first, rest) = colleagues.split_at(colleagues.len().min(FIRST));
        let mut smallest = Guarded::nothing(reports);
        for &other in first {
            smallest.lower(&path(other), &[other]);
            if search.is_decided(&smallest) {
                return smallest;
            }
        }
        let others = rest
            .par_iter()
            .fold(
                || Guarded::nothing(reports),
                |mut smallest, &other| {
                    smallest.lower(&path(other), &[other]);
                    smallest
                },
            )
            .reduce(|| Guarded::nothing(reports), |one, two| one.merge(&two));
        smallest.merge(&others)
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

    /// Outside guard, smallest over every two colleagues, or a proven lower end.
    ///
    /// A pair of which neither saw a reported item that the suspect saw can only take compared
    /// items away. For such a second colleague the evidence against the first one is bounded below
    /// at once for all: e falls in q, and q is at most what the largest of them can make of it.
    /// Where that lower end is under `needed` at a report where the pairs searched are not, those
    /// pairs are searched too; `needed` is the evidence that the question is about.
    #[must_use]
    pub fn outside_two(&self, rule: Rule, colleagues: &[u32], needed: f64) -> Guarded {
        let reports = self.facts.len();
        let colleagues = self.by_hits_covered(colleagues);
        let covers_a_hit: Vec<bool> = colleagues
            .iter()
            .map(|&other| {
                self.reports()
                    .flatten()
                    .any(|(facts, _, joint)| joint.hit && facts.guarded(other))
            })
            .collect();
        // Neighbours' counts lie beside each other.
        let mut by_number: Vec<usize> = (0..colleagues.len()).collect();
        by_number.sort_unstable_by_key(|&place| colleagues[place]);
        let matrix = Matrix::new(self);
        let searched: Vec<(Guarded, Vec<f64>)> = (0..colleagues.len())
            .into_par_iter()
            .map(|one| {
                let row = matrix.row(self, colleagues[one]);
                let mut smallest = Smallest::nothing(reports);
                for &two in &by_number {
                    // Each pair once: by its member that covers a hit, or the smaller of two.
                    if covers_a_hit[two] && (one < two || (!covers_a_hit[one] && one != two)) {
                        self.pair(rule, &row, colleagues[one], colleagues[two], &mut smallest);
                    }
                }
                let rest = by_number
                    .iter()
                    .filter(|&&two| two != one && !covers_a_hit[two]);
                let rest: Vec<u32> = rest.map(|&two| colleagues[two]).collect();
                let lower = self.lower_end(rule, &row, colleagues[one], &rest);
                (smallest.guarded, lower)
            })
            .collect();
        let mut smallest = Guarded::nothing(reports);
        for (found, _) in &searched {
            smallest = smallest.merge(found);
        }
        let doubtful: Vec<usize> = searched
            .iter()
            .enumerate()
            .filter(|(_, (_, lower))| {
                lower
                    .iter()
                    .zip(&smallest.log)
                    .any(|(&lower, &log)| lower < needed && needed <= log)
            })
            .map(|(one, _)| one)
            .collect();
        let more: Vec<Guarded> = doubtful
            .par_iter()
            .map(|&one| {
                let row = matrix.row(self, colleagues[one]);
                let mut smallest = Smallest::nothing(reports);
                let rest = by_number
                    .iter()
                    .filter(|&&two| two != one && !covers_a_hit[two]);
                for &two in rest {
                    self.pair(rule, &row, colleagues[one], colleagues[two], &mut smallest);
                }
                smallest.guarded
            })
            .collect();
        for found in &more {
            smallest = smallest.merge(found);
        }
        for (one, (_, lower)) in searched.iter().enumerate() {
            if doubtful.binary_search(&one).is_err() {
                for (number, &lower) in lower.iter().enumerate() {
                    if lower < smallest.log[number] {
                        smallest.log[number] = lower;
                        smallest.against[number] = Vec::new();
                        smallest.exact[number] = false;
                    }
                }
            }
        }
        smallest
    }

    /// What the suspect saw of each report that neither of a pair could have sold.
    fn pair_sights(&self, row: &Row, one: u32, two: u32) -> impl Iterator<Item = Option<Sight>> {
        self.reports().zip(&row.reports).map(move |(report, row)| {
            let (facts, compared, joint) = report?;
            let (both, all_three) = row.as_ref()?;
            if facts.guarded(two) {
                return None;
            }
            let covered = compared.guards[at(one)] + compared.guards[at(two)] - both[at(two)];
            let covered_seen = joint.with[at(one)] + joint.with[at(two)] - all_three[at(two)];
            Some(Sight {
                hit: joint.hit,
                seen: joint.seen - covered_seen,
                items: compared.items - covered,
            })
        })
    }

    /// Evidence against one pair, taken into the smallest.
    fn pair(&self, rule: Rule, row: &Row, one: u32, two: u32, smallest: &mut Smallest) {
        let against = [one.min(two), one.max(two)];
        let mut evidence = Evidence::new(rule.strike);
        let sights = self.pair_sights(row, one, two).zip(&self.stakes);
        for (number, (sight, stake)) in sights.enumerate() {
            if let Some(factors) = sight.and_then(|sight| stake.factors(sight, rule.gamma)) {
                evidence.add(&factors);
            }
            // Most pairs are far from the smallest; a logarithm is only needed near it.
            if !evidence.is_surely_over(&smallest.marks[number]) {
                let log = evidence.log();
                if log < smallest.guarded.log[number] {
                    smallest.marks[number] = evidence.mark();
                }
                smallest.guarded.lower_one(number, log, &against);
            }
        }
    }

    /// Evidence against `one` with anyone of `rest`, none of whom saw a hit: a lower end.
    fn lower_end(&self, rule: Rule, row: &Row, one: u32, rest: &[u32]) -> Vec<f64> {
        if rest.is_empty() {
            return vec![f64::INFINITY; self.facts.len()];
        }
        let mut evidence = Evidence::new(rule.strike);
        let mut now = 0.0;
        self.reports()
            .zip(&row.reports)
            .zip(&self.stakes)
            .map(|((report, row), stake)| {
                if let Some(((_, compared, joint), (both, _))) = report.zip(row.as_ref()) {
                    let others = rest
                        .iter()
                        .map(|&two| compared.guards[at(two)] - both[at(two)])
                        .max()
                        .unwrap_or(0);
                    let seen = joint.seen - joint.with[at(one)];
                    let items = (compared.items - compared.guards[at(one)]).saturating_sub(others);
                    if seen > 0 {
                        // At most `seen` of at least `items`: the smallest factor there can be.
                        let q = (f64::from(seen) / f64::from(items.max(1))).min(1.0);
                        evidence.add(&stake.factors_at(joint.hit, q, rule.gamma));
                        now = evidence.log();
                    }
                }
                now
            })
            .collect()
    }
}

/// For every stratum of the reports: which of its items each holder saw, and which the suspect saw.
struct Matrix {
    /// Stratum of each report, index into `strata`.
    of_report: Vec<Option<usize>>,
    strata: Vec<Inverted>,
    holders: usize,
    is_member: Vec<bool>,
}

/// A stratum's items by holder.
struct Inverted {
    stratum: Arc<Stratum>,
    /// First word of each item, and behind the last one the number of words.
    start: Vec<u32>,
    suspect_saw: Vec<bool>,
    /// First entry of each holder in `items`.
    offset: Vec<u32>,
    items: Vec<u32>,
}

/// By holder: items that it saw together with one colleague, and with the suspect as a third.
type Pairs = (Arc<Vec<u32>>, Arc<Vec<u32>>);

/// One colleague together with each other holder, and with the suspect as a third.
struct Row {
    /// One a report: items that both saw, and that the suspect saw as well; `None` where the
    /// colleague saw the reported item, or the report says nothing.
    reports: Vec<Option<Pairs>>,
}

impl Matrix {
    fn new(suspect: &Suspect<'_>) -> Self {
        let holders = suspect
            .joint
            .iter()
            .flatten()
            .next()
            .map_or(0, |joint| joint.with.len());
        let is_member = mask(&suspect.members, holders);
        let mut known: BTreeMap<*const Stratum, usize> = BTreeMap::new();
        let mut strata: Vec<Arc<Stratum>> = Vec::new();
        let of_report = suspect
            .facts
            .iter()
            .map(|facts| {
                let stratum = &facts.compared.as_ref()?.stratum;
                Some(*known.entry(Arc::as_ptr(stratum)).or_insert_with(|| {
                    strata.push(Arc::clone(stratum));
                    strata.len() - 1
                }))
            })
            .collect();
        let strata = strata
            .into_par_iter()
            .map(|stratum| Inverted::new(stratum, &is_member))
            .collect();
        Self {
            of_report,
            strata,
            holders,
            is_member,
        }
    }

    fn row(&self, suspect: &Suspect<'_>, one: u32) -> Row {
        let mut of_stratum: Vec<Option<Pairs>> = vec![None; self.strata.len()];
        let reports = suspect
            .facts
            .iter()
            .zip(&self.of_report)
            .map(|(facts, number)| {
                let compared = facts.compared.as_ref()?;
                if facts.guarded(one) {
                    return None;
                }
                let number = (*number)?;
                let (mut both, mut all) = of_stratum[number]
                    .get_or_insert_with(|| self.strata[number].with(one, self.holders))
                    .clone();
                for item in compared
                    .gone
                    .iter()
                    .filter(|item| item.guards.contains(&one))
                {
                    let saw = item
                        .holders
                        .iter()
                        .any(|&holder| self.is_member[at(holder)]);
                    for &holder in &item.guards {
                        Arc::make_mut(&mut both)[at(holder)] -= 1;
                        if saw {
                            Arc::make_mut(&mut all)[at(holder)] -= 1;
                        }
                    }
                }
                Some((both, all))
            })
            .collect();
        Row { reports }
    }
}

impl Inverted {
    fn new(stratum: Arc<Stratum>, is_member: &[bool]) -> Self {
        let mut start = vec![0_u32];
        let mut suspect_saw = Vec::new();
        let mut offset = vec![0_u32; is_member.len() + 1];
        for item in stratum.seen_items() {
            start.push(start.last().copied().unwrap_or(0) + index_u32(item.len()));
            suspect_saw.push(item.iter().any(|&word| is_early_member(is_member, word)));
            for &word in item {
                offset[at(holder(word)) + 1] += 1;
            }
        }
        for holder in 1..offset.len() {
            offset[holder] += offset[holder - 1];
        }
        let mut next = offset.clone();
        let mut items = vec![0; stratum.stream.len()];
        for (number, item) in stratum.seen_items().enumerate() {
            for &word in item {
                let place = &mut next[at(holder(word))];
                items[at(*place)] = index_u32(number);
                *place += 1;
            }
        }
        Self {
            stratum,
            start,
            suspect_saw,
            offset,
            items,
        }
    }

    fn with(&self, one: u32, holders: usize) -> Pairs {
        let mut both = vec![0_u32; holders];
        let mut all = vec![0_u32; holders];
        let of_one = at(self.offset[at(one)])..at(self.offset[at(one) + 1]);
        for &item in &self.items[of_one] {
            let words = at(self.start[at(item)])..at(self.start[at(item) + 1]);
            let saw = u32::from(self.suspect_saw[at(item)]);
            for &word in &self.stratum.stream[words] {
                both[at(holder(word))] += 1;
                all[at(holder(word))] += saw;
            }
        }
        (Arc::new(both), Arc::new(all))
    }
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
