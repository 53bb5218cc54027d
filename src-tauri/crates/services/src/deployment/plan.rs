//! What a deployment would change, told before anything runs.

use domain::deployment::Environment;
use domain::gates::AskedGate;
use domain::registry::{Stage, StagePolicy};
use serde::{Deserialize, Serialize};

use crate::Context;
use crate::error::Result;
use crate::gates::{GateFileRef, gate_file};
use crate::registry::{VersionInput, get_version_row};

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanSide {
    #[specta(type = Option<specta_typescript::Number>)]
    pub version: Option<i64>,
    pub stage: Option<Stage>,
    pub digest: Option<String>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub size_bytes: Option<i64>,
    pub address: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentPlan {
    pub model_name: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    pub endpoint_name: String,
    pub now: Option<PlanSide>,
    pub after: PlanSide,
    /// What is asked before anything changes.
    pub asked: Vec<AskedGate>,
    pub gate_file: GateFileRef,
    /// Why the deployment cannot begin.
    pub blocked: Option<String>,
    /// What stays as it is if a gate fails.
    pub safe: String,
}

pub async fn plan_deployment(ctx: &Context, input: VersionInput) -> Result<DeploymentPlan> {
    let row = get_version_row(ctx, &input.name, input.version).await?;
    let endpoint_name = Environment::Staging.endpoint_name(&input.name);
    let live = ctx.serving.get(&endpoint_name);
    let standing = store::deployment::endpoint(ctx.store.pool(), &endpoint_name).await?;
    let address = live
        .as_ref()
        .and_then(|e| e.address())
        .map(|a| format!("http://{a}"));
    let mut now = None;
    if let Some(endpoint) = standing.filter(|e| e.desired == "running") {
        let version =
            store::registry::version(ctx.store.pool(), &endpoint.model_name, endpoint.version)
                .await?;
        now = Some(PlanSide {
            version: Some(endpoint.version),
            stage: version.as_ref().map(|v| v.stage.0),
            digest: Some(endpoint.digest),
            size_bytes: version.and_then(|v| v.size_bytes),
            address: address.clone(),
        });
    }
    let safe = match now.as_ref().and_then(|side| side.version) {
        Some(version) => format!("If any step fails, v{version} stays live and nothing changes."),
        None => "If any step fails, no endpoint starts and nothing changes.".to_owned(),
    };
    let gates = gate_file(ctx, &input.name).await?;
    Ok(DeploymentPlan {
        asked: gates.asked,
        gate_file: gates.about,
        blocked: blocked(row.stage.0, ctx.workspace.stage_policy),
        after: PlanSide {
            version: Some(row.version),
            stage: Some(Stage::Staging),
            digest: row.digest,
            size_bytes: row.size_bytes,
            address,
        },
        model_name: row.name,
        version: row.version,
        endpoint_name,
        now,
        safe,
    })
}

/// A version reaches Staging from None or Archived, or stands there already. Production is never pulled by a deployment.
pub(super) fn blocked(stage: Stage, policy: StagePolicy) -> Option<String> {
    match stage {
        Stage::Production => Some(
            "this version is in Production; roll it back to Staging in the registry first"
                .to_owned(),
        ),
        Stage::Staging => None,
        Stage::None | Stage::Archived => stage
            .advance(Stage::Staging, policy)
            .err()
            .map(|illegal| illegal.to_string()),
    }
}
