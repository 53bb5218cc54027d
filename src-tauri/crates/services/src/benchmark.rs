//! What a model costs on this machine: any model that can be looked at, alone or in turns with another.

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::benchmark::{
    self, Against, AgainstRequest, ArrivalFile, BaselineComparison, Scenario, WarmUp,
};
use engine::fingerprint::Environment;
use engine::job::{AgainstJob, BenchmarkJob, SampleInputs};
use engine::worker::Use;
use engine::{BenchmarkReport, CancelToken, Limits, ModelOptions, Optimisation};
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::artifact_view;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::inspection::ModelSource;
use crate::lab::Lab;
use crate::models::{MaterialisedModel, hash_file, materialise, sample_of};
use crate::{Clock, Context};

/// Enough for a p99.99 with room; more only costs memory.
const SAMPLES_MAX: u64 = 2_000_000;
/// What counts as the same speed where nobody says: a part of the percentile.
const MARGIN: f64 = 0.05;
/// Loading, warming up and writing the report come on top of the measurement.
const BESIDE_MEASURING: Duration = Duration::from_secs(600);
/// An hour: a number beyond it is a mistake.
const DURATION_MS_MAX: u32 = 3_600_000;

/// How to measure.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct BenchmarkSettings {
    pub scenario: Scenario,
    /// For a replay.
    pub arrivals: Option<ArrivalFile>,
    /// Of the measurement, of each model where two are measured; an end that may be reached before `samples_max` is.
    pub duration_ms: u32,
    #[specta(type = Option<Number>)]
    pub samples_max: Option<u64>,
    /// Threads inside one run; 0 is every core.
    pub threads: u32,
    /// Runs that may go on at the same time.
    pub sessions: u32,
    pub optimisation: Optimisation,
    /// Generated inputs of so many rows, in place of the logged input example.
    #[specta(type = Option<Number>)]
    pub rows: Option<u64>,
}

impl Default for BenchmarkSettings {
    fn default() -> Self {
        Self {
            scenario: Scenario::SingleStream,
            arrivals: None,
            duration_ms: 5_000,
            samples_max: None,
            threads: 1,
            sessions: 1,
            optimisation: Optimisation::All,
            rows: None,
        }
    }
}

#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct BenchmarkInput {
    pub source: ModelSource,
    pub settings: BenchmarkSettings,
    pub against: Option<AgainstInput>,
    /// The caller's name for this measurement, with which it can be cancelled.
    pub task_id: String,
}

/// The model to measure in turns with the first.
#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct AgainstInput {
    pub source: ModelSource,
    /// What counts as the same speed, as a part of the percentile; 0.05 where it is not given.
    #[specta(type = Option<Number>)]
    pub margin: Option<f64>,
}

/// One measurement, as it is shown, saved and kept as a baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct BenchmarkOutcome {
    pub report: BenchmarkReport,
    pub against: Option<Against>,
}

/// How far a long task has come.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TaskProgress {
    pub step: String,
    pub detail: String,
    #[specta(type = Option<specta_typescript::Number>)]
    pub fraction: Option<f64>,
}

/// A model whose files are here.
#[derive(Debug, Clone)]
pub struct Measurable {
    files: MaterialisedModel,
    name: String,
}

/// Fetches what is to be measured: every byte is hashed, for what is measured of it is evidence.
///
/// # Errors
/// When it is not there, or changed since it was registered.
pub async fn fetch(ctx: &Context, source: ModelSource) -> Result<Measurable> {
    match source {
        ModelSource::File { path } => fetch_file(path).await,
        ModelSource::Version(version) => Ok(Measurable {
            files: materialise(ctx, &version.name, version.version).await?,
            name: format!("{} v{}", version.name, version.version),
        }),
        ModelSource::Artifact { file } => {
            let mut found = fetch_file(artifact_view::model_path(ctx, &file).await?).await?;
            found.name = file.path;
            Ok(found)
        }
    }
}

/// The same for a file, for which no workspace need be open.
///
/// # Errors
/// When it cannot be read.
pub async fn fetch_file(path: PathBuf) -> Result<Measurable> {
    let path = std::path::absolute(&path).unwrap_or(path);
    let digest = hash_file(&path)
        .await
        .ok_or_else(|| ServiceError::not_found(format!("{} cannot be read", path.display())))?;
    Ok(Measurable {
        name: path.display().to_string(),
        files: MaterialisedModel::of_file(path, digest),
    })
}

/// Measures a model with its logged input example, or with generated inputs, and says which; with another, in turns.
///
/// # Errors
/// When the settings make no sense, or a run fails.
pub async fn measure(
    lab: &Lab,
    (model, settings): (&Measurable, &BenchmarkSettings),
    against: Option<(&Measurable, Option<f64>)>,
    clock: &Clock,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<BenchmarkOutcome> {
    check(settings)?;
    progress(TaskProgress {
        step: "load".to_owned(),
        detail: "starting a worker and loading into ONNX Runtime".to_owned(),
        fraction: None,
    });
    let duration = Duration::from_millis(u64::from(settings.duration_ms));
    let options = ModelOptions {
        threads: settings.threads as usize,
        pool_size: settings.sessions as usize,
        optimisation: settings.optimisation,
        ..ModelOptions::default()
    };
    let job = BenchmarkJob {
        path: model.files.onnx_path.clone(),
        inputs: inputs(&model.files, settings).await?,
        model: model.name.clone(),
        digest: model.files.digest.clone(),
        scenario: named(settings),
        arrivals: settings.arrivals.clone(),
        duration,
        samples_max: settings.samples_max.unwrap_or(SAMPLES_MAX).min(SAMPLES_MAX),
        warm_up: WarmUp::default(),
        started_at_ms: clock.now_ms(),
        environment: blocking(|| Ok(Environment::here())).await?,
        against: against.map(|(other, margin)| AgainstJob {
            path: other.files.onnx_path.clone(),
            options: options.clone(),
            request: AgainstRequest {
                model: other.name.clone(),
                digest: other.files.digest.clone(),
                margin: margin.unwrap_or(MARGIN),
                confidence: None,
            },
        }),
        options,
    };
    let tell = move |at: benchmark::BenchmarkProgress| {
        progress(TaskProgress {
            step: at.step.into_owned(),
            detail: format!("{} samples", at.samples),
            fraction: Some(at.fraction),
        });
    };
    // A process that has done nothing before: what an earlier job left in its memory must not be measured. Two arms may
    // each overrun, and an overloaded schedule is waited for.
    let purpose = Use::fresh().limits(Limits::within(duration * 8 + BESIDE_MEASURING));
    let answer = lab.call(purpose, job, tell, cancel).await?;
    Ok(BenchmarkOutcome {
        report: answer.report,
        against: answer.against,
    })
}

fn check(settings: &BenchmarkSettings) -> Result<()> {
    let refused = |field: &str, message: String| Err(ServiceError::invalid(field, message));
    if settings.duration_ms == 0 || settings.duration_ms > DURATION_MS_MAX {
        let given = settings.duration_ms;
        return refused(
            "durationMs",
            format!("the duration is {given} ms, but must be from 1 ms to an hour"),
        );
    }
    if settings.samples_max == Some(0) {
        return refused("samplesMax", "there must be at least one sample".to_owned());
    }
    if settings.sessions == 0 {
        return refused("sessions", "there must be at least one session".to_owned());
    }
    let replay = matches!(settings.scenario, Scenario::Replay { .. });
    if replay && settings.arrivals.is_none() {
        return refused("arrivals", "a replay needs a file of arrivals".to_owned());
    }
    Ok(settings.scenario.check()?)
}

/// A replay is named after its file.
fn named(settings: &BenchmarkSettings) -> Scenario {
    match (&settings.scenario, &settings.arrivals) {
        (Scenario::Replay { speed, .. }, Some(file)) => Scenario::Replay {
            source: file.label(),
            speed: *speed,
        },
        (scenario, _) => scenario.clone(),
    }
}

async fn inputs(files: &MaterialisedModel, settings: &BenchmarkSettings) -> Result<SampleInputs> {
    match settings.rows {
        Some(0) => Err(ServiceError::invalid(
            "rows",
            "there must be at least one row",
        )),
        Some(rows) => Ok(SampleInputs::Generated {
            rows: usize::try_from(rows).unwrap_or(usize::MAX),
            seed: engine::inputs::SEED,
        }),
        None => sample_of(files).await,
    }
}

/// Writes the measurement as JSON, whole or not at all.
///
/// # Errors
/// When the place cannot be written.
pub async fn save(outcome: &BenchmarkOutcome, path: &Path) -> Result<()> {
    let text = serde_json::to_vec_pretty(outcome)
        .map_err(|error| ServiceError::state(format!("the report cannot be written: {error}")))?;
    let part = path.with_extension("json.part");
    let failed = || ServiceError::io(format!("cannot write {}", path.display()));
    tokio::fs::write(&part, text).await.map_err(failed())?;
    tokio::fs::rename(&part, path).await.map_err(failed())
}

/// Holds a measurement against one that was saved before. Other machines, loads and settings are refused by name.
///
/// # Errors
/// When the file is no saved measurement, or was measured under other conditions.
pub async fn with_baseline(now: &BenchmarkReport, path: &Path) -> Result<BaselineComparison> {
    let text = tokio::fs::read(path)
        .await
        .map_err(ServiceError::io(format!("cannot read {}", path.display())))?;
    let then: BenchmarkOutcome = serde_json::from_slice(&text).map_err(|error| {
        let path = path.display();
        ServiceError::invalid("baseline", format!("{path} is no saved benchmark: {error}"))
    })?;
    Ok(benchmark::with_baseline(now, &then.report)?)
}
