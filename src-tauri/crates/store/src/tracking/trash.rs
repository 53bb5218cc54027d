//! What was deleted and can still be restored, with who deleted it and when, from the audit log.

use crate::search::Page;
use crate::sql::sql;
use crate::{Pool, StoreError};

/// A deleted run of an experiment that is still there.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TrashedRun {
    pub run_id: String,
    pub name: String,
    pub experiment_id: String,
    pub experiment_name: String,
    pub status: String,
    pub started_at_ms: i64,
    pub deleted_at_ms: Option<i64>,
    pub deleted_by: Option<String>,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TrashedExperiment {
    pub experiment_id: String,
    pub name: String,
    pub run_count: i64,
    pub deleted_at_ms: Option<i64>,
    pub deleted_by: Option<String>,
}

/// Deleted runs, those deleted last first. Runs of a deleted experiment come back with it and are not listed.
pub async fn runs(pool: &Pool, page: Page) -> Result<Vec<TrashedRun>, StoreError> {
    // Audit ids grow with time, so the greatest is the latest.
    sql("select r.run_id, r.name, r.experiment_id, e.name as experiment_name, r.status, r.started_at_ms, \
         a.at_ms as deleted_at_ms, a.actor as deleted_by \
         from runs r join experiments e on e.experiment_id = r.experiment_id \
         left join audit_log a on a.audit_id = (select max(l.audit_id) from audit_log l \
         where l.subject = 'run/' || r.run_id and l.action = 'run.delete') \
         where r.lifecycle = 'deleted' and e.lifecycle = 'active' \
         order by coalesce(a.at_ms, 0) desc, r.run_id limit $1 offset $2")
    .bind(page.limit)
    .bind(page.offset)
    .all(pool)
    .await
}

/// How many runs [`runs`] lists on all pages together.
pub async fn run_count(pool: &Pool) -> Result<i64, StoreError> {
    let (count,): (i64,) = sql(
        "select count(*) from runs r join experiments e on e.experiment_id = r.experiment_id \
         where r.lifecycle = 'deleted' and e.lifecycle = 'active'",
    )
    .one(pool)
    .await?;
    Ok(count)
}

/// Deleted experiments, those deleted last first.
pub async fn experiments(pool: &Pool) -> Result<Vec<TrashedExperiment>, StoreError> {
    sql("select e.experiment_id, e.name, \
         (select count(*) from runs r where r.experiment_id = e.experiment_id) as run_count, \
         a.at_ms as deleted_at_ms, a.actor as deleted_by \
         from experiments e \
         left join audit_log a on a.audit_id = (select max(l.audit_id) from audit_log l \
         where l.subject = 'experiment/' || e.experiment_id and l.action = 'experiment.delete') \
         where e.lifecycle = 'deleted' order by coalesce(a.at_ms, 0) desc, e.experiment_id")
    .all(pool)
    .await
}
