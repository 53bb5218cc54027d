use serde::{Deserialize, Serialize};
use specta_typescript::Number;
use stats::{CONFIDENCE, quantile_bound, samples_needed};

use super::Scenario;
use super::steadiness::{LatencyTrace, Steadiness};
use crate::{Fingerprint, ProviderReport};

/// The percentiles of a report.
pub(super) const PERCENTILES: [(&str, f64); 6] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p99.9", 0.999),
    ("p99.99", 0.9999),
];

/// A percentile between its bounds, milliseconds; or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct PercentileBound {
    pub label: String,
    #[specta(type = Number)]
    pub quantile: f64,
    #[specta(type = Option<Number>)]
    pub value_ms: Option<f64>,
    #[specta(type = Option<Number>)]
    pub low_ms: Option<f64>,
    #[specta(type = Option<Number>)]
    pub high_ms: Option<f64>,
    #[specta(type = Number)]
    pub samples: u64,
    #[specta(type = Number)]
    pub needed_samples: u64,
    pub refused: Option<String>,
}

/// Counts between edges that are evenly spaced in their logarithm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct LatencyHistogram {
    #[specta(type = Vec<Number>)]
    pub edges_ms: Vec<f64>,
    #[specta(type = Vec<Number>)]
    pub counts: Vec<u64>,
}

/// How exactly queries were sent when they were due, microseconds. A caller that was busy is not late: that is the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SendError {
    #[specta(type = Number)]
    pub p50_us: f64,
    #[specta(type = Number)]
    pub p99_us: f64,
    #[specta(type = Number)]
    pub max_us: f64,
}

/// Queries that waited, as each query found them when it arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct QueueDepth {
    #[specta(type = Number)]
    pub mean: f64,
    #[specta(type = Number)]
    pub max: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct BenchmarkReport {
    pub model: String,
    pub digest: String,
    pub scenario: Scenario,
    pub provider: ProviderReport,
    /// Rows in one run: the first dim of the first input.
    #[specta(type = Number)]
    pub batch: u64,
    /// Threads inside one run; 0 is every core.
    pub threads: u32,
    /// Runs that may go on at the same time.
    pub sessions: u32,
    /// Before the measurement; not counted.
    #[specta(type = Number)]
    pub warmup_runs: u64,
    /// Measured, but found to be warm-up still, and not counted either.
    #[specta(type = Number)]
    pub warmup_dropped: u64,
    #[specta(type = Number)]
    pub samples: u64,
    /// Queries that failed; they have no latency.
    #[specta(type = Number)]
    pub errors: u64,
    pub first_error: Option<String>,
    /// Queries that were due and never sent, because the model could not keep up: they count as slower than any other.
    #[specta(type = Number)]
    pub dropped: u64,
    /// One-sided confidence of each bound.
    #[specta(type = Number)]
    pub confidence: f64,
    #[specta(type = Number)]
    pub mean_ms: f64,
    pub percentiles: Vec<PercentileBound>,
    /// Runs a second that were answered, all callers together.
    #[specta(type = Number)]
    pub throughput_per_s: f64,
    /// Of the schedule, where there is one: queries a second.
    #[specta(type = Option<Number>)]
    pub target_rate_per_s: Option<f64>,
    pub send_error: Option<SendError>,
    pub queue: Option<QueueDepth>,
    #[specta(type = Number)]
    pub load_ms: f64,
    /// Wall clock of the timed part.
    #[specta(type = Number)]
    pub duration_ms: f64,
    pub histogram: LatencyHistogram,
    pub steadiness: Steadiness,
    pub trace: LatencyTrace,
    pub inputs: String,
    pub fingerprint: Fingerprint,
    /// Of the machine over the last minute before, in busy cores; `None` where the system does not tell.
    #[specta(type = Option<Number>)]
    pub load_at_start: Option<f64>,
    #[specta(type = Number)]
    pub started_at_ms: i64,
}

impl BenchmarkReport {
    /// `p99` by its label.
    #[must_use]
    pub fn percentile(&self, label: &str) -> Option<&PercentileBound> {
        self.percentiles.iter().find(|bound| bound.label == label)
    }
}

/// The percentiles of ascending samples, each with its bounds or its refusal.
#[must_use]
pub fn percentiles(sorted_ms: &[f64]) -> Vec<PercentileBound> {
    percentiles_of_answered(sorted_ms, 0)
}

/// The same when not every query was answered. So many more were never answered: they are
/// slower than any sample, and a percentile that would fall among them is refused.
pub(super) fn percentiles_of_answered(sorted_ms: &[f64], unanswered: u64) -> Vec<PercentileBound> {
    let mut all = sorted_ms.to_vec();
    all.extend(std::iter::repeat_n(f64::INFINITY, unanswered as usize));
    PERCENTILES
        .into_iter()
        .map(|(label, quantile)| percentile(&all, label, quantile, unanswered))
        .collect()
}

fn percentile(all_ms: &[f64], label: &str, quantile: f64, unanswered: u64) -> PercentileBound {
    let samples = all_ms.len() as u64;
    let (bound, refused) = match quantile_bound(all_ms, quantile, CONFIDENCE) {
        Ok(bound) if bound.high.is_finite() => (Some(bound), None),
        Ok(_) => {
            let reason = format!("refused: {unanswered} of {samples} queries were never answered");
            (None, Some(reason))
        }
        Err(refused) => (None, Some(refused.to_string())),
    };
    PercentileBound {
        label: label.to_owned(),
        quantile,
        value_ms: bound.map(|bound| bound.value),
        low_ms: bound.map(|bound| bound.low),
        high_ms: bound.map(|bound| bound.high),
        samples,
        needed_samples: samples_needed(quantile, CONFIDENCE),
        refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_samples_are_refused_percentile_by_percentile() {
        let samples: Vec<f64> = (1..=200).map(f64::from).collect();
        let found = percentiles(&samples);
        let p90 = &found[1];
        assert_eq!(
            (p90.value_ms, p90.needed_samples, &p90.refused),
            (Some(180.0), 64, &None)
        );
        assert!(p90.low_ms < p90.value_ms && p90.value_ms < p90.high_ms);
        let p99 = &found[3];
        assert_eq!(
            (p99.value_ms, p99.refused.as_deref()),
            (None, Some("refused: needs 662 samples, has 200"))
        );
    }

    #[test]
    fn what_was_never_answered_is_slower_than_all_that_was() {
        let samples: Vec<f64> = (1..=900).map(f64::from).collect();
        let found = percentiles_of_answered(&samples, 100);
        assert_eq!(found[0].value_ms, Some(500.0), "of 1,000, not of 900");
        assert_eq!(
            found[1].refused.as_deref(),
            Some("refused: 100 of 1000 queries were never answered")
        );
    }
}
