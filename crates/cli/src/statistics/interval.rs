//! Exact binomial intervals (Clopper and Pearson 1934).

/// Largest chance at which `hits` or fewer of `trials` still happen with chance 2.5 %.
#[must_use]
pub(crate) fn upper(hits: u64, trials: u64) -> f64 {
    if hits >= trials {
        return 1.0;
    }
    let (mut from, mut to) = (hits as f64 / trials as f64, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(from, to);
        if at_most(hits, trials, middle) > 0.025 {
            from = middle;
        } else {
            to = middle;
        }
    }
    to
}

/// P(X ≤ hits) of a binomial, by its terms.
fn at_most(hits: u64, trials: u64, chance: f64) -> f64 {
    let mut term = trials as f64 * (1.0 - chance).ln();
    let mut sum = term.exp();
    for hit in 1..=hits {
        term += ((trials - hit + 1) as f64 / hit as f64).ln() + (chance / (1.0 - chance)).ln();
        sum += term.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_hit_in_120_shows_at_most_three_percent() {
        // 1 - 0.025^(1/120)
        assert!((upper(0, 120) - 0.030_27).abs() < 1e-4);
        assert!((upper(7, 120) - 0.116_5).abs() < 1e-3);
        assert!((upper(120, 120) - 1.0).abs() < 1e-12);
    }
}
