//! All chance of the made-up company: one seeded generator and the few draws that it needs.
//!
//! The draws are integer arithmetic written out here, so that a world keeps its bytes when a
//! library changes how it turns random bits into a number.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// A stream of chance; the same seed and stream number give the same draws everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Chance(Pcg64Mcg);

impl Chance {
    /// Stream `stream` of `seed`; streams are independent for every practical purpose.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let state = (u128::from(scramble(seed)) << 64)
            | u128::from(scramble(seed ^ scramble(stream.wrapping_add(GOLDEN))));
        Self(Pcg64Mcg::from_seed(state.to_le_bytes()))
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..n`, and 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// A number in `low..high`, and `low` when that is empty.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low))
    }

    /// True in `per_mille` of 1,000 draws.
    pub(crate) fn hits(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One element, `None` from an empty slice.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len() as u32) as usize).copied()
    }

    /// An index into `weights`, each as likely as its weight.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// Puts a slice into random order.
    pub(crate) fn shuffle<T>(&mut self, slice: &mut [T]) {
        for i in (1..slice.len()).rev() {
            slice.swap(i, self.below(i as u32 + 1) as usize);
        }
    }
}

/// Scrambles 64 bits one to one (the finaliser of `SplitMix64`).
pub(crate) fn scramble(bits: u64) -> u64 {
    let mut z = bits.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
