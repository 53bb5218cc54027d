//! What a registered version costs on this machine.

use std::path::PathBuf;
use std::time::Duration;

use engine::benchmark::WarmUp;
use engine::job::BenchmarkJob;
use engine::worker::Use;
use engine::{BenchmarkReport, CancelToken, Limits, ModelOptions};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::lab::Lab;
use crate::models::{MaterialisedModel, hash_file, materialise, sample_of};
use crate::{Clock, Context};

/// Enough for a p99.99 with room; more only costs memory.
const SAMPLES_MAX: u64 = 2_000_000;

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct BenchmarkInput {
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    pub duration_ms: u32,
    /// Threads inside one run.
    pub threads: u32,
    /// The caller's name for this measurement, with which it can be cancelled.
    pub task_id: String,
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

/// Measures a registered version with its logged input example, or with generated inputs, and says which.
pub async fn benchmark_version(
    ctx: &Context,
    lab: &Lab,
    input: BenchmarkInput,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<BenchmarkReport> {
    if input.duration_ms == 0 {
        return Err(ServiceError::invalid(
            "durationMs",
            "the duration must be at least 1 ms",
        ));
    }
    let told = |step: &str, detail: String| TaskProgress {
        step: step.to_owned(),
        detail,
        fraction: None,
    };
    progress(told("fetch", format!("{} v{}", input.name, input.version)));
    let files = materialise(ctx, &input.name, input.version).await?;
    progress(told("load", "loading into ONNX Runtime".to_owned()));
    let model = format!("{} v{}", input.name, input.version);
    let asked = Asked {
        model,
        duration_ms: input.duration_ms,
        threads: input.threads,
        at_ms: ctx.now_ms(),
    };
    measure(lab, &files, asked, progress, cancel).await
}

/// Measures a file that need not be registered, with generated inputs.
pub async fn benchmark_file(
    lab: &Lab,
    path: PathBuf,
    duration_ms: u32,
    threads: u32,
    clock: &Clock,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<BenchmarkReport> {
    let path = std::path::absolute(&path).unwrap_or(path);
    let digest = hash_file(&path)
        .await
        .ok_or_else(|| ServiceError::not_found(format!("{} cannot be read", path.display())))?;
    let files = MaterialisedModel::of_file(path, digest);
    let asked = Asked {
        model: files.onnx_path.display().to_string(),
        duration_ms,
        threads,
        at_ms: clock.now_ms(),
    };
    measure(lab, &files, asked, progress, cancel).await
}

/// What a measurement is asked to do.
struct Asked {
    model: String,
    duration_ms: u32,
    threads: u32,
    at_ms: i64,
}

/// Loading, warming up and writing the report come on top of the measurement.
const BESIDE_MEASURING: Duration = Duration::from_secs(600);

async fn measure(
    lab: &Lab,
    files: &MaterialisedModel,
    asked: Asked,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<BenchmarkReport> {
    let duration = Duration::from_millis(u64::from(asked.duration_ms));
    let job = BenchmarkJob {
        path: files.onnx_path.clone(),
        options: ModelOptions {
            threads: asked.threads as usize,
            ..ModelOptions::default()
        },
        inputs: sample_of(files).await?,
        model: asked.model,
        digest: files.digest.clone(),
        duration,
        samples_max: SAMPLES_MAX,
        warm_up: WarmUp::default(),
        started_at_ms: asked.at_ms,
    };
    let tell = move |at: engine::benchmark::BenchmarkProgress| {
        progress(TaskProgress {
            step: at.step.into_owned(),
            detail: format!("{} samples", at.samples),
            fraction: Some(at.fraction),
        });
    };
    // A process that has done nothing before: what an earlier job left in its memory must not be measured.
    let purpose = Use::fresh().limits(Limits::within(duration + BESIDE_MEASURING));
    lab.call(purpose, job, tell, cancel).await
}
