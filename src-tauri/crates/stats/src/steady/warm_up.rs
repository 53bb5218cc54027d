/// Where a series stops warming up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WarmUpEnd {
    /// Batches to drop from the beginning.
    pub batches: usize,
    /// Whether the rule found its end inside the first half; if not, the series never settled.
    pub settled: bool,
}

/// The marginal standard error rule, MSER (White, An effective truncation heuristic for bias reduction in simulation
/// output, 1997; White, Cobb & Spratt 2000 for batches): drop the `d` batches, at most half of them, that make
/// `sum((y - mean)^2) / (n - d)^2` of the rest least. Given batch medians instead of means, it is not led by outliers.
#[must_use]
pub fn warm_up_end(batches: &[f64]) -> WarmUpEnd {
    let n = batches.len();
    let (mut best, mut least) = (0, f64::INFINITY);
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    // From the end, by Welford's update: after batch d, the sums are those of d..n.
    for d in (0..n).rev() {
        count += 1.0;
        let off = batches[d] - mean;
        mean += off / count;
        squares += off * (batches[d] - mean);
        let error = squares / (count * count);
        if d <= n / 2 && error <= least {
            (best, least) = (d, error);
        }
    }
    WarmUpEnd {
        batches: best,
        settled: best < n / 2 || n < 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steady::trend::tests::wave;

    /// numpy 2.4.6, plainly: `[((y[d:] - y[d:].mean())**2).sum() / (n - d)**2 for d in range(n // 2 + 1)]`, its last argmin.
    #[test]
    fn the_end_is_that_of_the_plain_rule() {
        let settling: Vec<f64> = (0..60)
            .map(|i| 10.0 + 8.0 * (-f64::from(i) / 6.0).exp() + wave(i))
            .collect();
        assert_eq!(
            warm_up_end(&settling),
            WarmUpEnd {
                batches: 13,
                settled: true
            }
        );
        let never: Vec<f64> = (0..60).map(|i| 100.0 - f64::from(i)).collect();
        assert!(!warm_up_end(&never).settled);
        let level: Vec<f64> = (0..60).map(wave).collect();
        assert_eq!(warm_up_end(&level).batches, 1);
        assert!(warm_up_end(&[]).settled);
    }
}
