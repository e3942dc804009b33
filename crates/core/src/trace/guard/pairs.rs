//! The outside guard against two colleagues at once.

use rayon::prelude::*;

use super::counts::{Matrix, Row};
use super::{Guarded, Rule, Suspect};
use crate::at;
use crate::trace::bet::{Evidence, Mark, Sight};

/// The smallest so far, with what tells quickly that another evidence is larger.
pub(super) struct Smallest {
    pub(super) guarded: Guarded,
    marks: Vec<Mark>,
}

impl Smallest {
    pub(super) fn nothing(reports: usize) -> Self {
        Self {
            guarded: Guarded::nothing(reports),
            marks: vec![Mark::default(); reports],
        }
    }
}

impl Suspect<'_> {
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
    pub(super) fn pair_sights(
        &self,
        row: &Row,
        one: u32,
        two: u32,
    ) -> impl Iterator<Item = Option<Sight>> {
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
    pub(super) fn pair(&self, rule: Rule, row: &Row, one: u32, two: u32, smallest: &mut Smallest) {
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
