//! Second opinions by universal inference (Wasserman, Ramdas, Balakrishnan 2020): shown, never used.
//!
//! They assume that shares are constant and that sellers choose at random; `docs/spec/trace.md`,
//! part 9.

use rayon::prelude::*;

use super::bet::{EPSILONS, log_mean_exp};
use super::facts::Facts;
use crate::at;

/// Evidence of one person against other explanations by persons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opinions {
    /// Against the best single other.
    pub single: f64,
    /// Against the best mixture of others.
    pub ring: f64,
}

/// How much likelier each report is if a holder's list was sold, for all persons.
#[derive(Debug)]
pub(super) struct Likelihoods {
    /// By person; `None` for universal viewers.
    by_person: Vec<Option<Apart>>,
    /// Of each person, as the one explanation.
    largest: Vec<f64>,
    /// Persons who make some report likelier.
    likelier: Vec<u32>,
    reports: usize,
}

/// What differs from 1, with the report's place: most say nothing of most reports.
type Apart = Vec<(u32, f64)>;

const STEPS: usize = 200;
const HALVINGS: usize = 60;
/// A weight below this is none from there on. The upper end holds at any weights; most of them fall
/// to nothing within tens of steps.
const NEGLIGIBLE: f64 = 1e-12;

impl Likelihoods {
    /// 1 / q where the person saw the item, 0 where not, 1 where q is nothing or all.
    #[must_use]
    pub(super) fn new(facts: &[Facts], persons: usize, is_universal: &[bool]) -> Self {
        let by_person: Vec<Option<Apart>> = (0..persons)
            .into_par_iter()
            .map(|person| {
                let number = crate::index_u32(person);
                (!is_universal[person]).then(|| {
                    let apart = facts.iter().map(|facts| likelihood(facts, number) - 1.0);
                    let apart = (0..).zip(apart).filter(|&(_, apart)| apart != 0.0);
                    apart.collect()
                })
            })
            .collect();
        let largest = |apart: &Option<Apart>| apart.as_deref().map_or(0.0, largest_likelihood);
        let likelier =
            |apart: &Option<Apart>| apart.iter().flatten().any(|&(_, apart)| apart > 0.0);
        Self {
            largest: by_person.par_iter().map(largest).collect(),
            likelier: (0..)
                .zip(&by_person)
                .filter(|(_, apart)| likelier(apart))
                .map(|(person, _)| person)
                .collect(),
            by_person,
            reports: facts.len(),
        }
    }

    /// Both opinions on one person.
    #[must_use]
    pub(super) fn of(&self, person: u32) -> Option<Opinions> {
        let own = self.by_person[at(person)].as_ref()?;
        let numerator = log_mean_exp(&EPSILONS.map(|epsilon| log_likelihood(own, epsilon)));
        let others = || self.likelier.iter().filter(|&&other| other != person);
        let best = others().map(|&other| self.largest[at(other)]);
        let best = best.fold(0.0, f64::max);
        let others = others().filter_map(|&other| self.by_person[at(other)].as_deref());
        let ring = self.largest_mixture(&others.collect::<Vec<_>>());
        Some(Opinions {
            single: numerator - best,
            ring: numerator - ring,
        })
    }

    /// An upper end of the likelihood over all mixtures of nobody and the others.
    fn largest_mixture(&self, others: &[&[(u32, f64)]]) -> f64 {
        if self.reports == 0 {
            return 0.0;
        }
        let reports = self.reports as f64;
        let equal = 1.0 / (others.len() + 1) as f64;
        let mut nobody = equal;
        let mut weights: Vec<(&[(u32, f64)], f64)> =
            others.iter().map(|apart| (*apart, equal)).collect();
        let mut over = vec![0.0; self.reports];
        for _ in 0..STEPS {
            mix(&mut over, nobody, &weights);
            invert(&mut over);
            let sum: f64 = over.iter().sum();
            nobody *= sum / reports;
            for (apart, weight) in &mut weights {
                *weight *= gain(apart, &over, sum) / reports;
            }
            weights.retain(|(_, weight)| *weight >= NEGLIGIBLE);
        }
        mix(&mut over, nobody, &weights);
        let log: f64 = over.iter().map(|&density| libm::log(density)).sum();
        invert(&mut over);
        let sum: f64 = over.iter().sum();
        let gains = others.iter().map(|apart| gain(apart, &over, sum));
        let largest = gains.fold(sum, f64::max) / reports;
        log + reports * libm::log(largest)
    }
}

/// Puts the likelihood of each report into `density`, of nobody and others with their weights.
fn mix(density: &mut [f64], nobody: f64, weights: &[(&[(u32, f64)], f64)]) {
    let all: f64 = nobody + weights.iter().map(|(_, weight)| weight).sum::<f64>();
    density.fill(all);
    for (apart, weight) in weights {
        for &(report, apart) in *apart {
            density[at(report)] += weight * apart;
        }
    }
}

fn invert(density: &mut [f64]) {
    for density in density {
        *density = 1.0 / *density;
    }
}

/// The sum over reports of a likelihood over the mixture's: `over` has 1 / the latter, `sum` their sum.
fn gain(apart: &[(u32, f64)], over: &[f64], sum: f64) -> f64 {
    let apart = apart
        .iter()
        .map(|&(report, apart)| apart * over[at(report)]);
    sum + apart.sum::<f64>()
}

fn likelihood(facts: &Facts, person: u32) -> f64 {
    let Some(compared) = &facts.compared else {
        return 1.0;
    };
    let seen = compared.counts[at(person)];
    if seen == 0 || seen == compared.items {
        1.0
    } else if facts.saw(person) {
        f64::from(compared.items) / f64::from(seen)
    } else {
        0.0
    }
}

/// sup over ε of Σ ln(1 − ε + ε g), which is concave in ε: halving on the sign of its slope.
fn largest_likelihood(apart: &[(u32, f64)]) -> f64 {
    let slope = |epsilon: f64| -> f64 {
        let parts = apart.iter();
        parts
            .map(|(_, apart)| apart / (1.0 + epsilon * apart))
            .sum()
    };
    // It only falls from here on.
    if slope(0.0) <= 0.0 {
        return 0.0;
    }
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(from, to);
        if slope(middle) > 0.0 {
            from = middle;
        } else {
            to = middle;
        }
    }
    log_likelihood(apart, to).max(0.0)
}

/// Σ ln(1 − ε + ε g).
fn log_likelihood(apart: &[(u32, f64)], epsilon: f64) -> f64 {
    let parts = apart.iter();
    parts
        .map(|(_, apart)| libm::log(1.0 + epsilon * apart))
        .sum()
}
