//! The bet on one report, and the evidence that bets add up to.
//!
//! `docs/spec/trace.md`, part 4. The factor is a betting martingale's: under the null the expected
//! factor is at most 1 whatever happened before, so by Ville's inequality (1939) the product ever
//! exceeds 1/p with chance at most p.

/// Shares of the campaign's reports that may stem from one holder's list; the evidence mixes them.
pub const EPSILONS: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// What one report says about one holder: saw the item or not, and with which odds by chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// The holder had seen the reported item.
    pub hit: bool,
    /// How many of the compared items it had seen.
    pub seen: u32,
    /// How many items are compared.
    pub items: u32,
}

impl Sight {
    /// Share of the compared items, when it is neither none nor all.
    #[must_use]
    pub fn q(self) -> Option<f64> {
        (0 < self.seen && self.seen < self.items)
            .then(|| f64::from(self.seen) / f64::from(self.items))
    }
}

/// The part of a report's bet that does not depend on whom it is guarded against.
#[derive(Clone, Copy, Debug)]
pub struct Stake {
    /// (1 − ε) Q: the numerator of a miss.
    miss: [f64; 9],
    /// ε + (1 − ε) Q: the numerator of a hit.
    hit: [f64; 9],
}

impl Stake {
    /// From the holder's share Q of all items seen, in (0, 1].
    #[must_use]
    pub fn new(share: f64) -> Self {
        let miss = EPSILONS.map(|epsilon| (1.0 - epsilon) * share);
        let mut hit = EPSILONS;
        for (hit, miss) in hit.iter_mut().zip(miss) {
            *hit += miss;
        }
        Self { miss, hit }
    }

    /// How far apart the logarithms of a report's largest and smallest factor can be.
    #[must_use]
    pub fn range(&self) -> f64 {
        let ranges = self.hit.iter().zip(&self.miss);
        let ranges = ranges.map(|(hit, miss)| libm::log(hit / miss));
        ranges.fold(0.0, f64::max)
    }

    /// The factors, one for each ε; `None` where the report says nothing.
    #[must_use]
    pub fn factors(&self, sight: Sight, gamma: f64) -> Option<[f64; 9]> {
        Some(self.factors_at(sight.hit, sight.q()?, gamma))
    }

    /// The same at a share q in (0, 1]; the factors fall when q rises.
    #[must_use]
    pub fn factors_at(&self, hit: bool, q: f64, gamma: f64) -> [f64; 9] {
        let q = gamma * q / (1.0 - q + gamma * q);
        let over = if hit { &self.hit } else { &self.miss };
        let mut factors = EPSILONS;
        for ((factor, over), under) in factors.iter_mut().zip(over).zip(&self.miss) {
            *factor = over / (*factor * q + under);
        }
        factors
    }
}

/// Evidence as it grows, with the largest factors struck.
///
/// Products rather than sums of logarithms: a logarithm a report instead of eighteen. A product is
/// kept as `product · 2^(512 · scale)`, so that it can neither overflow nor vanish; factors lie
/// between 1e-10 and 1e10 for any desk of fewer than ten billion items.
#[derive(Clone, Debug)]
pub struct Evidence {
    product: [f64; 9],
    scale: [i32; 9],
    /// For each ε the `strike` largest factors over one so far, ascending.
    largest: Vec<f64>,
    strike: usize,
}

/// 2^512, and the products at which a scale is moved.
const SCALE: f64 = 1.340_780_792_994_259_7e154;
const HIGH: f64 = 1e150;
const LOW: f64 = 1e-150;

impl Evidence {
    /// No evidence yet; the `strike` largest factors will not count.
    #[must_use]
    pub fn new(strike: u32) -> Self {
        let strike = crate::at(strike);
        Self {
            product: [1.0; 9],
            scale: [0; 9],
            largest: vec![1.0; strike * 9],
            strike,
        }
    }

    /// Words of 32 bits that it takes.
    pub(super) fn words(&self) -> usize {
        size_of::<Self>() / 4 + self.largest.len() * 2
    }

    /// Counts one report.
    pub fn add(&mut self, factors: &[f64; 9]) {
        for ((product, scale), factor) in self.product.iter_mut().zip(&mut self.scale).zip(factors)
        {
            *product *= factor;
            if *product > HIGH {
                *product /= SCALE;
                *scale += 1;
            } else if *product < LOW {
                *product *= SCALE;
                *scale -= 1;
            }
        }
        if self.strike == 0 {
            return;
        }
        for (largest, &factor) in self.largest.chunks_exact_mut(self.strike).zip(factors) {
            if factor > largest[0] {
                largest[0] = factor;
                let mut place = 0;
                while place + 1 < largest.len() && largest[place] > largest[place + 1] {
                    largest.swap(place, place + 1);
                    place += 1;
                }
            }
        }
    }

    /// ln of the mean over ε of the product of what is not struck.
    #[must_use]
    pub fn log(&self) -> f64 {
        let Mark { sum, scale, .. } = self.mark();
        libm::log(sum / 9.0) + f64::from(scale) * libm::log(SCALE)
    }

    /// The evidence before its logarithm is taken, for [`Self::is_surely_over`].
    #[must_use]
    pub fn mark(&self) -> Mark {
        let mut kept = self.product;
        let mut scale = self.scale;
        if self.strike > 0 {
            for number in 0..kept.len() {
                (kept[number], scale[number]) = self.kept(number);
            }
        }
        let highest = scale.iter().copied().max().unwrap_or(0);
        let mut mark = Mark {
            sum: 0.0,
            scale: highest,
            largest: 0,
        };
        for (number, (&kept_now, scale_now)) in kept.iter().zip(scale).enumerate() {
            // Two scales down there is nothing left to add to a sum of nine.
            match highest - scale_now {
                0 => mark.sum += kept_now,
                1 => mark.sum += kept_now / SCALE,
                _ => {}
            }
            if scale_now == highest
                && (scale[mark.largest] < highest || kept[mark.largest] < kept_now)
            {
                mark.largest = number;
            }
        }
        mark
    }

    /// Whether the evidence is certainly larger than that of the mark, at a ninth of its cost.
    ///
    /// `false` says nothing.
    #[must_use]
    pub fn is_surely_over(&self, mark: &Mark) -> bool {
        let (kept, scale) = self.kept(mark.largest);
        scale == mark.scale && kept > mark.sum * SURELY
    }

    /// Product of what is not struck for one ε, and its scale.
    fn kept(&self, number: usize) -> (f64, i32) {
        let (mut kept, mut scale) = (self.product[number], self.scale[number]);
        for factor in &self.largest[number * self.strike..(number + 1) * self.strike] {
            kept /= factor;
            if kept < LOW {
                kept *= SCALE;
                scale -= 1;
            }
        }
        (kept, scale)
    }
}

/// Far more than a logarithm is rounded by.
const SURELY: f64 = 1.0 + 1e-9;

/// What [`Evidence::mark`] gives: nine products summed, and the largest of them.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    sum: f64,
    scale: i32,
    largest: usize,
}

impl Mark {
    /// The mark of an evidence whose logarithm is this.
    #[must_use]
    pub fn of_log(log: f64) -> Self {
        let sum = 9.0 * libm::exp(log);
        if sum < HIGH {
            Self {
                sum,
                scale: 0,
                largest: 0,
            }
        } else {
            Self::default()
        }
    }

    /// The same, compared with the product that was the largest of another evidence.
    #[must_use]
    pub fn like(self, other: &Self) -> Self {
        Self {
            largest: other.largest,
            ..self
        }
    }
}

impl Default for Mark {
    /// Nothing is over it.
    fn default() -> Self {
        Self {
            sum: f64::INFINITY,
            scale: 0,
            largest: 0,
        }
    }
}

/// ln of the mean of exp(x), in order.
#[must_use]
pub fn log_mean_exp(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    let sum: f64 = logs.iter().map(|log| libm::exp(log - largest)).sum();
    largest + libm::log(sum / logs.len() as f64)
}

/// Evidence after each report.
#[must_use]
pub fn path(
    sights: impl Iterator<Item = Option<Sight>>,
    stakes: &[Stake],
    gamma: f64,
    strike: u32,
) -> Vec<f64> {
    go_on(&mut Evidence::new(strike), sights, stakes, gamma)
}

/// Evidence after each report of those that are added to what there is.
#[must_use]
pub fn go_on(
    evidence: &mut Evidence,
    sights: impl Iterator<Item = Option<Sight>>,
    stakes: &[Stake],
    gamma: f64,
) -> Vec<f64> {
    let mut now = evidence.log();
    sights
        .zip(stakes)
        .map(|(sight, stake)| {
            if let Some(factors) = sight.and_then(|sight| stake.factors(sight, gamma)) {
                evidence.add(&factors);
                now = evidence.log();
            }
            now
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_expected_factor_is_at_most_one_at_every_odds_up_to_gamma(
            seen in 1_u32..200, more in 1_u32..200, share in 0.0001_f64..1.0, gamma in 1.0_f64..10.0,
        ) {
            let items = seen + more;
            let stake = Stake::new(share);
            let q = f64::from(seen) / f64::from(items);
            let hit = stake.factors(Sight { hit: true, seen, items }, gamma).unwrap();
            let miss = stake.factors(Sight { hit: false, seen, items }, gamma).unwrap();
            for odds in [1.0, gamma] {
                let chance = odds * q / (1.0 - q + odds * q);
                for (hit, miss) in hit.iter().zip(miss) {
                    let expected = chance * hit + (1.0 - chance) * miss;
                    prop_assert!(expected <= 1.0 + 1e-12, "{expected}");
                }
            }
        }

        #[test]
        fn a_larger_share_never_speaks_more_against_a_holder(
            seen in 1_u32..100, more in 2_u32..100, share in 0.001_f64..1.0, hit: bool,
        ) {
            let stake = Stake::new(share);
            let items = seen + more;
            let less = stake.factors(Sight { hit, seen, items }, 1.5).unwrap();
            let larger = stake.factors(Sight { hit, seen: seen + 1, items }, 1.5).unwrap();
            for (less, larger) in less.iter().zip(larger) {
                prop_assert!(larger < *less + 1e-12);
            }
        }
    }

    #[test]
    fn striking_takes_the_largest_positive_factors_of_each_epsilon() {
        let mut evidence = Evidence::new(2);
        for value in [1.0, -5.0, 3.0, 2.0] {
            evidence.add(&[libm::exp(value); 9]);
        }
        // 1 - 5 + 3 + 2 - (3 + 2)
        assert!((evidence.log() - -4.0).abs() < 1e-12);
        let mut few = Evidence::new(2);
        few.add(&[libm::exp(-1.0); 9]);
        assert!(
            (few.log() - -1.0).abs() < 1e-12,
            "a factor under one is never struck"
        );
    }

    #[test]
    fn products_far_beyond_a_float_keep_their_logarithm() {
        for value in [30.0, -30.0] {
            let mut evidence = Evidence::new(2);
            for _ in 0..1000 {
                evidence.add(&[libm::exp(value); 9]);
            }
            let counted = if value > 0.0 { 998.0 } else { 1000.0 };
            assert!((evidence.log() - value * counted).abs() < 1e-6);
        }
    }

    #[test]
    fn nothing_and_everything_seen_say_nothing() {
        let stake = Stake::new(0.5);
        for seen in [0, 7] {
            assert_eq!(
                stake.factors(
                    Sight {
                        hit: seen == 7,
                        seen,
                        items: 7
                    },
                    1.0
                ),
                None
            );
        }
    }
}
