use statrs::distribution::{ContinuousCDF, Normal};

use super::median;
use crate::summary::sort_samples;

/// A straight course through a series, robustly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Of one step of the series.
    pub slope: f64,
    /// Two-sided, at the confidence that was asked for.
    pub slope_low: f64,
    pub slope_high: f64,
    /// Two-sided, of Mann and Kendall: small where the series rises or falls.
    pub p_value: f64,
}

/// The slope of Theil and Sen with Sen's interval (1968), as `scipy.stats.theilslopes` has it, and the test of Mann and
/// Kendall with ties, as the asymptotic `scipy.stats.kendalltau`. Takes time of the order of the square of the length: for
/// some hundred batch medians, not for samples. `None` of fewer than 8 values.
#[must_use]
pub fn trend(series: &[f64], confidence: f64) -> Option<Trend> {
    let n = series.len();
    if n < 8 {
        return None;
    }
    let mut slopes = Vec::with_capacity(n * (n - 1) / 2);
    let mut score = 0.0;
    for (later, value) in series.iter().enumerate() {
        for (earlier, before) in series[..later].iter().enumerate() {
            slopes.push((value - before) / (later - earlier) as f64);
            score += f64::from(u8::from(value > before)) - f64::from(u8::from(value < before));
        }
    }
    sort_samples(&mut slopes);
    let deviation = score_deviation(series);
    let normal = Normal::standard();
    let (all, reach) = (
        slopes.len() as f64,
        normal.inverse_cdf(f64::midpoint(1.0, confidence)) * deviation,
    );
    let upper = ((all + reach) / 2.0).round_ties_even().min(all - 1.0) as usize;
    let lower = (((all - reach) / 2.0).round_ties_even() - 1.0).max(0.0) as usize;
    Some(Trend {
        slope_low: slopes[lower],
        slope_high: slopes[upper],
        slope: median(slopes),
        p_value: if deviation > 0.0 {
            2.0 * normal.cdf(-(score / deviation).abs())
        } else {
            1.0
        },
    })
}

/// The standard deviation of Kendall's score without a trend, less what ties take.
fn score_deviation(series: &[f64]) -> f64 {
    let part = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut sorted = series.to_vec();
    sort_samples(&mut sorted);
    let ties: f64 = sorted
        .chunk_by(|a, b| a == b)
        .map(|tied| part(tied.len() as f64))
        .sum();
    ((part(series.len() as f64) - ties) / 18.0).sqrt()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A deterministic disturbance between -1 and 1.
    pub(crate) fn wave(i: i32) -> f64 {
        f64::from((i * 7919) % 101 - 50) / 50.0
    }

    /// scipy 1.17.1: `theilslopes(y, alpha=0.99)`, `kendalltau(arange(n), y, method='asymptotic').pvalue`.
    #[test]
    fn slopes_are_those_of_scipy() {
        let rising: Vec<f64> = (0..50).map(|i| 0.03 * f64::from(i) + wave(i)).collect();
        let level: Vec<f64> = (0..50).map(wave).collect();
        let tied: Vec<f64> = (0..40)
            .map(|i| f64::from((i * 7) % 5) + f64::from(i / 10))
            .collect();
        for (series, expected) in [(rising, RISING), (level, LEVEL), (tied, TIED)] {
            let found = trend(&series, 0.99).expect("long enough");
            let found = [
                found.slope,
                found.slope_low,
                found.slope_high,
                found.p_value,
            ];
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    (found - expected).abs() <= 1e-12 + 1e-9 * expected.abs(),
                    "{found} against {expected}"
                );
            }
        }
    }
    const RISING: [f64; 4] = [
        0.042,
        0.018_235_294_117_647_054,
        0.042,
        1.416_027_310_229_717_7e-5,
    ];
    const LEVEL: [f64; 4] = [
        0.012,
        -0.011_764_705_882_352_941,
        0.012,
        0.388_918_487_927_451_1,
    ];
    const TIED: [f64; 4] = [
        0.1,
        0.045_454_545_454_545_456,
        0.153_846_153_846_153_85,
        3.183_434_165_667_132_5e-5,
    ];

    #[test]
    fn what_does_not_move_has_no_trend() {
        let flat = trend(&[2.0; 20], 0.99).expect("long enough");
        assert_eq!((flat.slope, flat.p_value), (0.0, 1.0));
        assert!(trend(&[1.0; 7], 0.99).is_none());
    }
}
