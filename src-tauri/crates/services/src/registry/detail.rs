//! One version with its files, signature, evidence and endpoint: the inspector's view.

use onnx::TensorInfo;
use serde::{Deserialize, Serialize};

use super::versions::{describe_version, get_version_row};
use super::view::ModelVersion;
use crate::Context;
use crate::deployment::{Endpoint, GateReport, VersionInput, latest_report, list_endpoints};
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
