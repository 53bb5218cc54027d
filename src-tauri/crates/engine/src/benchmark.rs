//! How long a model takes: one caller, one run after the other, each timed.
//!
//! What is timed is [`CachedModel::run`], so a caller's whole cost: checking the inputs, handing them to the runtime,
//! computing, copying the outputs out. Warm-up runs come first and are not counted. Each percentile carries its bounds and
//! is refused below the sample count it needs (see `stats`).

use std::borrow::Cow;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use specta_typescript::Number;
use stats::{CONFIDENCE, Histogram, quantile_bound, samples_needed};

use crate::tensor::Tensor;
use crate::{CachedModel, CancelToken, EngineError, Fingerprint, ProviderReport, fingerprint};

/// The percentiles of a report.
const PERCENTILES: [(&str, f64); 5] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p99.9", 0.999),
];
const HISTOGRAM_BINS: usize = 60;
/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// Samples beyond this are not taken: 40 MB of them bound any percentile that is asked for.
const SAMPLES_MAX: u64 = 5_000_000;

/// What to measure. The limits end the run; whichever is reached first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BenchmarkRequest {
    /// What the report calls the model, and the digest of its bytes.
    pub model: String,
    pub digest: String,
    pub inputs: Vec<(String, Tensor)>,
    /// Where the inputs come from: `logged input example`, `generated, seed 7`.
    pub inputs_label: String,
    pub duration: Duration,
    pub samples_max: u64,
    pub warm_up: WarmUp,
    pub started_at_ms: i64,
}

/// Runs that are not counted: at least `runs_min`, and as many more as fit into `duration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmUp {
    pub runs_min: u32,
    pub duration: Duration,
}

impl Default for WarmUp {
    fn default() -> Self {
        Self {
            runs_min: 10,
            duration: Duration::from_millis(200),
        }
    }
}

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

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct BenchmarkReport {
    pub model: String,
    pub digest: String,
    pub provider: ProviderReport,
    /// Rows in one run: the first dim of the first input.
    #[specta(type = Number)]
    pub batch: u64,
    /// Threads inside one run; 0 is every core.
    pub threads: u32,
    #[specta(type = Number)]
    pub warmup_runs: u64,
    #[specta(type = Number)]
    pub samples: u64,
    /// One-sided confidence of each bound.
    #[specta(type = Number)]
    pub confidence: f64,
    #[specta(type = Number)]
    pub mean_ms: f64,
    pub percentiles: Vec<PercentileBound>,
    /// Runs a second, one after the other.
    #[specta(type = Number)]
    pub throughput_per_s: f64,
    #[specta(type = Number)]
    pub load_ms: f64,
    /// Wall clock of the timed part.
    #[specta(type = Number)]
    pub duration_ms: f64,
    pub histogram: LatencyHistogram,
    pub inputs: String,
    pub fingerprint: Fingerprint,
    #[specta(type = Number)]
    pub started_at_ms: i64,
}

/// How far a benchmark is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkProgress {
    pub step: Cow<'static, str>,
    pub samples: u64,
    /// From 0 to 1.
    pub fraction: f64,
}

/// Measures. Blocks for as long as the request says; `progress` is called about ten times a second.
///
/// # Errors
/// [`EngineError::Cancelled`] when stopped, else whatever a run fails with.
pub fn run(
    runtime_version: &str,
    model: &CachedModel,
    request: &BenchmarkRequest,
    progress: &mut dyn FnMut(BenchmarkProgress),
    cancel: &CancelToken,
) -> Result<BenchmarkReport, EngineError> {
    let warmup_runs = warm_up(model, request, progress, cancel)?;
    let (mut samples_ms, elapsed) = measure(model, request, progress, cancel)?;
    let histogram = Histogram::log_spaced(&samples_ms, HISTOGRAM_BINS);
    let mean_ms = stats::mean(&samples_ms).unwrap_or(0.0);
    stats::sort_samples(&mut samples_ms);
    Ok(BenchmarkReport {
        model: request.model.clone(),
        digest: request.digest.clone(),
        provider: model.loaded().provider.clone(),
        batch: batch(&request.inputs),
        threads: u32::try_from(model.options().threads).unwrap_or(u32::MAX),
        warmup_runs,
        samples: samples_ms.len() as u64,
        confidence: CONFIDENCE,
        mean_ms,
        percentiles: percentiles(&samples_ms),
        throughput_per_s: stats::throughput_per_s(samples_ms.len() as u64, elapsed.as_secs_f64()),
        load_ms: model.loaded().load_ms,
        duration_ms: elapsed.as_secs_f64() * 1e3,
        histogram: LatencyHistogram {
            edges_ms: histogram.edges,
            counts: histogram.counts,
        },
        inputs: request.inputs_label.clone(),
        fingerprint: fingerprint::collect(Some(runtime_version)),
        started_at_ms: request.started_at_ms,
    })
}

/// The percentiles of ascending samples, each with its bounds or its refusal.
#[must_use]
pub fn percentiles(sorted_ms: &[f64]) -> Vec<PercentileBound> {
    let samples = sorted_ms.len() as u64;
    let percentile = |(label, quantile): (&str, f64)| {
        let bound = quantile_bound(sorted_ms, quantile, CONFIDENCE);
        PercentileBound {
            label: label.to_owned(),
            quantile,
            value_ms: bound.ok().map(|bound| bound.value),
            low_ms: bound.ok().map(|bound| bound.low),
            high_ms: bound.ok().map(|bound| bound.high),
            samples,
            needed_samples: samples_needed(quantile, CONFIDENCE),
            refused: bound.err().map(|refused| refused.to_string()),
        }
    };
    PERCENTILES.into_iter().map(percentile).collect()
}

/// Single runs cannot be stopped while they are timed without the cost of run options in every sample; they are
/// cancelled between runs, and a first run under the token tells whether one run alone is too long for that.
fn warm_up(
    model: &CachedModel,
    request: &BenchmarkRequest,
    progress: &mut dyn FnMut(BenchmarkProgress),
    cancel: &CancelToken,
) -> Result<u64, EngineError> {
    progress(BenchmarkProgress {
        step: "warm-up".into(),
        samples: 0,
        fraction: 0.0,
    });
    let started = Instant::now();
    let mut runs = 0;
    while runs < u64::from(request.warm_up.runs_min) || started.elapsed() < request.warm_up.duration
    {
        model.run(&request.inputs, Some(cancel))?;
        runs += 1;
        // A model so slow that the minimum alone takes longer than the measurement is warm after one run.
        if started.elapsed() > request.duration.max(request.warm_up.duration) {
            break;
        }
    }
    Ok(runs)
}

/// One run at most is this long before each run is made cancellable itself.
const CANCEL_BETWEEN_RUNS: Duration = Duration::from_millis(10);

fn measure(
    model: &CachedModel,
    request: &BenchmarkRequest,
    progress: &mut dyn FnMut(BenchmarkProgress),
    cancel: &CancelToken,
) -> Result<(Vec<f64>, Duration), EngineError> {
    let samples_max = request.samples_max.min(SAMPLES_MAX);
    let mut samples_ms: Vec<f64> = Vec::with_capacity(samples_max.min(1 << 16) as usize);
    let mut inner_cancel = None;
    let started = Instant::now();
    let mut told = started;
    while (samples_ms.len() as u64) < samples_max {
        cancel.check()?;
        let before = Instant::now();
        model.run(&request.inputs, inner_cancel)?;
        let after = Instant::now();
        samples_ms.push((after - before).as_secs_f64() * 1e3);
        if after - before > CANCEL_BETWEEN_RUNS {
            inner_cancel = Some(cancel);
        }
        if after - started >= request.duration {
            break;
        }
        if after - told >= PROGRESS_EVERY {
            told = after;
            let samples = samples_ms.len() as u64;
            let of_time = (after - started).as_secs_f64() / request.duration.as_secs_f64();
            let of_samples = samples as f64 / samples_max as f64;
            progress(BenchmarkProgress {
                step: "measuring".into(),
                samples,
                fraction: of_time.max(of_samples).min(1.0),
            });
        }
    }
    Ok((samples_ms, started.elapsed()))
}

fn batch(inputs: &[(String, Tensor)]) -> u64 {
    inputs
        .first()
        .and_then(|(_, tensor)| tensor.shape().first())
        .map_or(1, |rows| *rows as u64)
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
}
