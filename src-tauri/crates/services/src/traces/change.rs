//! What may be done to a trace later: tags, links, deletion.

use domain::audit::Actor;
use domain::traces::TraceId;
use domain::tracking::{ExperimentId, RunId};
use store::traces as rows;
use store::tracking::labels::{self, Labels};
use store::tracking::runs;

use super::{checked_tag, is_servers_own, locked};
use crate::artifacts::OwnedFolders;
use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context, audit};

const LINKS_MAX: usize = 100;
const DELETED_AT_ONCE_MAX: i64 = 10_000;

pub async fn set_trace_tag(ctx: &Context, id: &str, key: &str, value: &str) -> Result<()> {
    let id = TraceId::parse(id)?;
    must_be_free(key)?;
    let (key, value) = checked_tag(key, value)?;
    let mut tx = ctx.store.begin().await?;
    let row = locked(&mut tx, &id).await?;
    let tag = [(key.as_str(), value.as_str())];
    labels::set(&mut tx, Labels::TraceTags, id.as_str(), tag).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Traces.of(row.experiment_id.as_str())]);
    Ok(())
}

pub async fn delete_trace_tag(ctx: &Context, id: &str, key: &str) -> Result<()> {
    let id = TraceId::parse(id)?;
    must_be_free(key)?;
    let mut tx = ctx.store.begin().await?;
    let row = locked(&mut tx, &id).await?;
    if !labels::delete(&mut tx, Labels::TraceTags, id.as_str(), key).await? {
        return Err(ServiceError::not_found(format!(
            "No trace tag with key '{key}' for trace with ID '{id}'"
        )));
    }
    tx.commit().await?;
    ctx.publish([ChangeKind::Traces.of(row.experiment_id.as_str())]);
    Ok(())
}

fn must_be_free(key: &str) -> Result<()> {
    if is_servers_own(key) {
        return Err(ServiceError::invalid(
            "key",
            format!("The tag '{key}' says where the trace is kept: it cannot be changed."),
        ));
    }
    Ok(())
}

/// Says that traces belong to a run. Traces that are not there are left out, as MLflow does.
pub async fn link_to_run(ctx: &Context, trace_ids: &[String], run_id: &str) -> Result<()> {
    if trace_ids.len() > LINKS_MAX {
        return Err(ServiceError::invalid(
            "trace_ids",
            format!(
                "Cannot link more than {LINKS_MAX} traces to a run in a single request. Provided {} traces.",
                trace_ids.len()
            ),
        ));
    }
    let run_id = RunId::parse(run_id)?;
    let mut ids = trace_ids
        .iter()
        .map(|id| TraceId::parse(id))
        .collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    let run = runs::info(ctx.store.pool(), &run_id)
        .await?
        .ok_or_else(|| ServiceError::not_found(format!("Run with id={run_id} not found")))?;
    let mut tx = ctx.store.begin().await?;
    for id in &ids {
        if rows::lock(&mut tx, id).await?.is_some() {
            rows::link(&mut tx, id, "run", run_id.as_str()).await?;
        }
    }
    tx.commit().await?;
    ctx.publish([ChangeKind::Traces.of(run.experiment_id.as_str())]);
    Ok(())
}

/// Says which prompts, `(name, version)`, a trace used.
pub async fn link_prompts(
    ctx: &Context,
    trace_id: &str,
    prompts: &[(String, String)],
) -> Result<()> {
    let id = TraceId::parse(trace_id)?;
    if prompts.len() > LINKS_MAX {
        return Err(ServiceError::invalid(
            "prompt_versions",
            format!("At most {LINKS_MAX} prompts are linked at once."),
        ));
    }
    let mut tx = ctx.store.begin().await?;
    let row = locked(&mut tx, &id).await?;
    for (name, version) in prompts {
        let target = format!("{name}/{version}");
        if target.len() > 1000 {
            return Err(ServiceError::invalid(
                "prompt_versions",
                "The name of a prompt is too long.",
            ));
        }
        rows::link(&mut tx, &id, "prompt", &target).await?;
    }
    tx.commit().await?;
    ctx.publish([ChangeKind::Traces.of(row.experiment_id.as_str())]);
    Ok(())
}

/// Which traces of an experiment go: those named, or the oldest up to a time.
#[derive(Debug, Clone, Default)]
pub struct DeleteTraces {
    pub experiment_id: String,
    pub trace_ids: Vec<String>,
    pub until_ms: Option<i64>,
    pub traces_max: Option<i64>,
}

/// Deletes traces for good; returns how many.
pub async fn delete_traces(ctx: &Context, actor: &Actor, wanted: DeleteTraces) -> Result<usize> {
    let experiment_id = ExperimentId::parse(&wanted.experiment_id)?;
    let named = !wanted.trace_ids.is_empty();
    if named == wanted.until_ms.is_some() || (named && wanted.traces_max.is_some()) {
        return Err(ServiceError::invalid(
            "request_ids",
            "Either `max_timestamp_millis` (perhaps with `max_traces`) or `trace_ids` must be given, not both.",
        ));
    }
    if wanted.traces_max.is_some_and(|max| max <= 0) {
        return Err(ServiceError::invalid(
            "max_traces",
            "`max_traces` must be a positive integer.",
        ));
    }
    let named = wanted
        .trace_ids
        .iter()
        .map(|id| TraceId::parse(id))
        .collect::<Result<Vec<_>, _>>()?;
    let mut left = wanted.traces_max.unwrap_or(i64::MAX);
    let mut count = 0;
    // Many traces go in several transactions: none of them holds the database for long.
    loop {
        let mut tx = ctx.store.begin().await?;
        let ids = match wanted.until_ms {
            None => named.clone(),
            Some(until_ms) => {
                let limit = left.min(DELETED_AT_ONCE_MAX);
                rows::oldest(&mut tx, &experiment_id, until_ms, limit).await?
            }
        };
        let deleted = erase(&mut tx, &experiment_id, &ids).await?;
        note(ctx, &mut tx, actor, &experiment_id, deleted.len()).await?;
        tx.commit().await?;
        count += deleted.len();
        left -= i64::try_from(ids.len()).unwrap_or(left);
        if wanted.until_ms.is_none() || deleted.is_empty() || left <= 0 {
            break;
        }
    }
    ctx.publish([ChangeKind::Traces.of(experiment_id.as_str())]);
    Ok(count)
}

/// Deletes traces and lets go of their files, whose bytes the next collection takes if nothing else needs them.
pub(crate) async fn erase(
    tx: &mut store::Tx,
    experiment_id: &ExperimentId,
    ids: &[TraceId],
) -> Result<Vec<String>> {
    let mut folders = OwnedFolders::default();
    for (id, location) in rows::artifact_locations(tx, experiment_id, ids).await? {
        folders.add(&id, &location)?;
    }
    folders.purge(tx).await?;
    Ok(rows::delete(tx, experiment_id, ids).await?)
}

async fn note(
    ctx: &Context,
    tx: &mut store::Tx,
    actor: &Actor,
    experiment_id: &ExperimentId,
    deleted: usize,
) -> Result<()> {
    if deleted == 0 {
        return Ok(());
    }
    let (subject, told) = (
        format!("experiment/{experiment_id}"),
        format!("{deleted} traces"),
    );
    Ok(audit::note(tx, ctx.now_ms(), actor, "traces.delete", &subject, &told).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::traces::keys;

    #[test]
    fn where_a_trace_is_kept_is_the_servers_word() {
        assert!(must_be_free(keys::ARTIFACT_LOCATION).is_err());
        assert!(must_be_free(keys::SPANS_LOCATION).is_err());
        assert!(must_be_free(keys::TRACE_NAME).is_ok());
    }
}
