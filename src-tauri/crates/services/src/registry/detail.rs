//! A model with its versions and history, and one version with its files, signature, evidence and endpoint.

use onnx::TensorInfo;
use serde::{Deserialize, Serialize};
use store::registry as rows;

use super::find::{get_version_row, missing};
use super::versions::{describe_version, describe_versions};
use super::view::{
    ModelDetail, ModelVersion, RegisteredModel, StageTransition, VersionInput, model_views,
};
use crate::Context;
use crate::deployment::{Endpoint, GateReport, latest_report, list_endpoints};
use crate::error::Result;
use crate::models::{ModelFile, version_manifest};

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct VersionDetail {
    pub version: ModelVersion,
    pub files: Vec<ModelFile>,
    pub inputs: Vec<TensorInfo>,
    pub outputs: Vec<TensorInfo>,
    pub evidence: Option<GateReport>,
    pub endpoint: Option<Endpoint>,
    /// Why files or signature are missing.
    pub problem: Option<String>,
}

/// A version whose files cannot be read is still shown, with the reason.
pub async fn version_detail(ctx: &Context, input: VersionInput) -> Result<VersionDetail> {
    let row = get_version_row(ctx, &input.name, input.version).await?;
    let manifest = version_manifest(ctx, &row).await;
    let (files, mut problem) = match manifest {
        Ok(manifest) => (manifest.files, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let mut signature = (Vec::new(), Vec::new());
    if problem.is_none() {
        match crate::inspection::inspect_version(ctx, input.clone()).await {
            Ok(report) => signature = (report.inputs, report.outputs),
            Err(error) => problem = Some(error.to_string()),
        }
    }
    let endpoints = list_endpoints(ctx).await?;
    Ok(VersionDetail {
        version: describe_version(ctx, row).await?,
        files,
        inputs: signature.0,
        outputs: signature.1,
        evidence: latest_report(ctx, &input.name, input.version).await?,
        endpoint: endpoints
            .into_iter()
            .find(|e| e.model_name == input.name && e.version == input.version),
        problem,
    })
}

pub async fn model_detail(ctx: &Context, name: &str) -> Result<ModelDetail> {
    let view = model_views(ctx.store.pool(), Some(name))
        .await?
        .pop()
        .ok_or_else(|| missing(name))?;
    let transitions = rows::transitions(ctx.store.pool(), name).await?;
    Ok(ModelDetail {
        model: RegisteredModel::from(&view),
        versions: describe_versions(ctx, view.versions).await?,
        transitions: transitions.into_iter().map(StageTransition::from).collect(),
    })
}
