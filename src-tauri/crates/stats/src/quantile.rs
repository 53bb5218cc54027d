//! Quantiles of an unknown distribution, bounded by order statistics.
//!
//! Of `n` independent samples, the number that lie at or below the true quantile `Q(q)` follows Binomial(n, q),
//! whatever the distribution is. So the r-th smallest sample is a bound on `Q(q)` whose confidence is a binomial tail:
//! `P(X(r) <= Q(q)) = P(B >= r)` and `P(X(r) >= Q(q)) >= P(B <= r - 1)`
//! (David & Nagaraja, Order Statistics, 3rd edition, section 7.1; Conover, Practical Nonparametric Statistics, 3.2).
//! Samples that follow one another on one machine are not quite independent (a disturbance hits several), so the bounds
//! of a very short run are somewhat too narrow; a longer run is the remedy, not a wider formula.
//!
//! **When is a quantile refused?** The rule is the early-stopping rule of MLPerf LoadGen (`loadgen/early_stopping.cc`:
//! the smallest number of queries that proves a percentile while one query may be over it, tolerance 0, confidence
//! 0.99): the smallest `n` for which the *second largest* sample is already an upper bound at the wanted confidence,
//! `P(B >= n - 1) = q^n + n q^(n-1) (1-q) <= 1 - c`. One outlier then cannot be the bound. At c = 0.99 this gives
//! 64 samples for p90, 662 for p99, 6,636 for p99.9, checked in the tests against scipy. (The often quoted planning
//! formula `z^2 q (1-q) / ((1-q)/20)^2` answers another question and gives 262,742 for p99.)

use serde::{Deserialize, Serialize};
use statrs::function::beta::beta_reg;

/// The confidence of each bound, one-sided, that the house uses (MLPerf LoadGen's value). Both bounds of a pair hold
/// together with at least 0.98.
pub const CONFIDENCE: f64 = 0.99;

/// A quantile estimate between two order statistics, in the unit of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QuantileBound {
    pub quantile: f64,
    /// One-sided confidence of `low` and, separately, of `high`.
    pub confidence: f64,
    pub samples: u64,
    /// The nearest-rank estimate: a value that was really measured.
    pub value: f64,
    /// The true quantile is at or above this.
    pub low: f64,
    /// The true quantile is at or below this.
    pub high: f64,
}

/// There are not enough samples to bound this quantile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFewSamples {
    pub needed: u64,
    pub has: u64,
}

impl std::fmt::Display for TooFewSamples {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "refused: needs {} samples, has {}",
            self.needed, self.has
        )
    }
}

impl std::error::Error for TooFewSamples {}

/// `P(Binomial(n, p) <= k)`, through the regularised incomplete beta function (DLMF 8.17.5).
fn binomial_cdf(k: u64, n: u64, p: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    beta_reg((n - k) as f64, (k + 1) as f64, 1.0 - p)
}

/// The smallest sample count at which quantile `q` is answered with one-sided confidence `c` (rule above). The two tails
/// mirror each other, so p1 needs what p99 needs.
///
/// # Panics
/// When `q` or `c` is not strictly between 0 and 1: both are constants of the caller.
#[must_use]
pub fn samples_needed(q: f64, c: f64) -> u64 {
    assert!(
        q > 0.0 && q < 1.0 && c > 0.0 && c < 1.0,
        "quantile and confidence lie strictly between 0 and 1"
    );
    let q = q.max(1.0 - q);
    let enough =
        |n: u64| q.powf(n as f64) + n as f64 * q.powf((n - 1) as f64) * (1.0 - q) <= 1.0 - c;
    let (mut low, mut high) = (1_u64, 2_u64);
    while !enough(high) {
        low = high;
        high *= 2;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The nearest-rank quantile: the smallest sample that at least `q` of the samples do not exceed (type 1 of Hyndman &
/// Fan, 1996). `None` for an empty slice.
#[must_use]
pub fn nearest_rank(sorted: &[f64], q: f64) -> Option<f64> {
    let rank = (q * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank.min(sorted.len()).checked_sub(1)?).copied()
}

/// Bounds quantile `q` of ascending `sorted` samples, each side with confidence `c`.
///
/// # Errors
/// [`TooFewSamples`] below [`samples_needed`].
pub fn quantile_bound(sorted: &[f64], q: f64, c: f64) -> Result<QuantileBound, TooFewSamples> {
    debug_assert!(sorted.is_sorted(), "samples must be sorted");
    let n = sorted.len() as u64;
    let needed = samples_needed(q, c);
    let refused = TooFewSamples { needed, has: n };
    if n < needed {
        return Err(refused);
    }
    let value = nearest_rank(sorted, q).ok_or(refused)?;
    // Above: the smallest rank r with P(B <= r - 1) >= c. It exists, for samples_needed leaves at least rank n - 1.
    let upper = first_rank(n, |rank| binomial_cdf(rank - 1, n, q) >= c);
    // Below: the largest rank r with P(B >= r) >= c, one less than the first rank that fails.
    let lower = first_rank(n, |rank| 1.0 - binomial_cdf(rank - 1, n, q) < c) - 1;
    let at = |rank: u64| sorted[rank.clamp(1, n) as usize - 1];
    Ok(QuantileBound {
        quantile: q,
        confidence: c,
        samples: n,
        value,
        low: at(lower),
        high: at(upper),
    })
}

/// The first rank in `1..=n` for which the monotone `holds` is true, or `n + 1`.
fn first_rank(n: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (1, n + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng, rngs::SmallRng};

    /// scipy 1.17.1: smallest n with `binom.sf(n - 2, n, q) <= 0.01`.
    #[test]
    fn sample_counts_are_those_of_loadgen() {
        for (q, needed) in [
            (0.5, 11),
            (0.9, 64),
            (0.95, 130),
            (0.99, 662),
            (0.999, 6_636),
            (0.9999, 66_381),
            (0.01, 662),
        ] {
            assert_eq!(samples_needed(q, CONFIDENCE), needed, "q = {q}");
        }
    }

    /// scipy 1.17.1: lower = `binom.ppf(0.01, n, q)`, upper = `binom.ppf(0.99, n, q) + 1` as 1-based ranks.
    #[test]
    fn ranks_are_those_of_scipy() {
        for (n, q, lower, upper) in RANKS {
            let samples: Vec<f64> = (1..=n).map(|rank| rank as f64).collect();
            let bound = quantile_bound(&samples, q, CONFIDENCE).expect("enough samples");
            assert_eq!(
                (bound.low, bound.high),
                (lower as f64, upper as f64),
                "n = {n}, q = {q}"
            );
        }
    }
    const RANKS: [(u64, f64, u64, u64); 11] = [
        (11, 0.5, 2, 10),
        (100, 0.5, 38, 63),
        (64, 0.9, 52, 63),
        (200, 0.9, 170, 190),
        (130, 0.95, 117, 129),
        (662, 0.99, 649, 661),
        (1000, 0.99, 982, 998),
        (25000, 0.99, 24713, 24787),
        (6636, 0.999, 6623, 6635),
        (50000, 0.999, 49933, 49967),
        (400, 0.1, 27, 56),
    ];

    #[test]
    fn below_the_needed_count_the_answer_is_a_refusal() {
        let samples = vec![1.0; 200];
        let refused = quantile_bound(&samples, 0.99, CONFIDENCE)
            .expect_err("200 samples are too few for p99");
        assert_eq!(refused.to_string(), "refused: needs 662 samples, has 200");
        assert!(quantile_bound(&[], 0.5, CONFIDENCE).is_err());
    }

    #[test]
    fn nearest_rank_is_a_measured_value() {
        let sorted = [1.0, 2.0, 3.0, 4.0];
        let at = |q| nearest_rank(&sorted, q);
        assert_eq!(
            (at(0.0), at(0.5), at(0.51), at(1.0)),
            (Some(1.0), Some(2.0), Some(3.0), Some(4.0))
        );
        assert_eq!(nearest_rank(&[], 0.5), None);
    }

    /// Each side must hold at its nominal 0.99 whatever is measured: skewed, without a mean, and in steps with ties. 4,000
    /// seeded trials leave a standard error of 0.0016, so 0.985 is more than three of them below.
    #[test]
    fn bounds_cover_at_their_nominal_rate() {
        type Inverse = fn(f64) -> f64;
        let exponential: Inverse = |u| -f64::ln(1.0 - u);
        let cauchy: Inverse = |u| (std::f64::consts::PI * (u - 0.5)).tan();
        let pareto: Inverse = |u| (1.0 - u).powf(-2.0);
        // A clock that ticks in steps of half a unit: the true quantile is an atom.
        let steps: Inverse = |u| (-2.0 * f64::ln(1.0 - u)).floor() / 2.0;
        let mut random = SmallRng::seed_from_u64(7);
        for (name, inverse) in [
            ("exponential", exponential),
            ("cauchy", cauchy),
            ("pareto", pareto),
            ("steps", steps),
        ] {
            for (q, n) in [(0.5, 40), (0.9, 64), (0.99, 800)] {
                let truth = inverse(q);
                let (mut below, mut above) = (0_u32, 0_u32);
                for _ in 0..4_000 {
                    let mut samples: Vec<f64> =
                        (0..n).map(|_| inverse(random.random::<f64>())).collect();
                    samples.sort_by(f64::total_cmp);
                    let bound = quantile_bound(&samples, q, CONFIDENCE).expect("enough samples");
                    below += u32::from(bound.low <= truth);
                    above += u32::from(bound.high >= truth);
                }
                for (side, covered) in [("low", below), ("high", above)] {
                    let rate = f64::from(covered) / 4_000.0;
                    assert!(rate >= 0.985, "{name}, {side} bound at q = {q}: {rate}");
                }
            }
        }
    }

    /// The high percentiles at the very count that admits them: 400 trials of their 6,636 and 66,381 samples, of which all
    /// but the largest few are skipped, for they decide nothing. A rate of 0.97 is four standard errors below.
    #[test]
    fn the_highest_bounds_cover_too() {
        let mut random = SmallRng::seed_from_u64(8);
        for q in [0.999, 0.9999] {
            let n = samples_needed(q, CONFIDENCE) as usize;
            let truth = -f64::ln(1.0 - q);
            let (mut below, mut above) = (0_u32, 0_u32);
            for _ in 0..400 {
                let mut samples: Vec<f64> = (0..n)
                    .map(|_| -f64::ln(1.0 - random.random::<f64>()))
                    .collect();
                samples.select_nth_unstable_by(n - 60, f64::total_cmp);
                samples[n - 60..].sort_unstable_by(f64::total_cmp);
                let lower = samples[..n - 60].iter().fold(0.0_f64, |a, b| a.max(*b));
                samples[..n - 60].fill(lower);
                let bound = quantile_bound(&samples, q, CONFIDENCE).expect("enough samples");
                below += u32::from(bound.low <= truth);
                above += u32::from(bound.high >= truth);
            }
            assert!(
                below >= 388 && above >= 388,
                "q = {q}: {below}, {above} of 400"
            );
        }
    }
}
