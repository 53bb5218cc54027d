//! What was deleted and may come back, and what is deleted for good once its time has passed.

use std::collections::BTreeSet;

use domain::artifact::ArtifactPath;

use crate::dialect;
use crate::sql::{Conn, Value, sql};
use crate::{StoreError, Tx};

/// Who deleted, when, and under which number it lies in the trash.
#[derive(Debug, Clone)]
pub struct Deletion<'a> {
    pub trash_id: &'a str,
    pub at_ms: i64,
    pub by: &'a str,
}

/// One deletion as lists show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TrashRow {
    pub trash_id: String,
    /// The run or logged model whose files they were: `<experiment>/<run>`, `<experiment>/models/<model>`.
    pub scope: String,
    /// The first and the last by name.
    pub first_path: String,
    pub last_path: String,
    pub files: i64,
    pub size_bytes: i64,
    pub deleted_at_ms: i64,
    pub deleted_by: String,
}

/// Moves a file, or everything beneath a folder, to the trash; tells how many files that were.
pub async fn discard(
    tx: &mut Tx,
    path: &ArtifactPath,
    deletion: &Deletion<'_>,
) -> Result<u64, StoreError> {
    sql(
        "insert into artifact_trash (trash_id, path, scope, sha256, size_bytes, updated_at_ms, deleted_at_ms, deleted_by) \
         select $1, path, scope, sha256, size_bytes, updated_at_ms, $2, $3 from artifacts \
         where scope = $4 and (path = $5 or path like $6 escape '\\')",
    )
    .bind(deletion.trash_id)
    .bind(deletion.at_ms)
    .bind(deletion.by)
    .bind(path.scope().unwrap_or_default())
    .bind(path.as_str())
    .bind(format!("{}/%", dialect::like_literal(path.as_str())))
    .execute(&mut *tx)
    .await?;
    crate::artifacts::delete(tx, path).await
}

/// The files of one deletion.
pub async fn files_of(
    conn: impl Into<Conn<'_>>,
    trash_id: &str,
) -> Result<Vec<crate::artifacts::ArtifactRow>, StoreError> {
    sql("select path, sha256, size_bytes, updated_at_ms from artifact_trash where trash_id = $1 order by path")
        .bind(trash_id)
        .all(conn)
        .await
}

pub async fn take_out(tx: &mut Tx, trash_id: &str) -> Result<(), StoreError> {
    sql("delete from artifact_trash where trash_id = $1")
        .bind(trash_id)
        .execute(tx)
        .await?;
    Ok(())
}

/// What was deleted last comes first.
pub async fn list(conn: impl Into<Conn<'_>>, limit: i64) -> Result<Vec<TrashRow>, StoreError> {
    sql(
        "select trash_id, min(scope) scope, min(path) first_path, max(path) last_path, count(*) files, \
         cast(sum(size_bytes) as bigint) size_bytes, max(deleted_at_ms) deleted_at_ms, min(deleted_by) deleted_by \
         from artifact_trash group by trash_id order by max(deleted_at_ms) desc, trash_id limit $1",
    )
    .bind(limit)
    .all(conn)
    .await
}

/// Rows that an older version deleted carry no time; their retention begins now.
pub async fn stamp(tx: &mut Tx, now_ms: i64) -> Result<(), StoreError> {
    for table in ["runs", "experiments", "logged_models"] {
        sql(format!(
            "update {table} set deleted_at_ms = $1 where lifecycle = 'deleted' and deleted_at_ms is null"
        ))
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        sql(format!(
            "update {table} set deleted_at_ms = null where lifecycle <> 'deleted' and deleted_at_ms is not null"
        ))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// What a purge takes, or would take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    pub files: i64,
    pub runs: i64,
    pub logged_models: i64,
    pub experiments: i64,
    pub traces: i64,
}

/// Experiments whose time has passed and that hold no run and no logged model any more.
const EXPIRED_EXPERIMENTS: &str = "lifecycle = 'deleted' and deleted_at_ms <= $1 \
     and not exists (select 1 from runs r where r.experiment_id = experiments.experiment_id) \
     and not exists (select 1 from logged_models m where m.experiment_id = experiments.experiment_id)";

/// Counts what was deleted at or before this time.
pub async fn expired(conn: &crate::Pool, before_ms: i64) -> Result<Purged, StoreError> {
    let count = async |table: &str| -> Result<i64, StoreError> {
        let (count,): (i64,) = sql(format!(
            "select count(*) from {table} where deleted_at_ms <= $1"
        ))
        .bind(before_ms)
        .one(conn)
        .await?;
        Ok(count)
    };
    let (traces,): (i64,) = sql(
        "select count(*) from traces t join experiments e on e.experiment_id = t.experiment_id where e.deleted_at_ms <= $1",
    )
    .bind(before_ms)
    .one(conn)
    .await?;
    Ok(Purged {
        traces,
        files: count("artifact_trash").await?,
        runs: count("runs").await?,
        logged_models: count("logged_models").await?,
        experiments: count("experiments").await?,
    })
}

/// Where the files of expired runs and logged models stand, a page at a time.
pub async fn expired_scopes(
    tx: &mut Tx,
    before_ms: i64,
    limit: i64,
) -> Result<Vec<(String, String, String)>, StoreError> {
    sql(
        "select kind, id, scope from (select 'run' kind, run_id id, experiment_id || '/' || run_id scope from runs \
         where lifecycle = 'deleted' and deleted_at_ms <= $1 \
         union all select 'model', model_id, experiment_id || '/models/' || model_id from logged_models \
         where lifecycle = 'deleted' and deleted_at_ms <= $1) expired order by scope limit $2",
    )
    .bind(before_ms)
    .bind(limit)
    .all(tx)
    .await
}

/// Forgets the files of a run or logged model for good, except those that a registered version still points at.
pub async fn purge_scope(tx: &mut Tx, scope: &str) -> Result<u64, StoreError> {
    let mut gone = 0;
    for table in ["artifacts", "artifact_trash"] {
        gone += sql(format!(
            "delete from {table} where scope = $1 and {}",
            no_versions_file(table)
        ))
        .bind(scope)
        .execute(&mut *tx)
        .await?;
    }
    Ok(gone)
}

fn no_versions_file(table: &str) -> String {
    format!(
        "not exists (select 1 from model_versions v where {table}.path = v.artifact_path \
         or substr({table}.path, 1, length(v.artifact_path) + 1) = v.artifact_path || '/')"
    )
}

/// Forgets for good all files in some folders of one folder, as [`purge_scope`] does. One pass over the scope takes them
/// all: a pattern for each would read the scope each time.
pub async fn purge_folders(
    tx: &mut Tx,
    parent: &ArtifactPath,
    names: &[ArtifactPath],
) -> Result<u64, StoreError> {
    let position = dialect::position(&Conn::from(&mut *tx));
    let scopes: BTreeSet<String> = names
        .iter()
        .filter_map(|name| Some(parent.join(name).scope()?.to_owned()))
        .collect();
    let skip = parent.as_str().chars().count() + usize::from(!parent.is_root());
    let mut below = dialect::like_literal(parent.as_str());
    if !parent.is_root() {
        below.push('/');
    }
    below.push('%');
    let mut values: Vec<Value> = vec![below.into()];
    values.extend(scopes.iter().map(|scope| scope.as_str().into()));
    values.extend(names.iter().map(|name| name.as_str().into()));
    let scope_list = dialect::in_list(2, scopes.len());
    let name_list = dialect::in_list(2 + scopes.len(), names.len());
    let mut gone = 0;
    for table in ["artifacts", "artifact_trash"] {
        let rest = format!("substr({table}.path, {})", skip + 1);
        gone += sql(format!(
            "delete from {table} where scope in {scope_list} and path like $1 escape '\\' \
             and substr({rest}, 1, {position}({rest}, '/') - 1) in {name_list} and {}",
            no_versions_file(table)
        ))
        .bind_all(values.clone())
        .execute(&mut *tx)
        .await?;
    }
    Ok(gone)
}

pub async fn purge_run(tx: &mut Tx, run_id: &str) -> Result<(), StoreError> {
    sql("delete from runs where run_id = $1 and lifecycle = 'deleted'")
        .bind(run_id)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn purge_model(tx: &mut Tx, model_id: &str) -> Result<(), StoreError> {
    sql("delete from logged_models where model_id = $1 and lifecycle = 'deleted'")
        .bind(model_id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Experiments go last, and only empty ones: their runs went before them.
pub async fn purge_experiments(tx: &mut Tx, before_ms: i64) -> Result<u64, StoreError> {
    sql(format!(
        "delete from experiments where {EXPIRED_EXPERIMENTS} \
         and not exists (select 1 from traces t where t.experiment_id = experiments.experiment_id)"
    ))
    .bind(before_ms)
    .execute(tx)
    .await
}

/// Traces of experiments that are about to go, a page at a time: experiment and trace.
pub async fn expired_traces(
    tx: &mut Tx,
    before_ms: i64,
    limit: i64,
) -> Result<Vec<(String, String)>, StoreError> {
    sql(format!(
        "select experiment_id, trace_id from traces where experiment_id in \
         (select experiment_id from experiments where {EXPIRED_EXPERIMENTS}) order by experiment_id, trace_id limit $2"
    ))
    .bind(before_ms)
    .bind(limit)
    .all(tx)
    .await
}

pub async fn purge_files(tx: &mut Tx, before_ms: i64) -> Result<u64, StoreError> {
    sql("delete from artifact_trash where deleted_at_ms <= $1")
        .bind(before_ms)
        .execute(tx)
        .await
}
