//! How many samples show a shift of a percentile that matters?
//!
//! The percentile of `n` samples is nearly normal around the true one, with variance `D p (1 - p) / (n f^2)`, where `f`
//! is the density there (Bahadur, A note on quantiles in large samples, 1966) and `D` the design effect: how much more
//! blocks differ in their share below the percentile than independent samples would. Two arms double it. A shift of
//! `delta` is then shown with power `w` at one-sided level `a` from
//! `n = 2 D p (1 - p) (z(1-a) + z(w))^2 / (delta f)^2` samples in each arm.
//!
//! `1 / f` is the difference quotient of the sample quantile function (Siddiqui 1960) over the bandwidth of Hall &
//! Sheather (1988), with a small `n` beside it that must not be too optimistic: what is used is the upper 95 % bound that
//! a gamma distributed spacing allows.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, Normal};

use crate::quantile::{CONFIDENCE, TooFewSamples, nearest_rank, samples_needed};
use crate::summary::sort_samples;

/// The shift to find, and how surely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sought {
    pub quantile: f64,
    /// As a part of the percentile: 0.05 is 5 %.
    pub relative_shift: f64,
    /// One-sided confidence of the interval that must leave zero out.
    pub confidence: f64,
    /// The chance to find the shift when it is there.
    pub power: f64,
}

/// How many samples that takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SamplePlan {
    /// In each arm.
    pub samples: u64,
    /// The percentile of the pilot, in the unit of its samples.
    pub value: f64,
    /// `1 / f`, in the unit of the samples, with its allowance.
    pub sparsity: f64,
    /// 1 for independent samples; never less.
    pub design_effect: f64,
}

/// Plans from a pilot: blocks of one arm, in the order of time.
///
/// # Errors
/// [`TooFewSamples`] when the pilot itself cannot bound the percentile.
pub fn samples_for_shift(pilot: &[&[f64]], sought: &Sought) -> Result<SamplePlan, TooFewSamples> {
    let p = sought.quantile;
    let mut sorted: Vec<f64> = pilot
        .iter()
        .flat_map(|block| block.iter().copied())
        .collect();
    sort_samples(&mut sorted);
    let has = sorted.len() as u64;
    let needed = samples_needed(p, CONFIDENCE);
    let refused = TooFewSamples { needed, has };
    let value = nearest_rank(&sorted, p)
        .filter(|_| has >= needed)
        .ok_or(refused)?;
    let sparsity = sparsity_upper(&sorted, p);
    let design_effect = design_effect(pilot, p, value);
    let z = Normal::standard();
    let spread = z.inverse_cdf(sought.confidence) + z.inverse_cdf(sought.power);
    let delta = sought.relative_shift * value.abs();
    let n = 2.0 * design_effect * p * (1.0 - p) * (spread * sparsity / delta).powi(2);
    Ok(SamplePlan {
        // A density without spread (all ties) needs no more than the percentile itself does.
        samples: (n.ceil() as u64).max(needed),
        value,
        sparsity,
        design_effect,
    })
}

/// The bandwidth of Hall & Sheather at 95 %, as `quantreg::bandwidth.rq` has it, kept inside (0, 1).
fn bandwidth(p: f64, n: f64) -> f64 {
    let z = Normal::standard();
    let x = z.inverse_cdf(p);
    let ratio = 1.5 * z.pdf(x).powi(2) / (2.0 * x * x + 1.0);
    let h = n.powf(-1.0 / 3.0) * z.inverse_cdf(0.975).powf(2.0 / 3.0) * ratio.powf(1.0 / 3.0);
    h.min(0.9 * p.min(1.0 - p))
}

fn sparsity_upper(sorted: &[f64], p: f64) -> f64 {
    let n = sorted.len() as f64;
    let h = bandwidth(p, n);
    let at = |q: f64| nearest_rank(sorted, q).unwrap_or(0.0);
    let spacings = (2.0 * h * n).max(1.0);
    // The sum of m exponential spacings has a relative deviation of 1 / sqrt(m).
    let allowance = 1.0 + Normal::standard().inverse_cdf(0.95) / spacings.sqrt();
    (at(p + h) - at(p - h)) / (2.0 * h) * allowance
}

/// The variance of the blocks' counts at or below the percentile, against the binomial one. Blocks that differ no more than
/// chance allows (95 %, chi-squared) count as independent: 1. Of others it is the upper 95 % bound, for a pilot has few blocks.
fn design_effect(blocks: &[&[f64]], p: f64, value: f64) -> f64 {
    let (Ok(chi), true) = (
        ChiSquared::new((blocks.len().max(2) - 1) as f64),
        blocks.len() > 1,
    ) else {
        return 1.0;
    };
    let freedom = (blocks.len() - 1) as f64;
    let excess = |block: &&[f64]| {
        let below = block.iter().filter(|sample| **sample <= value).count() as f64;
        let binomial = block.len().max(1) as f64 * p * (1.0 - p);
        (below - p * block.len() as f64).powi(2) / binomial
    };
    let sum: f64 = blocks.iter().map(excess).sum();
    if sum <= chi.inverse_cdf(0.95) {
        return 1.0;
    }
    sum / freedom * (freedom / chi.inverse_cdf(0.05))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R's `quantreg::bandwidth.rq` restated with scipy 1.17.1:
    /// `n**(-1/3) * norm.ppf(.975)**(2/3) * (1.5 * norm.pdf(x)**2 / (2 * x**2 + 1))**(1/3)`.
    #[test]
    fn the_bandwidth_is_that_of_hall_and_sheather() {
        for (p, n, expected) in BANDWIDTHS {
            assert!(
                (bandwidth(p, n) - expected).abs() < 1e-12,
                "p = {p}: {}",
                bandwidth(p, n)
            );
        }
    }
    const BANDWIDTHS: [(f64, f64, f64); 3] = [
        (0.5, 1000.0, 0.097_155_902_620_517_86),
        (0.9, 1000.0, 0.034_599_462_547_393_72),
        (0.99, 2000.0, 0.005_572_990_991_514_608),
    ];

    /// Of evenly spread samples the sparsity is the range: 1, before the allowance of 1.645 / sqrt(2 h n).
    #[test]
    fn an_even_spread_has_its_sparsity() {
        let samples: Vec<f64> = (1..=10_000).map(|i| f64::from(i) / 10_000.0).collect();
        let plan = samples_for_shift(
            &[&samples],
            &Sought {
                quantile: 0.5,
                relative_shift: 0.05,
                confidence: 0.995,
                power: 0.95,
            },
        )
        .expect("enough samples");
        // The nearest rank may be one of 10,000 off at each end.
        let allowance =
            1.0 + 1.644_853_626_951_472_7 / (2.0 * bandwidth(0.5, 10_000.0) * 10_000.0).sqrt();
        assert!((plan.sparsity - allowance).abs() < 3e-3, "{plan:?}");
        assert_eq!((plan.value, plan.design_effect), (0.5, 1.0));
        // 2 * 0.25 * ((2.5758 + 1.6449) * 1.0387 / 0.025)^2
        let expected = 0.5 * (4.220_682_9 * allowance / 0.025).powi(2);
        assert!(
            (plan.samples as f64 / expected - 1.0).abs() < 6e-3,
            "{plan:?} against {expected}"
        );
    }

    #[test]
    fn blocks_that_differ_ask_for_more() {
        let calm: Vec<Vec<f64>> = (0..50).map(|_| (0..20).map(f64::from).collect()).collect();
        let restless: Vec<Vec<f64>> = (0..50)
            .map(|k| {
                (0..20)
                    .map(|i| f64::from(i) + f64::from(k % 2) * 10.0)
                    .collect()
            })
            .collect();
        let plan = |blocks: &[Vec<f64>]| {
            let views: Vec<&[f64]> = blocks.iter().map(Vec::as_slice).collect();
            let sought = Sought {
                quantile: 0.5,
                relative_shift: 0.05,
                confidence: 0.995,
                power: 0.95,
            };
            samples_for_shift(&views, &sought).expect("enough samples")
        };
        assert_eq!(plan(&calm).design_effect, 1.0);
        assert!(plan(&restless).design_effect > 4.0, "{:?}", plan(&restless));
    }
}
