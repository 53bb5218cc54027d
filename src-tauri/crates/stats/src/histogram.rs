//! Histograms for the eye: latencies span decades, so the edges are spaced evenly in their logarithm.

use serde::{Deserialize, Serialize};

/// Counts between ascending edges. Bin `i` holds `edges[i] <= x < edges[i + 1]`; the last bin also holds its upper edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// One more than there are counts; in the unit of the samples.
    pub edges: Vec<f64>,
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Log-spaced histogram over the whole range of positive, finite `samples`: every sample falls in a bin, none is
    /// dropped. Samples that are not positive and finite have no place on such an axis and are left out by contract of
    /// the caller (durations). Empty input gives no bins.
    #[must_use]
    pub fn log_spaced(samples: &[f64], bins: usize) -> Self {
        let valid = || {
            samples
                .iter()
                .copied()
                .filter(|x| x.is_finite() && *x > 0.0)
        };
        let low = valid().fold(f64::INFINITY, f64::min);
        let high = valid().fold(0.0, f64::max);
        if low > high || bins == 0 {
            return Self {
                edges: Vec::new(),
                counts: Vec::new(),
            };
        }
        Self::counted(log_spaced_edges(low, high, bins), valid())
    }

    /// Counts finite samples between edges that are given, so that two histograms can share them. What lies beyond an end
    /// falls in the bin at that end.
    #[must_use]
    pub fn between(edges: Vec<f64>, samples: &[f64]) -> Self {
        Self::counted(
            edges,
            samples.iter().copied().filter(|sample| sample.is_finite()),
        )
    }

    fn counted(edges: Vec<f64>, samples: impl Iterator<Item = f64>) -> Self {
        let mut counts = vec![0; edges.len().saturating_sub(1)];
        if let Some(last) = counts.len().checked_sub(1) {
            for sample in samples {
                let after = edges.partition_point(|edge| *edge <= sample);
                counts[after.saturating_sub(1).min(last)] += 1;
            }
        }
        Self { edges, counts }
    }
}

/// `bins + 1` edges from `low` to `high`, each the same ratio above the one before: `low * (high / low)^(i / bins)`.
/// The ends are exact. One value only (`low == high`) gives one bin around it.
#[must_use]
pub fn log_spaced_edges(low: f64, high: f64, bins: usize) -> Vec<f64> {
    debug_assert!(low > 0.0 && high >= low && bins > 0);
    if low == high {
        return vec![low, high * (1.0 + f64::EPSILON)];
    }
    let ratio = high / low;
    let mut edges: Vec<f64> = (0..=bins)
        .map(|i| low * ratio.powf(i as f64 / bins as f64))
        .collect();
    edges[bins] = high;
    edges.dedup();
    edges
}

/// `bins + 1` edges of equal distance from `low` to `high`, as `numpy.linspace` spaces them. One value only (`low == high`)
/// gives bins from half below to half above it, as `numpy.histogram` does.
#[must_use]
pub fn evenly_spaced_edges(low: f64, high: f64, bins: usize) -> Vec<f64> {
    debug_assert!(high >= low && bins > 0);
    let (low, high) = if low == high {
        (low - 0.5, high + 0.5)
    } else {
        (low, high)
    };
    let step = (high - low) / bins as f64;
    let mut edges: Vec<f64> = (0..=bins).map(|i| low + i as f64 * step).collect();
    edges[bins] = high;
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy 2.4.6: `numpy.geomspace(0.1, 100.0, 7)`.
    #[test]
    fn edges_are_those_of_geomspace() {
        let expected = [
            0.1,
            0.316_227_766_016_837_94,
            1.0,
            3.162_277_660_168_379_5,
            10.0,
            31.622_776_601_683_793,
            100.0,
        ];
        for (edge, expected) in log_spaced_edges(0.1, 100.0, 6).iter().zip(expected) {
            assert!(
                (edge - expected).abs() <= 1e-14 * expected,
                "{edge} against {expected}"
            );
        }
    }

    #[test]
    fn every_sample_is_counted_once() {
        let samples = [0.1, 0.2, 0.4, 1.0, 5.0, 100.0, 100.0];
        let histogram = Histogram::log_spaced(&samples, 12);
        assert_eq!(histogram.counts.iter().sum::<u64>(), samples.len() as u64);
        assert_eq!(histogram.counts.last(), Some(&2));
        assert_eq!((histogram.edges[0], histogram.edges[12]), (0.1, 100.0));
    }

    #[test]
    fn degenerate_samples_still_have_a_bin() {
        assert_eq!(Histogram::log_spaced(&[2.0, 2.0], 10).counts, [2]);
        assert!(Histogram::log_spaced(&[], 10).counts.is_empty());
        assert!(Histogram::log_spaced(&[f64::NAN, 0.0], 10).edges.is_empty());
    }
}
