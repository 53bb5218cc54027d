//! What a registered version costs on this machine.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use engine::benchmark::WarmUp;
use engine::{
    BenchmarkReport, BenchmarkRequest, CancelToken, InferenceEngine, ModelKey, ModelOptions,
    Runtime,
};
use serde::{Deserialize, Serialize};

use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::models::{MaterialisedModel, hash_file, materialise, sample_inputs};
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
    let inner = ctx.clone();
    let engine = blocking(move || inner.inference_engine()).await?;
    measure(engine, &files, asked, progress, cancel).await
}

/// Measures a file that need not be registered, with generated inputs.
pub async fn benchmark_file(
    path: PathBuf,
    duration_ms: u32,
    threads: u32,
    clock: &Clock,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<BenchmarkReport> {
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
    let engine = blocking(|| {
        Ok(Arc::new(InferenceEngine::new(
            Runtime::load(None)?,
            u64::MAX,
        )))
    })
    .await?;
    measure(engine, &files, asked, progress, cancel).await
}

/// What a measurement is asked to do.
struct Asked {
    model: String,
    duration_ms: u32,
    threads: u32,
    at_ms: i64,
}

async fn measure(
    engine: Arc<InferenceEngine>,
    files: &MaterialisedModel,
    asked: Asked,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<BenchmarkReport> {
    let options = ModelOptions {
        threads: asked.threads as usize,
        ..ModelOptions::default()
    };
    let key = ModelKey {
        content: files.digest.clone(),
        options,
    };
    let (loader, path) = (Arc::clone(&engine), files.onnx_path.clone());
    let model = blocking(move || Ok(loader.load(&key, &path)?)).await?;
    let sample = sample_inputs(files, &model).await?;
    let request = BenchmarkRequest {
        model: asked.model,
        digest: files.digest.clone(),
        inputs: sample.inputs,
        inputs_label: sample.label,
        duration: Duration::from_millis(u64::from(asked.duration_ms)),
        samples_max: SAMPLES_MAX,
        warm_up: WarmUp::default(),
        started_at_ms: asked.at_ms,
    };
    let cancel = cancel.clone();
    blocking(move || {
        let mut tell = |at: engine::benchmark::BenchmarkProgress| {
            let detail = format!("{} samples", at.samples);
            progress(TaskProgress {
                step: at.step.to_owned(),
                detail,
                fraction: Some(at.fraction),
            });
        };
        Ok(engine::benchmark::run(
            engine.runtime().version(),
            &model,
            &request,
            &mut tell,
            &cancel,
        )?)
    })
    .await
}
