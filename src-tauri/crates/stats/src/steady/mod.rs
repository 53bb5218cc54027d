//! Did the machine hold still? What a series of latencies, in the order of time, shows of its own course.
//!
//! A percentile describes a distribution; a run that warms up, drifts, switches between two speeds or slows down half way
//! has several. Each is looked for by a test with a name; what is found is told beside the figures, and nothing is
//! corrected in silence.

mod modes;
mod step;
mod trend;
mod warm_up;

pub use modes::{Modes, modes};
pub use step::{Step, step};
pub use trend::{Trend, trend};
pub use warm_up::{WarmUpEnd, warm_up_end};

use crate::summary::sort_samples;

/// The medians of consecutive batches of equal size; a rest that fills no batch joins the last one. Medians, so that one
/// interruption in a batch does not pass for its level.
#[must_use]
pub fn batch_medians(samples: &[f64], batches: usize) -> Vec<f64> {
    let batches = batches.min(samples.len());
    let size = samples.len().checked_div(batches).unwrap_or(0);
    let batch = |index: usize| {
        let end = if index + 1 == batches {
            samples.len()
        } else {
            (index + 1) * size
        };
        median(samples[index * size..end].to_vec())
    };
    (0..batches).map(batch).collect()
}

/// The middle, or the mean of the two in the middle; NaN of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    sort_samples(&mut values);
    let middle = values.len() / 2;
    match (values.len() % 2, values.get(middle)) {
        (_, None) => f64::NAN,
        (1, Some(value)) => *value,
        (_, Some(value)) => f64::midpoint(values[middle - 1], *value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_cover_every_sample() {
        assert_eq!(
            batch_medians(&[1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 2.0], 3),
            [2.0, 6.0, 9.0]
        );
        assert_eq!(batch_medians(&[4.0], 10), [4.0]);
        assert!(batch_medians(&[], 10).is_empty());
    }
}
