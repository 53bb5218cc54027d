//! Drawing blocks with replacement, and the percentile of each draw without sorting it.
//!
//! An arm is sorted once. A draw only changes how often each block counts, so its percentile is found by walking from the
//! percentile of the whole arm, a few steps up or down, until the weights add up to the rank.

use super::Resampling;
use crate::random::SplitMix64;

/// The samples of one arm, sorted, each with its block.
pub(super) struct Arm {
    values: Vec<f64>,
    blocks: Vec<u32>,
    sizes: Vec<u64>,
}

impl Arm {
    pub(super) fn pooled(blocks: &[&[f64]]) -> Self {
        let labelled = |(label, block): (usize, &&[f64])| {
            let label = u32::try_from(label).unwrap_or(u32::MAX);
            block
                .iter()
                .map(move |value| (*value, label))
                .collect::<Vec<_>>()
        };
        let mut samples: Vec<(f64, u32)> = blocks.iter().enumerate().flat_map(labelled).collect();
        samples.sort_unstable_by(|(left, _), (right, _)| left.total_cmp(right));
        let (values, labels) = samples.into_iter().unzip();
        Self {
            values,
            blocks: labels,
            sizes: blocks.iter().map(|block| block.len() as u64).collect(),
        }
    }

    pub(super) fn samples(&self) -> u64 {
        self.values.len() as u64
    }

    /// Nearest rank.
    pub(super) fn quantile(&self, q: f64) -> f64 {
        crate::quantile::nearest_rank(&self.values, q).unwrap_or(f64::NAN)
    }

    fn start(&self, q: f64) -> Start<'_> {
        let at =
            ((q * self.values.len() as f64).ceil() as usize).clamp(1, self.values.len().max(1)) - 1;
        let mut before = vec![0; self.sizes.len()];
        for block in &self.blocks[..at] {
            before[*block as usize] += 1;
        }
        Start {
            arm: self,
            quantile: q,
            at,
            before,
        }
    }
}

/// Where the walk to one percentile begins.
struct Start<'a> {
    arm: &'a Arm,
    quantile: f64,
    at: usize,
    /// Samples of each block before `at`.
    before: Vec<u64>,
}

impl Start<'_> {
    /// The nearest-rank percentile when block `k` counts `weights[k]` times.
    fn quantile(&self, weights: &[u64]) -> f64 {
        let weigh = |counts: &[u64]| -> u64 {
            counts
                .iter()
                .zip(weights)
                .map(|(count, weight)| count * weight)
                .sum()
        };
        let rank = ((self.quantile * weigh(&self.arm.sizes) as f64).ceil() as u64).max(1);
        let (mut at, mut passed) = (self.at, weigh(&self.before));
        let weight = |at: usize| weights[self.arm.blocks[at] as usize];
        while passed >= rank {
            at -= 1;
            passed -= weight(at);
        }
        while passed + weight(at) < rank {
            passed += weight(at);
            at += 1;
        }
        self.arm.values[at]
    }
}

/// The drawn differences of each percentile.
pub(super) struct Draws;

impl Draws {
    pub(super) fn of(arms: &[Arm; 2], quantiles: &[f64], how: &Resampling) -> Vec<Vec<f64>> {
        let blocks = arms[0].sizes.len();
        let starts: Vec<_> = quantiles
            .iter()
            .map(|q| arms.each_ref().map(|arm| arm.start(*q)))
            .collect();
        let mut drawn = vec![Vec::with_capacity(how.draws as usize); quantiles.len()];
        if quantiles.is_empty() || blocks == 0 {
            return drawn;
        }
        let mut random = SplitMix64::new(how.seed);
        let mut weights = vec![0_u64; blocks];
        for _ in 0..how.draws {
            weights.fill(0);
            for _ in 0..blocks {
                weights[random.below(blocks)] += 1;
            }
            for (draws, [subject, reference]) in drawn.iter_mut().zip(&starts) {
                draws.push(subject.quantile(&weights) - reference.quantile(&weights));
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every draw against the plain way: repeat the blocks, sort, take the rank.
    #[test]
    fn a_walk_finds_what_sorting_finds() {
        let mut random = SplitMix64::new(3);
        let blocks: Vec<Vec<f64>> = (0..7)
            .map(|k| (0..20 + k).map(|_| random.below(50) as f64).collect())
            .collect();
        let views: Vec<&[f64]> = blocks.iter().map(Vec::as_slice).collect();
        let arm = Arm::pooled(&views);
        for q in [0.01, 0.5, 0.9, 0.99] {
            let start = arm.start(q);
            for _ in 0..200 {
                let mut weights = vec![0_u64; 7];
                (0..7).for_each(|_| weights[random.below(7)] += 1);
                let mut plain: Vec<f64> = Vec::new();
                for (block, weight) in blocks.iter().zip(&weights) {
                    (0..*weight).for_each(|_| plain.extend(block));
                }
                plain.sort_by(f64::total_cmp);
                assert_eq!(
                    Some(start.quantile(&weights)),
                    crate::nearest_rank(&plain, q),
                    "q = {q}"
                );
            }
        }
    }
}
