//! Endpoints as their owner sees them: what the database asks for, joined with what this process runs.

use domain::deployment::{Desired, Environment};
use serde::{Deserialize, Serialize};
use store::StoreError;
use store::deployment::{self as rows, EndpointRow};

use super::hosting::{Hosts, ServedBy, is_elsewhere};
use crate::Context;
use crate::error::{Result, ServiceError};
use crate::monitoring::{EndpointStats, RequestLog};
use crate::serving::Served;

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
    /// Served by another machine of the team.
    Elsewhere,
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
    /// The machine that serves it, when it is not this one.
    pub served_by: Option<ServedBy>,
    pub stats: EndpointStats,
}

pub async fn list_endpoints(ctx: &Context) -> Result<Vec<Endpoint>> {
    let hosts = Hosts::read(ctx).await?;
    let rows = rows::endpoints(ctx.store.pool()).await?;
    rows.into_iter()
        .map(|row| describe(ctx, row, &hosts))
        .collect()
}

/// An endpoint that this process has just changed.
pub(super) fn describe_endpoint(ctx: &Context, row: EndpointRow) -> Result<Endpoint> {
    describe(ctx, row, &Hosts::default())
}

/// What the database asks for, joined with what this process runs.
fn describe(ctx: &Context, row: EndpointRow, hosts: &Hosts) -> Result<Endpoint> {
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
        (Desired::Running, None) if is_elsewhere(ctx, &row) => EndpointState::Elsewhere,
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
    let served_by = match state {
        EndpointState::Elsewhere => hosts.serving(&row),
        _ => None,
    };
    Ok(Endpoint {
        state,
        served_by,
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

pub(super) async fn endpoint_row(ctx: &Context, name: &str) -> Result<EndpointRow> {
    rows::endpoint(ctx.store.pool(), name)
        .await?
        .ok_or_else(|| ServiceError::not_found(format!("there is no endpoint named {name}")))
}

pub async fn endpoint_stats(ctx: &Context, name: &str, window_s: u32) -> Result<EndpointStats> {
    let row = endpoint_row(ctx, name).await?;
    let now_ms = ctx.now_ms();
    Ok(match ctx.serving.get(&row.name) {
        Some(endpoint) => endpoint.log.stats(now_ms, window_s),
        None => RequestLog::new(now_ms).stats(now_ms, window_s),
    })
}
