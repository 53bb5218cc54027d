//! How large differences are: counts between fixed edges, four to a decade, so that any number of batches adds up.

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

const DECADE_MIN: i32 = -18;
const DECADE_MAX: i32 = 6;
const PER_DECADE: i32 = 4;
const BINS: usize = ((DECADE_MAX - DECADE_MIN) * PER_DECADE) as usize;

/// Absolute differences, counted. Bins that are empty at either end are left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DifferenceHistogram {
    /// Elements that are exactly equal.
    #[specta(type = Number)]
    pub equal: u64,
    /// Elements where one side is NaN or infinite and the other is not the same.
    #[specta(type = Number)]
    pub infinite: u64,
    /// One more than there are counts; differences beyond the outermost edges (1e-18, 1e6) are in the outermost bins.
    #[specta(type = Vec<Number>)]
    pub edges: Vec<f64>,
    #[specta(type = Vec<Number>)]
    pub counts: Vec<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Differences {
    equal: u64,
    infinite: u64,
    counts: [u64; BINS],
}

impl Default for Differences {
    fn default() -> Self {
        Self {
            equal: 0,
            infinite: 0,
            counts: [0; BINS],
        }
    }
}

impl Differences {
    pub(crate) fn add(&mut self, difference: f64) {
        if difference == 0.0 {
            self.equal += 1;
        } else if difference.is_finite() {
            let place = (difference.log10() - f64::from(DECADE_MIN)) * f64::from(PER_DECADE);
            self.counts[(place.max(0.0) as usize).min(BINS - 1)] += 1;
        } else {
            self.infinite += 1;
        }
    }

    pub(crate) fn report(&self) -> DifferenceHistogram {
        let first = self.counts.iter().position(|count| *count > 0);
        let last = self.counts.iter().rposition(|count| *count > 0);
        let (Some(first), Some(last)) = (first, last) else {
            return DifferenceHistogram {
                equal: self.equal,
                infinite: self.infinite,
                ..DifferenceHistogram::default()
            };
        };
        let edge =
            |bin: usize| 10_f64.powf(f64::from(DECADE_MIN) + bin as f64 / f64::from(PER_DECADE));
        DifferenceHistogram {
            equal: self.equal,
            infinite: self.infinite,
            edges: (first..=last + 1).map(edge).collect(),
            counts: self.counts[first..=last].to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_counted_once() {
        let mut differences = Differences::default();
        for difference in [0.0, 0.0, 2e-7, 3e-5, 3.1e-5, 1e-40, 1e12, f64::INFINITY] {
            differences.add(difference);
        }
        let found = differences.report();
        assert_eq!((found.equal, found.infinite), (2, 1));
        assert_eq!(found.counts.iter().sum::<u64>(), 5);
        assert_eq!(found.edges.len(), found.counts.len() + 1);
        let bin = |value: f64| found.edges.iter().rposition(|edge| *edge <= value);
        assert_eq!(bin(3e-5).map(|bin| found.counts[bin]), Some(2));
        assert_eq!(bin(2e-7).map(|bin| found.counts[bin]), Some(1));
    }
}
