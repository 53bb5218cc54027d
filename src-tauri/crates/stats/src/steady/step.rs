use super::median;
use crate::summary::sort_samples;

/// Where the level of a series changes once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Values before the change.
    pub at: usize,
    pub before: f64,
    pub after: f64,
    /// Approximate, of Pettitt: small where the level changes.
    pub p_value: f64,
}

/// The change point of Pettitt (A non-parametric approach to the change-point problem, 1979):
/// `U(t) = 2 sum(rank[..t]) - t (n + 1)`, the change is where `|U|` is greatest, and `p = 2 exp(-6 K^2 / (n^3 + n^2))`.
/// The levels are medians. `None` of fewer than 8 values.
#[must_use]
pub fn step(series: &[f64]) -> Option<Step> {
    let n = series.len();
    if n < 8 {
        return None;
    }
    let (mut at, mut greatest, mut sum) = (1, -1.0, 0.0);
    for (index, rank) in mid_ranks(series).into_iter().enumerate().take(n - 1) {
        sum += rank;
        let u: f64 = 2.0 * sum - (index + 1) as f64 * (n as f64 + 1.0);
        if u.abs() > greatest {
            (at, greatest) = (index + 1, u.abs());
        }
    }
    let n = n as f64;
    Some(Step {
        at,
        before: median(series[..at].to_vec()),
        after: median(series[at..].to_vec()),
        p_value: (2.0 * (-6.0 * greatest * greatest / (n.powi(3) + n.powi(2))).exp()).min(1.0),
    })
}

/// Ranks from 1; ties share their mean (`scipy.stats.rankdata`).
fn mid_ranks(series: &[f64]) -> Vec<f64> {
    let mut sorted = series.to_vec();
    sort_samples(&mut sorted);
    let rank = |value: &f64| {
        let first = sorted.partition_point(|other| other < value);
        let last = sorted.partition_point(|other| other <= value);
        f64::midpoint(first as f64 + 1.0, last as f64)
    };
    series.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steady::trend::tests::wave;

    /// scipy 1.17.1: `u = 2 * cumsum(rankdata(y))[:-1] - arange(1, n) * (n + 1)`, `2 * exp(-6 * max|u|**2 / (n**3 + n**2))`.
    #[test]
    fn a_step_is_found_where_pettitt_finds_it() {
        let throttled: Vec<f64> = (0..60)
            .map(|i| if i < 40 { 10.0 } else { 11.5 } + wave(i))
            .collect();
        let found = step(&throttled).expect("long enough");
        assert_eq!(found.at, 39);
        assert!((found.p_value - THROTTLED).abs() < 1e-12, "{found:?}");
        assert!(found.after - found.before > 1.0, "{found:?}");
        let level: Vec<f64> = (0..60).map(wave).collect();
        assert!(
            step(&level).is_some_and(|step| (step.p_value - LEVEL).abs() < 1e-9),
            "{:?}",
            step(&level)
        );
    }
    const THROTTLED: f64 = 2.919_244_350_549_36e-7;
    const LEVEL: f64 = 1.0;
}
