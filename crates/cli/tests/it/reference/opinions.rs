//! §9 of the method: universal inference against single others and against all mixtures of them.

use super::case::Case;
use super::evidence::{epsilons, mix};

/// The larger of a single other's likelihoods, or of nobody's, is taken off.
pub(crate) fn single(case: &Case<'_>, a: usize) -> f64 {
    let mut most = 0.0_f64;
    for b in other_persons(case, a) {
        most = most.max(largest(&ratios(case, b)));
    }
    numerator(&ratios(case, a)) - most
}

/// The largest likelihood of a mixture of others is taken off (a proven upper end).
pub(crate) fn ring(case: &Case<'_>, a: usize) -> f64 {
    let n = case.used.len();
    if n == 0 {
        return 0.0;
    }
    let mut sources = vec![vec![1.0; n]];
    for b in other_persons(case, a) {
        let g = ratios(case, b);
        if g.iter().any(|&g| g > 1.0) {
            sources.push(g);
        }
    }
    let mut weights = vec![1.0 / sources.len() as f64; sources.len()];
    for _ in 0..200 {
        let gains = gains(&sources, &weights);
        weights = weights.iter().zip(&gains).map(|(w, g)| w * g).collect();
        // Nobody's share may be as small as it comes.
        for weight in &mut weights[1..] {
            if *weight < 1e-12 {
                *weight = 0.0;
            }
        }
    }
    let likelihood: f64 = (0..n).map(|r| mixture(&sources, &weights, r).ln()).sum();
    let largest_gain = gains(&sources, &weights).into_iter().fold(0.0, f64::max);
    numerator(&ratios(case, a)) - (likelihood + n as f64 * largest_gain.ln())
}

fn other_persons(case: &Case<'_>, a: usize) -> Vec<usize> {
    let mut others = case.tested_persons();
    others.retain(|&b| b != a);
    others
}

/// g of every used report: 1{hit} / q, or 1 where q is 0 or 1 or the report says nothing.
fn ratios(case: &Case<'_>, holder: usize) -> Vec<f64> {
    use super::evidence::Bet;
    case.used
        .iter()
        .map(|used| match used.lead.outside(&[holder], &[]) {
            Bet::Nothing => 1.0,
            Bet::Staked { q, .. } if q == 0.0 || q == 1.0 => 1.0,
            Bet::Staked { hit: true, q, .. } => 1.0 / q,
            Bet::Staked { hit: false, .. } => 0.0,
        })
        .collect()
}

fn log_likelihood(g: &[f64], epsilon: f64) -> f64 {
    g.iter().map(|g| (1.0 - epsilon + epsilon * g).ln()).sum()
}

fn numerator(g: &[f64]) -> f64 {
    mix(epsilons().map(|epsilon| log_likelihood(g, epsilon)))
}

/// sup over ε in [0, 1], by halving on the sign of the derivative.
pub(crate) fn largest(g: &[f64]) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        let slope: f64 = g
            .iter()
            .map(|g| (g - 1.0) / (1.0 - middle + middle * g))
            .sum();
        if slope > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    log_likelihood(g, low).max(log_likelihood(g, high))
}

fn mixture(sources: &[Vec<f64>], weights: &[f64], r: usize) -> f64 {
    sources.iter().zip(weights).map(|(g, w)| w * g[r]).sum()
}

/// g̅ of every source: the mean over reports of its likelihood over the mixture's.
fn gains(sources: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let n = sources[0].len();
    sources
        .iter()
        .map(|g| {
            let sum: f64 = (0..n).map(|r| g[r] / mixture(sources, weights, r)).sum();
            sum / n as f64
        })
        .collect()
}
