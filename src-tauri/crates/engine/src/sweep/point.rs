//! One point of a sweep: how the model is run there, and what was measured.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::benchmark::{PercentileBound, percentiles};
use crate::job::{Sample, SampleInputs};
use crate::{
    CachedModel, CancelToken, EngineError, ModelOptions, Optimisation, Provider, ProviderReport,
};

/// How the model is run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct PointSettings {
    /// Rows in one run.
    pub batch: u32,
    /// Threads inside one run.
    pub threads: u32,
    /// In order of preference.
    pub providers: Vec<Provider>,
    pub optimisation: Optimisation,
    /// Inputs and outputs are bound to the session once, not handed over in each run.
    pub io_binding: bool,
}

impl PointSettings {
    #[must_use]
    pub fn options(&self) -> ModelOptions {
        ModelOptions {
            providers: self.providers.clone(),
            threads: self.threads as usize,
            optimisation: self.optimisation,
            io_binding: self.io_binding,
            ..ModelOptions::default()
        }
    }
}

/// What was measured: one caller, one run after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct PointMeasure {
    #[specta(type = Number)]
    pub runs_per_s: f64,
    #[specta(type = Number)]
    pub rows_per_s: f64,
    #[specta(type = Number)]
    pub mean_ms: f64,
    /// Each with its bounds, or refused: too few samples are no percentile.
    pub percentiles: Vec<PercentileBound>,
    #[specta(type = Number)]
    pub samples: u64,
    #[specta(type = Number)]
    pub load_ms: f64,
    pub provider: ProviderReport,
}

impl PointMeasure {
    /// The bound that a limit is held against: the latency is not above it.
    #[must_use]
    pub fn upper_ms(&self, label: &str) -> Option<f64> {
        let found = self.percentiles.iter().find(|bound| bound.label == label);
        found.and_then(|bound| bound.high_ms)
    }
}

/// What is measured at a point, for whoever measures it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointRequest {
    pub path: PathBuf,
    pub settings: PointSettings,
    pub seed: u64,
    pub duration: Duration,
    pub samples_max: u64,
}

/// Runs before any is counted: at least so many, and for so long.
const WARM_UP_RUNS: u32 = 10;
const WARM_UP: Duration = Duration::from_millis(100);

/// Measures one point. Blocks for as long as the request says.
///
/// # Errors
/// [`EngineError::Input`] where the model has no room for the batch, [`EngineError::Cancelled`], else what a run fails with.
pub fn measure(
    model: &CachedModel,
    request: &PointRequest,
    cancel: &CancelToken,
) -> Result<PointMeasure, EngineError> {
    let batch = request.settings.batch;
    let inputs = SampleInputs::Generated {
        rows: batch as usize,
        seed: request.seed,
    };
    let sample = inputs.resolve(model.signature())?;
    check_batch(&sample, batch)?;
    let (samples_ms, elapsed) = if request.settings.io_binding {
        let mut bound = model.bind(&sample.inputs, Some(cancel))?;
        timed(request, cancel, |cancel| bound.run(cancel))?
    } else {
        timed(request, cancel, |cancel| {
            model.run(&sample.inputs, cancel).map(drop)
        })?
    };
    let mut sorted = samples_ms;
    let mean_ms = stats::mean(&sorted).unwrap_or(0.0);
    stats::sort_samples(&mut sorted);
    let runs_per_s = stats::throughput_per_s(sorted.len() as u64, elapsed.as_secs_f64());
    Ok(PointMeasure {
        runs_per_s,
        rows_per_s: runs_per_s * f64::from(batch),
        mean_ms,
        percentiles: percentiles(&sorted),
        samples: sorted.len() as u64,
        load_ms: model.loaded().load_ms,
        provider: model.loaded().provider.clone(),
    })
}

/// A model that fixes its first dim runs so many rows whatever was asked for; such a point would tell a lie.
fn check_batch(sample: &Sample, batch: u32) -> Result<(), EngineError> {
    let first = sample
        .inputs
        .first()
        .and_then(|(_, tensor)| tensor.shape().first());
    match first {
        Some(rows) if *rows as u64 != u64::from(batch) => Err(EngineError::input(
            sample.inputs[0].0.clone(),
            format!("takes {rows} rows and no others; a batch of {batch} cannot be measured"),
        )),
        _ => Ok(()),
    }
}

/// Milliseconds of each run after a warm-up, and how long all took.
fn timed(
    request: &PointRequest,
    cancel: &CancelToken,
    mut run: impl FnMut(Option<&CancelToken>) -> Result<(), EngineError>,
) -> Result<(Vec<f64>, Duration), EngineError> {
    let started = Instant::now();
    let mut runs = 0;
    while runs < WARM_UP_RUNS || started.elapsed() < WARM_UP {
        run(Some(cancel))?;
        runs += 1;
        if started.elapsed() > request.duration.max(WARM_UP) {
            break;
        }
    }
    // Options of a run cost microseconds: only where one run is long is it made cancellable itself.
    let long = started.elapsed() / runs > Duration::from_millis(10);
    let inner = long.then_some(cancel);
    let mut samples_ms = Vec::new();
    let started = Instant::now();
    while (samples_ms.len() as u64) < request.samples_max {
        cancel.check()?;
        let before = Instant::now();
        run(inner)?;
        let after = Instant::now();
        samples_ms.push((after - before).as_secs_f64() * 1e3);
        if after - started >= request.duration {
            break;
        }
    }
    Ok((samples_ms, started.elapsed()))
}
