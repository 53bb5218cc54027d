//! Traces read back: one, several, by search.

use std::time::Duration;

use domain::search::Entity;
use domain::traces::{Trace, TraceId, TraceInfo};
use store::traces::{self as rows, spans as span_rows};

use super::missing;
use crate::error::{Result, ServiceError};
use crate::{Context, Paged, SearchQuery};

const TRACES_PER_PAGE_MAX: i64 = 500;
const TRACES_AT_ONCE_MAX: usize = 500;

pub async fn search_traces(ctx: &Context, query: SearchQuery) -> Result<Paged<TraceInfo>> {
    let wanted = query.read(Entity::Traces, TRACES_PER_PAGE_MAX)?;
    let pool = ctx.store.reading().await?;
    let found = rows::search(
        &pool,
        &wanted.experiment_ids,
        wanted.filter.as_ref(),
        &wanted.order,
        wanted.window.with_lookahead(),
    )
    .await?;
    Ok(wanted.window.finish(found))
}

pub async fn trace_info(ctx: &Context, id: &str) -> Result<TraceInfo> {
    let id = TraceId::parse(id)?;
    rows::by_id(ctx.store.pool(), &id)
        .await?
        .ok_or_else(|| missing(&id))
}

fn parsed(ids: &[String]) -> Result<Vec<TraceId>> {
    if ids.len() > TRACES_AT_ONCE_MAX {
        return Err(ServiceError::invalid(
            "trace_ids",
            format!("At most {TRACES_AT_ONCE_MAX} traces are read at once."),
        ));
    }
    let mut parsed: Vec<TraceId> = Vec::with_capacity(ids.len());
    for id in ids {
        let id = TraceId::parse(id)?;
        if !parsed.contains(&id) {
            parsed.push(id);
        }
    }
    Ok(parsed)
}

/// The heads of those traces that are there.
pub async fn trace_infos(ctx: &Context, ids: &[String]) -> Result<Vec<TraceInfo>> {
    let pool = ctx.store.reading().await?;
    Ok(rows::by_ids(&pool, &parsed(ids)?).await?)
}

/// Those of the traces whose spans are all here.
pub async fn traces(ctx: &Context, ids: &[String]) -> Result<Vec<Trace>> {
    let pool = ctx.store.reading().await?;
    let infos = rows::by_ids(&pool, &parsed(ids)?).await?;
    let mut traces = with_spans(&pool, infos).await?;
    traces.retain(is_complete);
    Ok(traces)
}

async fn with_spans(pool: &store::Pool, infos: Vec<TraceInfo>) -> Result<Vec<Trace>> {
    let ids: Vec<&str> = infos.iter().map(|info| info.id.as_str()).collect();
    let mut spans = span_rows::of_traces(pool, &ids).await?;
    let traces = infos.into_iter().map(|info| Trace {
        spans: spans.remove(info.id.as_str()).unwrap_or_default(),
        info,
    });
    Ok(traces.collect())
}

fn is_complete(trace: &Trace) -> bool {
    let here = i64::try_from(trace.spans.len()).unwrap_or(i64::MAX);
    here > 0 && here >= trace.info.spans_announced().unwrap_or(0)
}

/// A trace with its spans. Clients send the trace and its spans separately: a trace whose spans are still under way is
/// waited for, unless a part of it will do.
pub async fn trace(ctx: &Context, id: &str, allow_partial: bool) -> Result<Trace> {
    const ATTEMPTS: u32 = 15;
    const PAUSE: Duration = Duration::from_millis(200);
    let id = TraceId::parse(id)?;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let pool = ctx.store.pool();
        let info = rows::by_id(pool, &id).await?.ok_or_else(|| missing(&id))?;
        let found = with_spans(pool, vec![info]).await?.pop();
        if let Some(trace) = found.filter(|trace| allow_partial || is_complete(trace)) {
            return Ok(trace);
        }
    }
    Err(ServiceError::not_found(format!(
        "Trace with ID {id} is not fully exported yet, please try again later."
    )))
}
