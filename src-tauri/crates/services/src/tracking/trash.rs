//! The trash: what was deleted, by whom, when; and the way back. Nothing here deletes for good, `drydock gc` does.

use domain::audit::Actor;
use domain::tracking::Lifecycle;
use serde::{Deserialize, Serialize};
use store::search::Page;
use store::tracking::trash as rows;

use super::bulk::{BulkDone, RunScope, move_runs};
use crate::Context;
use crate::error::Result;

/// Runs listed at once; the count says how many there are in all.
const LISTED_MAX: i64 = 500;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TrashedRun {
    pub run_id: String,
    pub name: String,
    pub experiment_id: String,
    pub experiment_name: String,
    pub status: String,
    #[specta(type = specta_typescript::Number)]
    pub started_at_ms: i64,
    #[specta(type = Option<specta_typescript::Number>)]
    pub deleted_at_ms: Option<i64>,
    pub deleted_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TrashedExperiment {
    pub experiment_id: String,
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub run_count: i64,
    #[specta(type = Option<specta_typescript::Number>)]
    pub deleted_at_ms: Option<i64>,
    pub deleted_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Trash {
    pub experiments: Vec<TrashedExperiment>,
    pub runs: Vec<TrashedRun>,
    #[specta(type = specta_typescript::Number)]
    pub run_count: i64,
    /// After so many days `drydock gc` may delete for good.
    #[specta(type = specta_typescript::Number)]
    pub retention_days: i64,
}

/// Deleted experiments, and deleted runs of experiments that are still there; those deleted last first.
pub async fn list_trash(ctx: &Context) -> Result<Trash> {
    let pool = ctx.store.pool();
    let page = Page {
        offset: 0,
        limit: LISTED_MAX,
    };
    let experiments = rows::experiments(pool).await?;
    let runs = rows::runs(pool, page).await?;
    Ok(Trash {
        experiments: experiments
            .into_iter()
            .map(|row| TrashedExperiment {
                experiment_id: row.experiment_id,
                name: row.name,
                run_count: row.run_count,
                deleted_at_ms: row.deleted_at_ms,
                deleted_by: row.deleted_by,
            })
            .collect(),
        runs: runs
            .into_iter()
            .map(|row| TrashedRun {
                run_id: row.run_id,
                name: row.name,
                experiment_id: row.experiment_id,
                experiment_name: row.experiment_name,
                status: row.status,
                started_at_ms: row.started_at_ms,
                deleted_at_ms: row.deleted_at_ms,
                deleted_by: row.deleted_by,
            })
            .collect(),
        run_count: rows::run_count(pool).await?,
        retention_days: retention_days(ctx).await?,
    })
}

/// The workspace's own setting, else a month.
async fn retention_days(ctx: &Context) -> Result<i64> {
    const USUAL_DAYS: i64 = 30;
    let set = store::settings::get(ctx.store.pool(), "trash.retention_days").await?;
    Ok(set.and_then(|days| days.parse().ok()).unwrap_or(USUAL_DAYS))
}

/// Runs leave the lists; they come back with [`restore_runs`].
pub async fn trash_runs(ctx: &Context, actor: &Actor, scope: RunScope) -> Result<BulkDone> {
    move_runs(ctx, actor, scope, Lifecycle::Deleted).await
}

pub async fn restore_runs(ctx: &Context, actor: &Actor, run_ids: Vec<String>) -> Result<BulkDone> {
    move_runs(ctx, actor, RunScope::Chosen { run_ids }, Lifecycle::Active).await
}
