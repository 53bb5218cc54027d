//! Random numbers that are the same on every machine: element `n` of an input is a function of the seed, the input's name
//! and `n`, so it does not matter in which batches a million rows are made.
//!
//! The numbers are those of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014),
//! whose n-th output can be computed alone. It is written out here because the bytes must not change with a library's
//! version; logarithm and cosine come from `libm`, since the system's differ in the last digit.

use std::f64::consts::TAU;

use sha2::{Digest as _, Sha256};

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The stream of one input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream(u64);

impl Stream {
    /// Of the input `name` under `seed`.
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(seed.to_le_bytes())
            .chain_update(name)
            .finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self(u64::from_le_bytes(first))
    }

    /// The number at `place`.
    pub(super) fn bits(self, place: u64) -> u64 {
        let state = self
            .0
            .wrapping_add(GAMMA.wrapping_mul(place.wrapping_add(1)));
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// In [0, 1).
    pub(super) fn uniform(self, place: u64) -> f64 {
        (self.bits(place) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// In `0..count`, uniform to one part in 2^64 / count.
    pub(super) fn below(self, place: u64, count: u128) -> u128 {
        let bits = u128::from(self.bits(place));
        if count > u128::from(u64::MAX) {
            return bits;
        }
        // As if the 64 bits were the fraction of a number in [0, 1).
        (bits * count) >> 64
    }

    /// Standard normal: Box and Muller's transform of two places, one of its two values.
    pub(super) fn normal(self, place: u64, other: u64) -> f64 {
        // Never zero, for its logarithm is taken.
        let first = ((self.bits(place) >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        let radius = (-2.0 * libm::log(first)).sqrt();
        radius * libm::cos(TAU * self.uniform(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        let first: Vec<u64> = (0..3).map(|place| Stream(1_234_567).bits(place)).collect();
        // The reference implementation's first outputs for this seed (prng.di.unimi.it/splitmix64.c).
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn normal_numbers_are_normal_and_integers_stay_in_their_range() {
        let stream = Stream::new(7, "x");
        let values: Vec<f64> = (0..20_000)
            .map(|n| stream.normal(2 * n, 2 * n + 1))
            .collect();
        let mean = values.iter().sum::<f64>() / 20_000.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 20_000.0;
        // Four standard errors: 4 / sqrt(n), and 4 * sqrt(2 / n).
        assert!(
            mean.abs() < 0.028 && (variance - 1.0).abs() < 0.04,
            "{mean} {variance}"
        );
        let mut seen = [0; 6];
        (0..6_000).for_each(|n| seen[stream.below(n, 6) as usize] += 1);
        assert!(
            seen.iter().all(|count| (850..1_150).contains(count)),
            "{seen:?}"
        );
    }
}
