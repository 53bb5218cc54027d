//! Endpoints as their owner sees them: listed, stopped, started, rolled back, tried, and brought up again after a restart.

use std::time::Instant;

use domain::audit::Actor;
use domain::deployment::{DeploymentAction, DeploymentOutcome, Desired, Environment};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use store::StoreError;
use store::deployment::{self as rows, EndpointRow};

use super::history::{Told, record};
use super::switch::{stage_up, stand_down};
use crate::error::{Result, ServiceError};
use crate::models::materialise;
use crate::monitoring::{EndpointStats, RequestLog};
use crate::serving::{LiveEndpoint, Served};
use crate::{ChangeKind, Context};

/// The window that a card shows.
const CARD_WINDOW_S: u32 = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum EndpointState {
    /// Wanted, and being loaded: just after the app was opened.
    Starting,
    Running,
    Stopped,
    Failed,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    pub name: String,
    pub environment: Environment,
    pub model_name: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    pub digest: String,
    pub state: EndpointState,
    pub problem: Option<String>,
    pub address: Option<String>,
    pub provider: String,
    pub pool_size: u32,
    #[specta(type = Option<specta_typescript::Number>)]
    pub started_at_ms: Option<i64>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub previous_version: Option<i64>,
    pub stats: EndpointStats,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct EndpointInput {
    pub endpoint: String,
    pub reason: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TryInput {
    pub endpoint: String,
    pub body: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TryAnswer {
    pub status: u16,
    pub body: String,
    #[specta(type = specta_typescript::Number)]
    pub took_ms: f64,
}

pub async fn list_endpoints(ctx: &Context) -> Result<Vec<Endpoint>> {
    let rows = rows::endpoints(ctx.store.pool()).await?;
    rows.into_iter()
        .map(|row| describe_endpoint(ctx, row))
        .collect()
}

/// What the database asks for, joined with what this process runs.
pub(super) fn describe_endpoint(ctx: &Context, row: EndpointRow) -> Result<Endpoint> {
    let corrupt = |column, problem| StoreError::Corrupt {
        table: "endpoints",
        column,
        row: row.name.clone(),
        problem,
    };
    let environment: Environment = row
        .environment
        .parse()
        .map_err(|e| corrupt("environment", e))?;
    let desired: Desired = row.desired.parse().map_err(|e| corrupt("desired", e))?;
    let live = ctx.serving.get(&row.name);
    let problem = ctx.serving.problem(&row.name);
    let state = match (desired, &live) {
        (_, Some(_)) => EndpointState::Running,
        (Desired::Running, None) if problem.is_some() => EndpointState::Failed,
        (Desired::Running, None) => EndpointState::Starting,
        (Desired::Stopped, None) => EndpointState::Stopped,
    };
    let now_ms = ctx.now_ms();
    let served = live.as_ref().map(|e| e.served());
    let stats = match &live {
        Some(endpoint) => endpoint.log.stats(now_ms, CARD_WINDOW_S),
        None => RequestLog::new(now_ms).stats(now_ms, CARD_WINDOW_S),
    };
    Ok(Endpoint {
        state,
        environment,
        problem,
        address: live
            .as_ref()
            .and_then(|e| e.address())
            .map(|a| format!("http://{a}")),
        provider: served.as_ref().map(|s| providers_of(s)).unwrap_or_default(),
        pool_size: served
            .as_ref()
            .map_or(0, |s| s.model.options().pool_size as u32),
        started_at_ms: live.as_ref().map(|e| e.started_at_ms),
        stats,
        name: row.name,
        model_name: row.model_name,
        version: row.version,
        digest: row.digest,
        previous_version: row.previous_version,
    })
}

/// Where the nodes of the served model really run: `cpu`, or `cuda + cpu`.
fn providers_of(served: &Served) -> String {
    let placed = served.model.loaded().provider.placements.iter();
    placed
        .map(|p| p.provider.as_str())
        .collect::<Vec<_>>()
        .join(" + ")
}

async fn endpoint_row(ctx: &Context, name: &str) -> Result<EndpointRow> {
    rows::endpoint(ctx.store.pool(), name)
        .await?
        .ok_or_else(|| ServiceError::not_found(format!("there is no endpoint named {name}")))
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
        .filter(|row| row.desired == Desired::Running.as_str())
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

pub async fn endpoint_stats(ctx: &Context, name: &str, window_s: u32) -> Result<EndpointStats> {
    let row = endpoint_row(ctx, name).await?;
    let now_ms = ctx.now_ms();
    Ok(match ctx.serving.get(&row.name) {
        Some(endpoint) => endpoint.log.stats(now_ms, window_s),
        None => RequestLog::new(now_ms).stats(now_ms, window_s),
    })
}

/// A body for `/invocations`: the input example that was logged with what is served now.
pub fn example_request(ctx: &Context, name: &str) -> Result<String> {
    let served = running(ctx, name)?.served();
    served.example.clone().ok_or_else(|| {
        ServiceError::not_found(format!(
            "{} v{} was logged without an input example; write a body such as {{\"inputs\": [[...]]}}",
            served.model_name, served.version
        ))
    })
}

/// Sends a body to the endpoint's own `/invocations` over loopback: what "Try it" shows is what any client gets.
pub async fn try_endpoint(ctx: &Context, input: TryInput) -> Result<TryAnswer> {
    let endpoint = running(ctx, &input.endpoint)?;
    let address = endpoint.address().ok_or_else(|| {
        ServiceError::state(format!("endpoint {} has no port yet", input.endpoint))
    })?;
    let failed = |e: reqwest::Error| ServiceError::Unavailable {
        message: format!(
            "endpoint {} did not answer at {address}: {e}",
            input.endpoint
        ),
        hint: "look at its state on the Deployment tab".to_owned(),
    };
    let started = Instant::now();
    let answer = reqwest::Client::new()
        .post(format!("http://{address}/invocations"))
        .header("content-type", "application/json")
        .body(input.body)
        .send()
        .await
        .map_err(failed)?;
    let status = answer.status().as_u16();
    let body = answer.text().await.map_err(failed)?;
    Ok(TryAnswer {
        status,
        body,
        took_ms: started.elapsed().as_secs_f64() * 1000.0,
    })
}

fn running(ctx: &Context, name: &str) -> Result<std::sync::Arc<LiveEndpoint>> {
    ctx.serving.get(name).ok_or_else(|| {
        let why = ctx
            .serving
            .problem(name)
            .map(|p| format!(": {p}"))
            .unwrap_or_default();
        ServiceError::state(format!("endpoint {name} is not running{why}"))
    })
}
