//! Every attempt to change what serves, with its actor, reason and outcome.

use domain::audit::Actor;
use domain::deployment::{DeploymentAction, DeploymentOutcome};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::deployment::{self as rows, DeploymentRow, EndpointRow};

use crate::Context;
use crate::audit::note;
use crate::error::Result;

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    pub deployment_id: String,
    pub endpoint: String,
    pub model_name: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    pub digest: String,
    pub action: DeploymentAction,
    pub outcome: DeploymentOutcome,
    pub reason: String,
    pub actor: String,
    pub detail: String,
    #[specta(type = specta_typescript::Number)]
    pub at_ms: i64,
    #[specta(type = specta_typescript::Number)]
    pub took_ms: i64,
}

/// What the history says of a change.
pub(super) struct Told<'a> {
    pub action: DeploymentAction,
    pub outcome: DeploymentOutcome,
    pub reason: &'a str,
    pub detail: &'a str,
}

pub(super) async fn record(
    tx: &mut Tx,
    actor: &Actor,
    endpoint: &EndpointRow,
    told: &Told<'_>,
    now_ms: i64,
    took_ms: i64,
) -> Result<()> {
    let row = DeploymentRow {
        deployment_id: uuid::Uuid::now_v7().to_string(),
        endpoint: endpoint.name.clone(),
        model_name: endpoint.model_name.clone(),
        version: endpoint.version,
        digest: endpoint.digest.clone(),
        action: told.action.to_string(),
        outcome: told.outcome.to_string(),
        reason: told.reason.to_owned(),
        actor: actor.name.clone(),
        detail: told.detail.to_owned(),
        at_ms: now_ms,
        took_ms,
    };
    rows::insert_deployment(tx, &row).await?;
    let subject = format!("endpoint/{}", endpoint.name);
    let action = format!("endpoint.{}", told.action);
    let detail = format!(
        "v{} {}: {} {}",
        endpoint.version, told.outcome, told.reason, told.detail
    );
    Ok(note(tx, now_ms, actor, &action, &subject, &detail).await?)
}

/// Newest first.
pub async fn list_deployments(ctx: &Context) -> Result<Vec<Deployment>> {
    let corrupt =
        |row: &DeploymentRow, column: &'static str, problem: String| store::StoreError::Corrupt {
            table: "deployments",
            column,
            row: row.deployment_id.clone(),
            problem,
        };
    let mut found = Vec::new();
    for row in rows::deployments(ctx.store.pool(), 200).await? {
        let action = row.action.parse().map_err(|e| corrupt(&row, "action", e))?;
        let outcome = row
            .outcome
            .parse()
            .map_err(|e| corrupt(&row, "outcome", e))?;
        found.push(Deployment {
            deployment_id: row.deployment_id,
            endpoint: row.endpoint,
            model_name: row.model_name,
            version: row.version,
            digest: row.digest,
            action,
            outcome,
            reason: row.reason,
            actor: row.actor,
            detail: row.detail,
            at_ms: row.at_ms,
            took_ms: row.took_ms,
        });
    }
    Ok(found)
}
