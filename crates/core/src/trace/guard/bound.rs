//! Whether any two colleagues could explain the reports, without counting for every pair.
//!
//! Two thousand accounts make two million pairs, and each would need its own counts in every
//! stratum. But a second colleague can only do three things to the evidence against a first one:
//! take a hit away that it saw itself, take a miss away (which helps the suspect not at all), and
//! make the pool of compared items smaller by what it saw. What the last takes from a factor's
//! logarithm is at most what it adds to that of the share q, since the factor falls no faster than
//! q rises; that is bounded by the second colleague's own count. So the evidence has a lower end
//! that single counts give, and only pairs that it leaves in doubt are counted.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use super::counts::{Matrix, Row};
use super::{FIRST, Guarded, Rule, Suspect};
use crate::trace::bet::{EPSILONS, Evidence, Mark, log_mean_exp};
use crate::trace::cache::Grows;
use crate::{at, index_u32};

/// Numbers of a sum of logarithms are wrong by far less than this.
const MARGIN: f64 = 1e-6;

/// A number for each ε.
type Each = [f64; EPSILONS.len()];

/// What the evidence against one colleague is made of.
#[derive(Clone, Debug)]
pub(in super::super) struct Floor {
    /// ln of the factor of each report.
    gains: Vec<Each>,
    /// Their sums up to each report, the struck ones left out.
    kept: Vec<Each>,
    /// The sum of all of them.
    sum: Each,
    /// The largest ones, descending.
    largest: [Vec<f64>; EPSILONS.len()],
    /// What this colleague, up to each report, takes at most from the logarithm of any evidence by
    /// making pools smaller, where it comes second.
    losses: Vec<f64>,
}

/// What there is of all holders, kept for the next report when this is dropped.
struct Floors<'a> {
    suspect: &'a Suspect<'a>,
    rule: Rule,
    by_holder: Vec<Floor>,
}

impl Floors<'_> {
    fn of(&self, holder: u32) -> &Floor {
        &self.by_holder[at(holder)]
    }
}

impl Drop for Floors<'_> {
    fn drop(&mut self) {
        let of = self.suspect.guarding(self.rule, false);
        let floors = core::mem::take(&mut self.by_holder);
        self.suspect.cache.floors.put(of, floors);
    }
}

impl Grows for Vec<Floor> {
    fn reports(&self) -> usize {
        self.first().map_or(0, |floor| floor.gains.len())
    }

    fn words(&self) -> usize {
        self.len() * (self.reports() * (size_of::<Each>() / 2 + 2) + 200)
    }
}

impl Suspect<'_> {
    /// At which of these reports the evidence against every two colleagues is at least `needed`.
    pub(in super::super) fn holds_against_two(
        &self,
        rule: Rule,
        colleagues: &[u32],
        needed: f64,
        at_reports: &[bool],
    ) -> Vec<bool> {
        let open: Vec<AtomicBool> = at_reports.iter().copied().map(AtomicBool::new).collect();
        let still = || -> Vec<usize> {
            (0..open.len())
                .filter(|&number| open[number].load(Ordering::Relaxed))
                .collect()
        };
        let done = || {
            open.iter()
                .map(|open| open.load(Ordering::Relaxed))
                .collect()
        };
        if still().is_empty() {
            return done();
        }
        let colleagues = self.by_hits_covered(colleagues);
        let covered: Vec<Vec<usize>> = colleagues.iter().map(|&c| self.hits_covered(c)).collect();
        let floors = self.floors(rule, &colleagues);
        let doubtful = |place: usize, open: &[usize], among: &[usize]| -> Vec<usize> {
            let floor = floors.of(colleagues[place]);
            let is_doubtful = |two: &usize| {
                let second = floors.of(colleagues[*two]);
                !floor.is_over(needed, open, &covered[*two], &second.losses)
            };
            among.iter().copied().filter(is_doubtful).collect()
        };
        let at_first = still();
        let pairs: Vec<(usize, Vec<usize>)> = (0..colleagues.len())
            .into_par_iter()
            .map(|one| {
                let behind: Vec<usize> = (one + 1..colleagues.len()).collect();
                (one, doubtful(one, &at_first, &behind))
            })
            .filter(|(_, doubtful)| !doubtful.is_empty())
            .collect();
        if pairs.is_empty() {
            return done();
        }
        let matrix = Matrix::new(self);
        let search = |(one, twos): &(usize, Vec<usize>)| {
            let open_now = still();
            let twos = doubtful(*one, &open_now, twos);
            let (Some(&last), false) = (open_now.last(), twos.is_empty()) else {
                return;
            };
            let row = matrix.row(self, colleagues[*one]);
            for two in twos {
                let pair = [colleagues[*one], colleagues[two]];
                self.close(rule, &row, pair, needed, last, &open);
            }
        };
        // Whoever covers most decides most: what is closed by them nobody else is asked about.
        let (first, rest) = pairs.split_at(1);
        first.iter().for_each(search);
        rest.par_iter().for_each(search);
        done()
    }

    /// Outside guard after the last report, smallest over every two colleagues.
    #[must_use]
    pub fn smallest_two(&self, rule: Rule, colleagues: &[u32]) -> Guarded {
        let mut smallest = Guarded::nothing(1);
        let Some(last) = self.facts.len().checked_sub(1) else {
            return smallest;
        };
        let colleagues = self.by_hits_covered(colleagues);
        let covered: Vec<Vec<usize>> = colleagues.iter().map(|&c| self.hits_covered(c)).collect();
        let floors = self.floors(rule, &colleagues);
        let matrix = Matrix::new(self);
        let least = AtomicU64::new(f64::INFINITY.to_bits());
        let search = |one: usize| {
            let mut smallest = Guarded::nothing(1);
            let mut row = None;
            let first = floors.of(colleagues[one]);
            let alone = first.at(last, &[]);
            for two in one + 1..colleagues.len() {
                let floor = match covered[two].as_slice() {
                    [] => alone,
                    hits => first.at(last, hits),
                };
                let floor = floor - floors.of(colleagues[two]).losses[last] - MARGIN;
                if floor > f64::from_bits(least.load(Ordering::Relaxed)) {
                    continue;
                }
                let row = row.get_or_insert_with(|| matrix.row(self, colleagues[one]));
                let pair = [colleagues[one], colleagues[two]];
                let log = self.of_pair(rule, row, pair);
                lower(&least, log);
                smallest.lower_one(0, log, &[pair[0].min(pair[1]), pair[0].max(pair[1])]);
            }
            smallest
        };
        // Whoever covers most decides most.
        let first = colleagues.len().min(FIRST);
        for one in 0..first {
            smallest = smallest.merge(&search(one));
        }
        let rest: Vec<Guarded> = (first..colleagues.len())
            .into_par_iter()
            .map(search)
            .collect();
        rest.iter().fold(smallest, Guarded::merge)
    }

    /// Evidence against one pair after the last report.
    fn of_pair(&self, rule: Rule, row: &Row, [one, two]: [u32; 2]) -> f64 {
        let mut evidence = Evidence::new(rule.strike);
        for (sight, stake) in self.pair_sights(row, one, two).zip(&self.stakes) {
            if let Some(factors) = sight.and_then(|sight| stake.factors(sight, rule.gamma)) {
                evidence.add(&factors);
            }
        }
        evidence.log()
    }

    /// The reports whose item the suspect had seen and this colleague may have had.
    fn hits_covered(&self, other: u32) -> Vec<usize> {
        self.reports()
            .enumerate()
            .filter(|(_, report)| {
                report.is_some_and(|(facts, _, joint)| joint.hit && facts.guarded(other))
            })
            .map(|(number, _)| number)
            .collect()
    }

    /// Of all holders, those of these colleagues for this guard.
    fn floors(&self, rule: Rule, colleagues: &[u32]) -> Floors<'_> {
        let holders = self.joint.iter().flatten().next();
        let holders = holders.map_or(0, |joint| joint.with.len());
        let stood = self.cache.floors.take(&self.guarding(rule, false));
        let stood = stood.filter(|floors| floors.len() == holders);
        let mut by_holder = stood.unwrap_or_else(|| vec![Floor::new(); holders]);
        // Most of the compared items of each report that any colleague may have had.
        let known = by_holder.reports();
        let widest: Vec<u32> = self
            .reports_from(known)
            .map(|report| {
                let guards = report.map(|(_, compared, _)| &compared.guards);
                let had = |guards: &Vec<u32>| colleagues.iter().map(|&c| guards[at(c)]).max();
                guards.and_then(had).unwrap_or(0)
            })
            .collect();
        by_holder
            .par_iter_mut()
            .enumerate()
            .for_each(|(one, floor)| {
                self.raise(rule, index_u32(one), floor);
                self.add_losses(index_u32(one), &widest, floor);
            });
        Floors {
            suspect: self,
            rule,
            by_holder,
        }
    }

    /// Adds what a second colleague takes at the reports that its losses are not of yet.
    fn add_losses(&self, two: u32, widest: &[u32], floor: &mut Floor) {
        let known = floor.losses.len();
        let mut sum = floor.losses.last().copied().unwrap_or(0.0);
        let reports = self.reports_from(known).zip(widest);
        for ((report, &widest), stake) in reports.zip(&self.stakes[known..]) {
            if let Some((_, compared, joint)) = report
                // Where the suspect saw nothing or everything, so it did beside any colleague.
                && 0 < joint.seen
                && joint.seen < compared.items
            {
                let own = f64::from(compared.guards[at(two)]);
                // At least so many are left beside any first colleague.
                let items = f64::from(compared.items - widest.min(compared.items));
                let taken = if own < items { own / items } else { 1.0 };
                sum += (-libm::log1p(-taken)).min(stake.range());
            }
            floor.losses.push(sum);
        }
    }

    /// Adds the reports that a floor is not of yet.
    fn raise(&self, rule: Rule, one: u32, floor: &mut Floor) {
        let strike = at(rule.strike);
        let known = floor.gains.len();
        let sights = self.outside_from(one, known);
        for (sight, stake) in sights.zip(&self.stakes[known..]) {
            let factors = sight.and_then(|sight| stake.factors(sight, rule.gamma));
            let gain = factors.map_or([0.0; EPSILONS.len()], |factors| factors.map(libm::log));
            let mut kept = floor.sum;
            for (((sum, kept), &gain), largest) in floor
                .sum
                .iter_mut()
                .zip(&mut kept)
                .zip(&gain)
                .zip(&mut floor.largest)
            {
                *sum += gain;
                let place = largest.partition_point(|&known| known > gain);
                if place < strike && gain > 0.0 {
                    largest.insert(place, gain);
                    largest.truncate(strike);
                }
                *kept = *sum - largest.iter().sum::<f64>();
            }
            floor.gains.push(gain);
            floor.kept.push(kept);
        }
    }

    /// Counts for one pair, and closes the reports at which its evidence is not enough.
    fn close(
        &self,
        rule: Rule,
        row: &Row,
        [one, two]: [u32; 2],
        needed: f64,
        last: usize,
        open: &[AtomicBool],
    ) {
        let mut evidence = Evidence::new(rule.strike);
        let mut enough = Mark::of_log(needed);
        let sights = self.pair_sights(row, one, two);
        for (number, (sight, stake)) in sights.zip(&self.stakes).enumerate().take(last + 1) {
            if let Some(factors) = sight.and_then(|sight| stake.factors(sight, rule.gamma)) {
                evidence.add(&factors);
            }
            if open[number].load(Ordering::Relaxed) && !evidence.is_surely_over(&enough) {
                if evidence.log() < needed {
                    open[number].store(false, Ordering::Relaxed);
                }
                enough = enough.like(&evidence.mark());
            }
        }
    }
}

/// Takes the smaller one.
fn lower(least: &AtomicU64, log: f64) {
    let smaller = |known: u64| (log < f64::from_bits(known)).then_some(log.to_bits());
    // Who finds a smaller one there leaves it.
    let _ = least.fetch_update(Ordering::Relaxed, Ordering::Relaxed, smaller);
}

impl Floor {
    /// Of no report.
    fn new() -> Self {
        Self {
            gains: Vec::new(),
            kept: Vec::new(),
            sum: [0.0; EPSILONS.len()],
            largest: Default::default(),
            losses: Vec::new(),
        }
    }

    /// What the evidence after a report is at least, without the hits of `covered`.
    fn at(&self, report: usize, covered: &[usize]) -> f64 {
        let mut left = self.kept[report];
        for &hit in covered.iter().take_while(|&&hit| hit <= report) {
            for (left, gain) in left.iter_mut().zip(&self.gains[hit]) {
                *left -= gain.max(0.0);
            }
        }
        log_mean_exp(&left)
    }

    /// Whether the evidence is over `needed` at these reports without the hits of `covered`, and
    /// with what a second colleague takes from all others.
    fn is_over(&self, needed: f64, reports: &[usize], covered: &[usize], losses: &[f64]) -> bool {
        // The evidence is a mean over ε, so one of the nine that is large enough will do.
        let needed = needed + libm::log(EPSILONS.len() as f64) + MARGIN;
        let mut covered = covered.iter().copied().peekable();
        let mut lost = [0.0; EPSILONS.len()];
        reports.iter().all(|&number| {
            while let Some(hit) = covered.next_if(|&hit| hit <= number) {
                for (lost, gain) in lost.iter_mut().zip(&self.gains[hit]) {
                    *lost += gain.max(0.0);
                }
            }
            let left = self.kept[number].iter().zip(&lost);
            let needed = needed + losses[number];
            left.into_iter().any(|(kept, lost)| kept - lost > needed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::pairs::Smallest;
    use super::*;
    use crate::desk::{Account, Customers, Desk, View};
    use crate::holder::Holders;
    use crate::report::Report;
    use crate::time::Second;
    use crate::trace::cache::Exposed;
    use crate::trace::gather;
    use crate::trace::index::{Sweep, build_in_memory};

    /// Fifteen people look customers up; the first one sells what it saw, mostly.
    fn desk(seed: u32) -> (Desk, Vec<View>) {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(97);
        let mut chance = |of: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % of
        };
        let (customers, people, day) = (400, 15, Second::DAY);
        let mut views: Vec<View> = (0..2_400)
            .map(|_| {
                let customer = chance(customers);
                // Neighbours share their customers; everybody helps out now and then.
                let person = match chance(4) {
                    0 => chance(people),
                    near => (customer / 27 + near - 1) % people,
                };
                View {
                    second: Second(day * 100 + chance(day * 60)),
                    account: person,
                    customer,
                    ticket: NONE,
                }
            })
            .collect();
        views.sort_by_key(|view| view.second);
        let sold: Vec<u32> = views
            .iter()
            .filter(|view| view.account == 0)
            .map(|view| view.customer)
            .collect();
        let reports = (0..24_u32).map(|number| {
            let lost = sold[at(chance(u32::try_from(sold.len()).unwrap()))];
            let received = Second(day * 200 + number * day);
            Report {
                id: number.to_string(),
                received,
                customer: Some(if number % 5 == 4 {
                    chance(customers)
                } else {
                    lost
                }),
                verified: true,
                ..Report::default()
            }
        });
        let desk = Desk {
            reports: reports.collect(),
            accounts: (0..people)
                .map(|person| Account {
                    id: person.to_string(),
                    ..Account::default()
                })
                .collect(),
            customers: Customers {
                count: customers,
                ..Customers::default()
            },
            ..Desk::default()
        };
        (desk, views)
    }

    const NONE: u32 = crate::desk::NONE;

    #[test]
    fn what_is_decided_by_bounds_is_what_counting_every_pair_decides() {
        let mut decided = [0, 0];
        for seed in 0..40 {
            let (desk, views) = desk(seed);
            let holders = Holders::of(&desk);
            let index = build_in_memory(&desk, &holders, &views);
            let gathered = gather(&desk, &Sweep::new(index.index(), &desk), 7);
            let colleagues: Vec<u32> = (0..15).collect();
            let suspect = Suspect::new(&gathered, Exposed::Frozen, &[0], &holders);
            for rule in [
                Rule::LEAD,
                Rule {
                    gamma: 1.5,
                    strike: 2,
                },
            ] {
                let reports = gathered.frozen.len();
                let matrix = Matrix::new(&suspect);
                let mut smallest = Smallest::nothing(reports);
                for one in 1..15 {
                    let row = matrix.row(&suspect, one);
                    for two in one + 1..15 {
                        suspect.pair(rule, &row, one, two, &mut smallest);
                    }
                }
                let last = suspect.smallest_two(rule, &colleagues);
                let counted = &smallest.guarded;
                assert_eq!(last.log.last(), counted.log.last());
                assert_eq!(last.against.last(), counted.against.last());
                for needed in [-0.5, 0.01, 0.1, 0.5, 1.0, 2.0] {
                    let counted = smallest.guarded.log.iter().map(|&log| log >= needed);
                    let everywhere = vec![true; reports];
                    let holds = suspect.holds_against_two(rule, &colleagues, needed, &everywhere);
                    let counted: Vec<bool> = counted.collect();
                    assert_eq!(holds, counted, "seed {seed}, {rule:?}, {needed}");
                    for &holds in &holds {
                        decided[usize::from(holds)] += 1;
                    }
                }
            }
        }
        assert!(decided.iter().all(|&count| count > 500), "{decided:?}");
    }
}
