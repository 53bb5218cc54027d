//! Endpoints from a `models.toml`, without a registry entry of their own: `drydock serve`.

use std::path::Path;
use std::sync::Arc;

use engine::config::Selector;
use engine::{InferenceEngine, ModelConfig, ModelKey, ModelSource, ModelsConfig, Runtime};

use crate::Context;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::models::{MaterialisedModel, hash_file, materialise};
use crate::registry::version_by_alias;
use crate::serving::{LiveEndpoint, Served};

/// A model of the configuration that answers now.
#[derive(Debug, Clone)]
pub struct Configured {
    pub name: String,
    pub address: String,
    /// Where the nodes really run, such as `12 on cpu`.
    pub placement: String,
    pub load_ms: f64,
}

/// Opens an endpoint for every model of the file; all of them answer, or none stays open.
pub async fn serve_configured(
    ctx: &Context,
    path: &Path,
    first_port: u16,
) -> Result<Vec<Configured>> {
    let config = ModelsConfig::read(path)?;
    let budget_bytes = config.memory_budget_bytes;
    let engine = blocking(move || {
        Ok(Arc::new(InferenceEngine::new(
            Runtime::load(None)?,
            budget_bytes,
        )))
    })
    .await?;
    let mut opened = Vec::new();
    for (model, port) in config.models.iter().zip(first_port..) {
        match open(ctx, &engine, model, port).await {
            Ok(configured) => opened.push(configured),
            Err(error) => {
                ctx.serving.close_all();
                return Err(error);
            }
        }
    }
    Ok(opened)
}

async fn open(
    ctx: &Context,
    engine: &Arc<InferenceEngine>,
    model: &ModelConfig,
    port: u16,
) -> Result<Configured> {
    let (files, version) = locate(ctx, &model.source).await?;
    let key = ModelKey {
        content: files.digest.clone(),
        options: model.options.clone(),
    };
    let (loader, onnx_path) = (Arc::clone(engine), files.onnx_path.clone());
    let loaded = blocking(move || Ok(loader.load(&key, &onnx_path)?)).await?;
    let report = loaded.loaded();
    let placed = report
        .provider
        .placements
        .iter()
        .map(|p| format!("{} on {}", p.nodes, p.provider));
    let placement = placed.collect::<Vec<_>>().join(", ");
    let load_ms = report.load_ms;
    let served = Served::from_files(&model.name, version, &files, loaded).await;
    let endpoint = LiveEndpoint::new(&model.name, served, ctx.clock());
    let address = ctx.serving.open(endpoint, port).await?;
    Ok(Configured {
        name: model.name.clone(),
        address: format!("http://{address}"),
        placement,
        load_ms,
    })
}

/// A file counts as version 1 of itself.
async fn locate(ctx: &Context, source: &ModelSource) -> Result<(MaterialisedModel, i64)> {
    match source {
        ModelSource::File(path) => {
            let digest = hash_file(path).await.ok_or_else(|| {
                ServiceError::not_found(format!("{} cannot be read", path.display()))
            })?;
            Ok((MaterialisedModel::of_file(path.clone(), digest), 1))
        }
        ModelSource::Registry { name, selector } => {
            let version = match selector {
                Selector::Version(version) => *version,
                Selector::Alias(alias) => version_by_alias(ctx, name, alias).await?.version,
            };
            Ok((materialise(ctx, name, version).await?, version))
        }
    }
}
