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
    /// `[person][report]`; `None` for universal viewers.
    by_person: Vec<Option<Vec<f64>>>,
    /// Of each person, as the one explanation.
    largest: Vec<f64>,
    reports: usize,
}

const STEPS: usize = 200;
const HALVINGS: usize = 60;

impl Likelihoods {
    /// 1 / q where the person saw the item, 0 where not, 1 where q is nothing or all.
    #[must_use]
    pub(super) fn new(facts: &[Facts], persons: usize, is_universal: &[bool]) -> Self {
        let by_person: Vec<Option<Vec<f64>>> = (0..persons)
            .into_par_iter()
            .map(|person| {
                if is_universal[person] {
                    return None;
                }
                let number = crate::index_u32(person);
                Some(
                    facts
                        .iter()
                        .map(|facts| likelihood(facts, number))
                        .collect(),
                )
            })
            .collect();
        let largest = |g: &Option<Vec<f64>>| g.as_deref().map_or(0.0, largest_likelihood);
        Self {
            largest: by_person.par_iter().map(largest).collect(),
            by_person,
            reports: facts.len(),
        }
    }

    /// Both opinions on one person.
    #[must_use]
    pub(super) fn of(&self, person: u32) -> Option<Opinions> {
        let own = self.by_person[at(person)].as_ref()?;
        let logs = EPSILONS.map(|epsilon| {
            own.iter()
                .map(|g| libm::log(1.0 - epsilon + epsilon * g))
                .sum::<f64>()
        });
        let numerator = log_mean_exp(&logs);
        let others = self.by_person.iter().zip(&self.largest).enumerate();
        let others = others.filter(|&(other, _)| other != at(person));
        let others = others.filter_map(|(_, (g, largest))| Some((g.as_ref()?, *largest)));
        let (others, largest): (Vec<&Vec<f64>>, Vec<f64>) =
            others.filter(|(g, _)| g.iter().any(|&g| g > 1.0)).unzip();
        let best = largest.into_iter().fold(0.0, f64::max);
        let ring = self.largest_mixture(&others);
        Some(Opinions {
            single: numerator - best,
            ring: numerator - ring,
        })
    }

    /// An upper end of the likelihood over all mixtures of nobody and the others.
    fn largest_mixture(&self, others: &[&Vec<f64>]) -> f64 {
        let parts = others.len() + 1;
        let mut weights = vec![1.0 / parts as f64; parts];
        // Most say nothing of most reports: a likelihood of 1. What differs from that is added.
        let apart: Vec<Vec<(usize, f64)>> = others
            .iter()
            .map(|g| {
                let apart = g.iter().map(|g| g - 1.0).enumerate();
                apart.filter(|&(_, apart)| apart != 0.0).collect()
            })
            .collect();
        let mixed = |weights: &[f64]| -> Vec<f64> {
            let mut density = vec![weights.iter().sum::<f64>(); self.reports];
            for (apart, weight) in apart.iter().zip(&weights[1..]) {
                for &(report, apart) in apart {
                    density[report] += weight * apart;
                }
            }
            density
        };
        let gains = |density: &[f64]| -> Vec<f64> {
            let reports = density.len().max(1) as f64;
            let over: Vec<f64> = density.iter().map(|f| 1.0 / f).collect();
            let nobody: f64 = over.iter().sum();
            let gain = |apart: &Vec<(usize, f64)>| {
                let apart = apart.iter().map(|&(report, apart)| apart * over[report]);
                (nobody + apart.sum::<f64>()) / reports
            };
            let gains = apart.iter().map(gain);
            core::iter::once(nobody / reports).chain(gains).collect()
        };
        for _ in 0..STEPS {
            let density = mixed(&weights);
            for (weight, gain) in weights.iter_mut().zip(gains(&density)) {
                *weight *= gain;
            }
        }
        let density = mixed(&weights);
        let log: f64 = density.iter().map(|&f| libm::log(f)).sum();
        let largest = gains(&density).into_iter().fold(0.0, f64::max);
        if self.reports == 0 {
            0.0
        } else {
            log + self.reports as f64 * libm::log(largest)
        }
    }
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
fn largest_likelihood(g: &[f64]) -> f64 {
    let slope = |epsilon: f64| -> f64 {
        g.iter()
            .map(|g| (g - 1.0) / (1.0 - epsilon + epsilon * g))
            .sum()
    };
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(from, to);
        if slope(middle) > 0.0 {
            from = middle;
        } else {
            to = middle;
        }
    }
    let value = |epsilon: f64| -> f64 {
        g.iter()
            .map(|g| libm::log(1.0 - epsilon + epsilon * g))
            .sum()
    };
    value(to).max(0.0)
}
