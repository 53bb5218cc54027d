use statrs::distribution::{Binomial, DiscreteCDF};

/// Two speeds that a model was measured at, as far as they can be told apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Modes {
    pub low: f64,
    pub high: f64,
    /// The part of the samples beyond the valley between them.
    pub high_share: f64,
    /// One-sided: the chance of a valley so empty without one.
    pub p_value: f64,
}

/// Bins of the density; the bandwidth is some of them.
const BINS: usize = 512;
/// A mode that fewer samples belong to is a tail.
const SHARE_MIN: f64 = 0.02;
/// The valley must be at most this part of the lower peak: shoulders do not count.
const DEPTH: f64 = 0.7;

/// Looks for two modes in ascending, positive samples, on the axis of their logarithm. The density is a Gaussian kernel
/// estimate over bins with Silverman's bandwidth (Density Estimation, 1986, eq. 3.31), so that wiggles of the sample are no modes.
/// Between the highest peak and each other peak lies a valley; it is a real one when the samples within a bandwidth around it
/// are fewer than those around the lower peak by more than even odds allow (a sign test, binomial). Answers the pair
/// with the emptiest valley; `None` when there is one mode.
#[must_use]
pub fn modes(sorted: &[f64]) -> Option<Modes> {
    let logs: Vec<f64> = sorted
        .iter()
        .filter(|x| x.is_finite() && **x > 0.0)
        .map(|x| x.ln())
        .collect();
    let quarter = |part: usize| {
        logs.get((logs.len() * part / 4).min(logs.len().saturating_sub(1)))
            .copied()
    };
    let (spread, mean) = moments(&logs);
    let width =
        0.9 * spread.min((quarter(3)? - quarter(1)?) / 1.349) * (logs.len() as f64).powf(-0.2);
    if logs.len() < 100 || width <= 0.0 {
        return None;
    }
    // Far outliers would leave all else in a few bins.
    let (low, high) = (
        logs[0].max(mean - 6.0 * spread),
        logs[logs.len() - 1].min(mean + 6.0 * spread),
    );
    let density = density(&logs, low, high, width);
    let bin = (high - low) / BINS as f64;
    let at = |index: usize| low + (index as f64 + 0.5) * bin;
    let around = |index: usize| {
        let from = logs.partition_point(|x| *x < at(index) - width);
        (logs.partition_point(|x| *x < at(index) + width) - from) as u64
    };
    let peaks: Vec<usize> = (1..BINS - 1)
        .filter(|i| density[*i] > density[i - 1] && density[*i] >= density[i + 1])
        .collect();
    let highest = peaks
        .iter()
        .copied()
        .max_by(|a, b| density[*a].total_cmp(&density[*b]))?;
    let pair = |peak: usize| {
        let (left, right) = (peak.min(highest), peak.max(highest));
        let valley = (left..=right).min_by(|a, b| density[*a].total_cmp(&density[*b]))?;
        let beyond = 1.0 - logs.partition_point(|x| *x < at(valley)) as f64 / logs.len() as f64;
        let (empty, full) = (around(valley), around(peak));
        let deep =
            density[valley] <= DEPTH * density[peak] && beyond.min(1.0 - beyond) >= SHARE_MIN;
        let odds = Binomial::new(0.5, empty + full).ok()?;
        let found = Modes {
            low: at(left).exp(),
            high: at(right).exp(),
            high_share: beyond,
            p_value: odds.cdf(empty),
        };
        deep.then_some(found)
    };
    let others = peaks.iter().copied().filter(|peak| *peak != highest);
    others
        .filter_map(pair)
        .min_by(|a, b| a.p_value.total_cmp(&b.p_value))
}

/// Standard deviation and mean.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (
        (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt(),
        mean,
    )
}

/// The kernel estimate at the middle of each bin, unnormalised.
fn density(logs: &[f64], low: f64, high: f64, width: f64) -> Vec<f64> {
    let bin = (high - low) / BINS as f64;
    let mut counts = vec![0.0; BINS];
    for x in logs.iter().filter(|x| (low..=high).contains(*x)) {
        counts[(((x - low) / bin) as usize).min(BINS - 1)] += 1.0;
    }
    let reach = (4.0 * width / bin).ceil() as usize;
    let kernel: Vec<f64> = (0..=reach)
        .map(|i| (-0.5 * (i as f64 * bin / width).powi(2)).exp())
        .collect();
    let smooth = |at: usize| -> f64 {
        (at.saturating_sub(reach)..=(at + reach).min(BINS - 1))
            .map(|i| counts[i] * kernel[i.abs_diff(at)])
            .sum()
    };
    (0..BINS).map(smooth).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    /// `exp` of a mixture of two normals at their own quantiles: no chance in it.
    fn mixture(samples: usize, apart: f64, share: f64) -> Vec<f64> {
        let part = |count: usize, shift: f64| {
            (0..count).map(move |i| {
                let z = Normal::standard().inverse_cdf((i as f64 + 0.5) / count as f64);
                (0.1 * z + shift).exp()
            })
        };
        let high = (samples as f64 * share) as usize;
        let mut all: Vec<f64> = part(samples - high, 0.0).chain(part(high, apart)).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    #[test]
    fn two_speeds_are_told_from_one() {
        let two = modes(&mixture(2_000, 0.6, 0.3)).expect("two modes");
        assert!(
            (two.low - 1.0).abs() < 0.02 && (two.high - 0.6_f64.exp()).abs() < 0.04,
            "{two:?}"
        );
        assert!(
            (two.high_share - 0.3).abs() < 0.02 && two.p_value < 1e-9,
            "{two:?}"
        );
        assert_eq!(modes(&mixture(2_000, 0.0, 0.3)), None, "one");
        // Two deviations apart, a mixture has one mode.
        assert_eq!(modes(&mixture(2_000, 0.15, 0.5)), None, "a shoulder");
        assert_eq!(modes(&mixture(2_000, 0.6, 0.01)), None, "a tail");
        assert_eq!(modes(&[1.0; 500]), None, "no spread");
    }
}
