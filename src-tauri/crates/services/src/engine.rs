//! ONNX Runtime as the use cases share it: loaded at first need, one engine for the whole process.

use std::sync::{Arc, OnceLock};

use engine::{
    CachedModel, EngineError, Fingerprint, InferenceEngine, ModelKey, ModelOptions, Provider,
    Runtime,
};
use serde::{Deserialize, Serialize};

use crate::Context;
use crate::error::{Result, ServiceError};
use crate::models::MaterialisedModel;

/// Models that nobody uses may fill this much memory before the oldest is dropped.
const MEMORY_BUDGET_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Sessions of a served model: that many predictions at the same time.
pub(crate) const POOL_SIZE: usize = 2;

/// Loaded at first need, so that a window opens without paying for it. A failure is not remembered: a runtime that is
/// installed while the app is open is found.
#[derive(Debug, Clone, Default)]
pub(crate) struct EngineHandle(Arc<OnceLock<Arc<InferenceEngine>>>);

impl EngineHandle {
    fn get(&self) -> Result<Arc<InferenceEngine>, EngineError> {
        if let Some(engine) = self.0.get() {
            return Ok(Arc::clone(engine));
        }
        let engine = Arc::new(InferenceEngine::new(
            Runtime::load(None)?,
            MEMORY_BUDGET_BYTES,
        ));
        Ok(Arc::clone(self.0.get_or_init(|| engine)))
    }

    fn loaded_version(&self) -> Option<String> {
        self.0
            .get()
            .map(|engine| engine.runtime().version().to_owned())
    }
}

/// What the status bar says of ONNX Runtime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeStatus {
    pub available: bool,
    pub version: Option<String>,
    pub library_path: Option<String>,
    /// Execution providers that the library was built with.
    pub providers: Vec<String>,
    pub problem: Option<String>,
    pub fingerprint: Fingerprint,
}

impl Context {
    /// The machine that measurements are taken on.
    pub fn fingerprint(&self) -> Fingerprint {
        engine::fingerprint::collect(self.engine.loaded_version().as_deref())
    }

    /// The engine, loading the runtime if that has not happened yet. Blocks while loading.
    pub(crate) fn inference_engine(&self) -> Result<Arc<InferenceEngine>> {
        Ok(self.engine.get()?)
    }
}

pub async fn status(ctx: &Context) -> RuntimeStatus {
    status_of(Some(ctx)).await
}

/// The same where no workspace is open: the library is this process's, not a workspace's.
pub(crate) async fn status_of(ctx: Option<&Context>) -> RuntimeStatus {
    let inner = ctx.cloned();
    let found = blocking(move || match inner {
        Some(ctx) => Ok(ctx.inference_engine()?.runtime().clone()),
        None => Ok(Runtime::load(None)?),
    })
    .await;
    let version = found
        .as_ref()
        .ok()
        .map(|runtime| runtime.version().to_owned());
    let fingerprint = engine::fingerprint::collect(version.as_deref());
    match found {
        Ok(runtime) => RuntimeStatus {
            available: true,
            version,
            library_path: Some(runtime.library().display().to_string()),
            providers: runtime
                .providers()
                .iter()
                .map(|p| provider_label(*p))
                .collect(),
            problem: None,
            fingerprint,
        },
        Err(error) => RuntimeStatus {
            available: false,
            version: None,
            library_path: None,
            providers: Vec::new(),
            problem: Some(error.to_string()),
            fingerprint,
        },
    }
}

/// A version's model, loaded once however many ask, with a pool for serving.
pub(crate) async fn load(ctx: &Context, files: &MaterialisedModel) -> Result<Arc<CachedModel>> {
    let options = ModelOptions {
        pool_size: POOL_SIZE,
        ..ModelOptions::default()
    };
    let key = ModelKey {
        content: files.digest.clone(),
        options,
    };
    let (ctx, path) = (ctx.clone(), files.onnx_path.clone());
    blocking(move || Ok(ctx.inference_engine()?.load(&key, &path)?)).await
}

/// Work that computes or waits for the disk, away from the threads that answer requests.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) => Err(ServiceError::state(format!(
            "the work was stopped before it ended: {stopped}"
        ))),
    }
}

/// `CPU`, `CUDA`: as people write them.
pub(crate) fn provider_label(provider: Provider) -> String {
    match provider {
        Provider::Cpu => "CPU",
        Provider::Cuda => "CUDA",
        Provider::TensorRt => "TensorRT",
        Provider::DirectMl => "DirectML",
        Provider::CoreMl => "CoreML",
        Provider::WebGpu => "WebGPU",
    }
    .to_owned()
}
