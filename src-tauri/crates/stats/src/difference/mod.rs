//! Is one model faster than another? The difference of a percentile between two arms that were measured in turns.
//!
//! The arms run in interleaved blocks (A B A B ...), so that whatever happens to the machine happens to both. Latencies
//! that follow one another are not independent, so blocks are resampled, not samples: a draw takes whole pairs of
//! neighbouring blocks with replacement, and the difference of the two pooled percentiles is one value of the bootstrap
//! distribution (Künsch, The jackknife and the bootstrap for general stationary observations, 1989; pairs as in Efron &
//! Tibshirani, An Introduction to the Bootstrap, 1993, chapter 8). Its percentiles, expanded for the number of blocks
//! (Hesterberg, What Teachers Should Know about the Bootstrap, 2015, section 5.3), bound the true difference.
//!
//! A percentile needs the samples of [`samples_needed`] in each arm, and no difference is claimed from fewer than
//! [`BLOCKS_MIN`] pairs of blocks: their spread could not be known.

mod bootstrap;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::histogram::{Histogram, evenly_spaced_edges};
use crate::quantile::{CONFIDENCE, TooFewSamples, nearest_rank, samples_needed};
use crate::summary::sort_samples;
use bootstrap::{Arm, Draws};

/// The confidence of each end of the interval of a difference: both together hold with 0.99.
pub const DIFFERENCE_CONFIDENCE: f64 = 0.995;
/// Fewer pairs of blocks say too little of how blocks differ.
pub const BLOCKS_MIN: usize = 20;
/// Blocks of each arm in a run.
pub const BLOCKS: usize = 60;
const DISTRIBUTION_BINS: usize = 40;

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampling {
    pub draws: u32,
    pub seed: u64,
    /// One-sided confidence of each end.
    pub confidence: f64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self {
            draws: 20_000,
            seed: 7,
            confidence: DIFFERENCE_CONFIDENCE,
        }
    }
}

/// The difference `subject - reference` of one percentile, in the unit of the samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub quantile: f64,
    pub subject: f64,
    pub reference: f64,
    pub value: f64,
    /// The true difference is at or above this.
    pub low: f64,
    /// The true difference is at or below this.
    pub high: f64,
    /// One-sided confidence of `low` and, separately, of `high`.
    pub confidence: f64,
    /// Two-sided: the level at which the interval would just touch zero.
    pub p_value: f64,
    /// Pairs of blocks.
    pub blocks: u64,
    pub draws: u32,
    /// Of the draws.
    pub distribution: Histogram,
}

/// What a difference shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shift {
    /// The whole interval lies below zero.
    Faster,
    /// The whole interval lies above zero.
    Slower,
    /// The interval holds zero and lies within the margin on both sides (two one-sided tests, Schuirmann 1987).
    NoDifference,
    /// The interval holds zero and reaches beyond the margin: more samples would tell.
    Inconclusive,
}

/// Whether the subject is worse than the reference by more than a margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Regression {
    /// The upper end of the interval is within the margin.
    Absent,
    /// The lower end of the interval is beyond the margin.
    Shown,
    Inconclusive,
}

impl Difference {
    /// Against a margin of at least 0, in the unit of the samples.
    #[must_use]
    pub fn shift(&self, margin: f64) -> Shift {
        if self.high < 0.0 {
            Shift::Faster
        } else if self.low > 0.0 {
            Shift::Slower
        } else if -margin <= self.low && self.high <= margin {
            Shift::NoDifference
        } else {
            Shift::Inconclusive
        }
    }

    /// Non-inferiority against a margin of at least 0, in the unit of the samples.
    #[must_use]
    pub fn regression(&self, margin: f64) -> Regression {
        if self.high <= margin {
            Regression::Absent
        } else if self.low > margin {
            Regression::Shown
        } else {
            Regression::Inconclusive
        }
    }
}

/// Why a difference is not claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCompared {
    /// Of the smaller arm.
    Samples(TooFewSamples),
    Blocks {
        needed: usize,
        has: usize,
    },
}

impl std::fmt::Display for NotCompared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Samples(refused) => write!(f, "{refused}"),
            Self::Blocks { needed, has } => {
                write!(f, "refused: needs {needed} pairs of blocks, has {has}")
            }
        }
    }
}

impl std::error::Error for NotCompared {}

/// The differences of several percentiles, drawn together. Blocks are in the order of time: block `i` of the one arm ran
/// beside block `i` of the other. Where one arm has more blocks, the last ones are left out. Samples are finite.
pub fn differences(
    subject: &[&[f64]],
    reference: &[&[f64]],
    quantiles: &[f64],
    how: &Resampling,
) -> Vec<Result<Difference, NotCompared>> {
    let blocks = subject.len().min(reference.len());
    let arms = [&subject[..blocks], &reference[..blocks]].map(Arm::pooled);
    let smaller = arms
        .each_ref()
        .map(Arm::samples)
        .into_iter()
        .min()
        .unwrap_or(0);
    let refusal = |quantile: f64| {
        let needed = samples_needed(quantile, CONFIDENCE);
        if blocks < BLOCKS_MIN {
            Some(NotCompared::Blocks {
                needed: BLOCKS_MIN,
                has: blocks,
            })
        } else if smaller < needed {
            Some(NotCompared::Samples(TooFewSamples {
                needed,
                has: smaller,
            }))
        } else {
            None
        }
    };
    let answered: Vec<f64> = quantiles
        .iter()
        .copied()
        .filter(|q| refusal(*q).is_none())
        .collect();
    let mut drawn = Draws::of(&arms, &answered, how).into_iter();
    let difference = |quantile: &f64| match refusal(*quantile) {
        Some(refusal) => Err(refusal),
        None => Ok(judged(
            &arms,
            *quantile,
            drawn.next().unwrap_or_default(),
            blocks,
            how,
        )),
    };
    quantiles.iter().map(difference).collect()
}

fn judged(
    arms: &[Arm; 2],
    quantile: f64,
    mut draws: Vec<f64>,
    blocks: usize,
    how: &Resampling,
) -> Difference {
    sort_samples(&mut draws);
    let [subject, reference] = arms.each_ref().map(|arm| arm.quantile(quantile));
    let tail = expanded(1.0 - how.confidence, blocks);
    let at = |part: f64| nearest_rank(&draws, part).unwrap_or(f64::NAN);
    let edges = match (draws.first(), draws.last()) {
        (Some(low), Some(high)) => evenly_spaced_edges(*low, *high, DISTRIBUTION_BINS),
        _ => Vec::new(),
    };
    Difference {
        quantile,
        subject,
        reference,
        value: subject - reference,
        low: at(tail),
        high: at(1.0 - tail),
        confidence: how.confidence,
        p_value: p_value(&draws, blocks),
        blocks: blocks as u64,
        draws: how.draws,
        distribution: Histogram::between(edges, &draws),
    }
}

/// Student's t of so many blocks.
fn student(blocks: usize) -> StudentsT {
    StudentsT::new(0.0, 1.0, (blocks.max(2) - 1) as f64).expect("one degree of freedom at least")
}

/// The tail to read off the draws for a true tail of `alpha`: `Phi(t(alpha, k - 1) sqrt(k / (k - 1)))`.
fn expanded(alpha: f64, blocks: usize) -> f64 {
    let k = blocks.max(2) as f64;
    Normal::standard().cdf(student(blocks).inverse_cdf(alpha) * (k / (k - 1.0)).sqrt())
}

/// The level at which the expanded interval touches zero; the draw that is the estimate itself counts on both sides.
fn p_value(sorted: &[f64], blocks: usize) -> f64 {
    let below = sorted.partition_point(|draw| *draw <= 0.0);
    let above = sorted.len() - sorted.partition_point(|draw| *draw < 0.0);
    let tail = (below.min(above) + 1) as f64 / (sorted.len() + 1) as f64;
    if tail >= 0.5 {
        return 1.0;
    }
    let k = blocks.max(2) as f64;
    let t = Normal::standard().inverse_cdf(tail) * ((k - 1.0) / k).sqrt();
    (2.0 * student(blocks).cdf(t)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(low: f64, high: f64) -> Difference {
        Difference {
            quantile: 0.99,
            subject: 1.0,
            reference: 1.0,
            value: 0.0,
            low,
            high,
            confidence: 0.995,
            p_value: 1.0,
            blocks: 60,
            draws: 0,
            distribution: Histogram {
                edges: Vec::new(),
                counts: Vec::new(),
            },
        }
    }

    #[test]
    fn a_verdict_follows_the_interval_and_the_margin() {
        for (low, high, margin, shift, regression) in [
            (-0.48, -0.10, 0.2, Shift::Faster, Regression::Absent),
            (0.10, 0.15, 0.2, Shift::Slower, Regression::Absent),
            (0.25, 0.40, 0.2, Shift::Slower, Regression::Shown),
            (0.10, 0.40, 0.2, Shift::Slower, Regression::Inconclusive),
            (-0.10, 0.15, 0.2, Shift::NoDifference, Regression::Absent),
            (-0.30, 0.15, 0.2, Shift::Inconclusive, Regression::Absent),
            (
                -0.10,
                0.25,
                0.2,
                Shift::Inconclusive,
                Regression::Inconclusive,
            ),
            (0.0, 0.0, 0.0, Shift::NoDifference, Regression::Absent),
        ] {
            let found = difference(low, high);
            assert_eq!(
                (found.shift(margin), found.regression(margin)),
                (shift, regression),
                "{low} to {high}"
            );
        }
    }

    /// scipy 1.17.1: `norm.cdf(t.ppf(0.005, k - 1) * sqrt(k / (k - 1)))`.
    #[test]
    fn tails_are_those_of_hesterberg() {
        for (blocks, tail) in [
            (20, 0.001_666_357_805_894),
            (60, 0.003_634_948_922_582),
            (1000, 0.004_910_753_693_654),
        ] {
            let found = expanded(0.005, blocks);
            assert!((found - tail).abs() < 1e-9, "{blocks}: {found}");
        }
    }

    #[test]
    fn too_little_is_refused() {
        let block = vec![1.0; 40];
        let few = vec![block.as_slice(); 19];
        let enough = vec![block.as_slice(); 20];
        let refused = |arm: &[&[f64]], q| {
            differences(arm, arm, &[q], &Resampling::default())
                .remove(0)
                .unwrap_err()
        };
        assert_eq!(
            refused(&few, 0.5).to_string(),
            "refused: needs 20 pairs of blocks, has 19"
        );
        assert_eq!(
            refused(&enough, 0.999).to_string(),
            "refused: needs 6636 samples, has 800"
        );
    }
}
