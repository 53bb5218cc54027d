//! Plain summaries of samples.

/// Sorts ascending by total order, so a NaN lands at the end instead of breaking the sort.
pub fn sort_samples(samples: &mut [f64]) {
    samples.sort_unstable_by(f64::total_cmp);
}

/// Arithmetic mean, in the unit of the samples, by Neumaier's compensated sum (ZAMM 54, 1974) so that a long run does not
/// lose its small samples. `None` for an empty slice.
#[must_use]
pub fn mean(samples: &[f64]) -> Option<f64> {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for &sample in samples {
        let next = sum + sample;
        lost += if sum.abs() >= sample.abs() {
            (sum - next) + sample
        } else {
            (sample - next) + sum
        };
        sum = next;
    }
    (!samples.is_empty()).then(|| (sum + lost) / samples.len() as f64)
}

/// Items a second over `elapsed_s` seconds of wall clock; 0 when no time has passed.
#[must_use]
pub fn throughput_per_s(items: u64, elapsed_s: f64) -> f64 {
    if elapsed_s > 0.0 {
        items as f64 / elapsed_s
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python 3.11: `math.fsum([1e16, 1.0, -1e16, 1.0]) / 4` is 0.5; a plain sum gives 0.25.
    #[test]
    fn the_mean_keeps_small_samples() {
        assert_eq!(mean(&[1e16, 1.0, -1e16, 1.0]), Some(0.5));
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn throughput_counts_over_wall_clock() {
        assert_eq!(throughput_per_s(500, 2.0), 250.0);
        assert_eq!(throughput_per_s(500, 0.0), 0.0);
    }
}
