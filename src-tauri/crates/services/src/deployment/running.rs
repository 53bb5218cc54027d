//! Keeping endpoints as their owner wants them: stopped, started, rolled back, and brought up again after a restart.

use std::net::SocketAddr;

use domain::audit::Actor;
use domain::deployment::{DeploymentAction, DeploymentOutcome, Desired};
use serde::{Deserialize, Serialize};
use store::deployment::{self as rows, EndpointRow};

use super::endpoint::{Endpoint, describe_endpoint, endpoint_row};
use super::history::{Told, record};
use super::hosting::{is_elsewhere, may_change, own_host};
use super::staging::{stage_up, stand_down};
use crate::error::{Result, ServiceError};
use crate::models::materialise;
use crate::serving::{LiveEndpoint, Served};
use crate::{ChangeKind, Context};

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct EndpointInput {
    pub endpoint: String,
    pub reason: String,
}

/// Opens a port for a loaded version: the port it had before, else any.
pub(super) async fn serve(
    ctx: &Context,
    name: &str,
    served: Served,
    port: i64,
) -> Result<SocketAddr> {
    let endpoint = LiveEndpoint::new(name, served, ctx.clock());
    ctx.serving
        .open(endpoint, u16::try_from(port).unwrap_or(0))
        .await
}

async fn load(ctx: &Context, model: &str, version: i64) -> Result<Served> {
    let files = materialise(ctx, model, version).await?;
    let loaded = crate::engine::load(ctx, &files).await?;
    Ok(Served::from_files(model, version, &files, loaded).await)
}

/// Brings up every endpoint that should run and does not: after a start of the app, or of the server.
pub async fn reconcile(ctx: &Context) {
    let wanted = match rows::endpoints(ctx.store.pool()).await {
        Ok(rows) => rows,
        Err(error) => {
            tracing::error!(%error, "the endpoints could not be read");
            return;
        }
    };
    for row in wanted
        .into_iter()
        .filter(|row| row.desired == Desired::Running.as_str() && !is_elsewhere(ctx, row))
    {
        let _one_at_a_time = ctx.serving.switching.lock().await;
        if ctx.serving.get(&row.name).is_some() {
            continue;
        }
        if let Err(error) = bring_up(ctx, &row).await {
            tracing::error!(endpoint = row.name, %error, "an endpoint could not be brought up");
            ctx.serving.failed(&row.name, error.to_string());
        }
        ctx.publish([ChangeKind::Endpoints.of(&row.name)]);
    }
}

async fn bring_up(ctx: &Context, row: &EndpointRow) -> Result<()> {
    let served = load(ctx, &row.model_name, row.version).await?;
    if served.digest != row.digest {
        return Err(ServiceError::state(format!(
            "v{} has other files now than when it was deployed; deploy it again",
            row.version
        )));
    }
    serve(ctx, &row.name, served, row.port).await?;
    Ok(())
}

/// Back to the version that served before, with its stage: one transaction, then the swap.
pub async fn rollback_endpoint(
    ctx: &Context,
    actor: &Actor,
    input: EndpointInput,
) -> Result<Endpoint> {
    let _one_at_a_time = ctx.serving.switching.lock().await;
    let started_ms = ctx.now_ms();
    let old = endpoint_row(ctx, &input.endpoint).await?;
    may_change(ctx, &old).await?;
    let target = old.previous_version.ok_or_else(|| {
        ServiceError::state(format!(
            "{} has served no version before v{}; there is nothing to roll back to",
            old.name, old.version
        ))
    })?;
    let served = load(ctx, &old.model_name, target).await?;
    let live = ctx.serving.get(&old.name);
    let address = match live.as_ref().and_then(|e| e.address()) {
        Some(address) => address,
        None => serve(ctx, &old.name, served.clone(), old.port).await?,
    };
    let now_ms = ctx.now_ms();
    let row = EndpointRow {
        version: target,
        digest: served.digest.clone(),
        desired: Desired::Running.as_str().to_owned(),
        port: i64::from(address.port()),
        previous_version: None,
        updated_at_ms: now_ms,
        host_id: own_host(ctx),
        ..old.clone()
    };
    let mut tx = ctx.store.begin().await?;
    store::registry::lock_model(&mut tx, &row.model_name).await?;
    let leaving = format!("rolled back to v{target}: {}", input.reason);
    stand_down(&mut tx, ctx, actor, &row.model_name, old.version, &leaving).await?;
    stage_up(
        &mut tx,
        ctx,
        actor,
        &row.model_name,
        target,
        &format!("rolled back from v{}", old.version),
    )
    .await?;
    rows::save_endpoint(&mut tx, &row).await?;
    rows::retire_live(
        &mut tx,
        &row.name,
        &DeploymentOutcome::RolledBack.to_string(),
    )
    .await?;
    let detail = format!("from v{}", old.version);
    let told = Told {
        action: DeploymentAction::Rollback,
        outcome: DeploymentOutcome::Live,
        reason: &input.reason,
        detail: &detail,
    };
    record(&mut tx, actor, &row, &told, now_ms, now_ms - started_ms).await?;
    tx.commit().await?;
    if let Some(live) = live {
        live.swap(served);
    }
    told_all(ctx, &row);
    describe_endpoint(ctx, row)
}

pub async fn stop_endpoint(ctx: &Context, actor: &Actor, input: EndpointInput) -> Result<Endpoint> {
    let _one_at_a_time = ctx.serving.switching.lock().await;
    let now_ms = ctx.now_ms();
    let mut row = endpoint_row(ctx, &input.endpoint).await?;
    may_change(ctx, &row).await?;
    row.desired = Desired::Stopped.as_str().to_owned();
    row.updated_at_ms = now_ms;
    let mut tx = ctx.store.begin().await?;
    rows::save_endpoint(&mut tx, &row).await?;
    rows::retire_live(&mut tx, &row.name, &DeploymentOutcome::Stopped.to_string()).await?;
    let told = Told {
        action: DeploymentAction::Stop,
        outcome: DeploymentOutcome::Stopped,
        reason: &input.reason,
        detail: "",
    };
    record(&mut tx, actor, &row, &told, now_ms, 0).await?;
    tx.commit().await?;
    ctx.serving.close(&row.name);
    told_all(ctx, &row);
    describe_endpoint(ctx, row)
}

pub async fn start_endpoint(
    ctx: &Context,
    actor: &Actor,
    input: EndpointInput,
) -> Result<Endpoint> {
    let _one_at_a_time = ctx.serving.switching.lock().await;
    let started_ms = ctx.now_ms();
    let mut row = endpoint_row(ctx, &input.endpoint).await?;
    may_change(ctx, &row).await?;
    row.host_id = own_host(ctx);
    if ctx.serving.get(&row.name).is_none() {
        bring_up(ctx, &row).await?;
    }
    let now_ms = ctx.now_ms();
    row.desired = Desired::Running.as_str().to_owned();
    row.updated_at_ms = now_ms;
    let mut tx = ctx.store.begin().await?;
    rows::save_endpoint(&mut tx, &row).await?;
    rows::retire_live(&mut tx, &row.name, &DeploymentOutcome::Replaced.to_string()).await?;
    let told = Told {
        action: DeploymentAction::Start,
        outcome: DeploymentOutcome::Live,
        reason: &input.reason,
        detail: "",
    };
    record(&mut tx, actor, &row, &told, now_ms, now_ms - started_ms).await?;
    tx.commit().await?;
    told_all(ctx, &row);
    describe_endpoint(ctx, row)
}

fn told_all(ctx: &Context, row: &EndpointRow) {
    ctx.publish([
        ChangeKind::Endpoints.any(),
        ChangeKind::Deployments.any(),
        ChangeKind::Models.of(&row.model_name),
    ]);
}
