//! A model with its versions and history, and one version with its files, signature, evidence and endpoint.

use serde::{Deserialize, Serialize};
use store::registry as rows;

use super::find::{get_version_row, missing};
use super::signature::{self, Signature};
use super::versions::{describe_version, describe_versions};
use super::view::{
    ModelDetail, ModelVersion, RegisteredModel, StageTransition, VersionInput, model_views,
};
use crate::Context;
use crate::deployment::{Endpoint, list_endpoints};
use crate::error::Result;
use crate::gates::{GateReport, latest_report};
use crate::models::{ModelFile, version_manifest};

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct VersionDetail {
    pub version: ModelVersion,
    pub files: Vec<ModelFile>,
    pub signature: Option<Signature>,
    pub evidence: Option<GateReport>,
    pub endpoint: Option<Endpoint>,
    /// Why there is no signature, where that is no failure.
    pub signature_note: Option<String>,
    /// Why files or signature cannot be read.
    pub problem: Option<String>,
}

/// A version whose files cannot be read is still shown, with the reason.
pub async fn version_detail(ctx: &Context, input: VersionInput) -> Result<VersionDetail> {
    let row = get_version_row(ctx, &input.name, input.version).await?;
    let (mut files, mut signature) = (Vec::new(), None);
    let (mut signature_note, mut problem) = (None, None);
    match version_manifest(ctx, &row).await {
        Ok(manifest) => {
            match signature::of_version(ctx, &input, &manifest).await {
                Ok(Ok(told)) => signature = Some(told),
                Ok(Err(note)) => signature_note = Some(note),
                Err(error) => problem = Some(error.to_string()),
            }
            files = manifest.files;
        }
        Err(error) => problem = Some(error.to_string()),
    }
    let endpoints = list_endpoints(ctx).await?;
    Ok(VersionDetail {
        version: describe_version(ctx, row).await?,
        files,
        signature,
        signature_note,
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
