//! What was deleted and may come back, and what is deleted for good once its time has passed.

use std::collections::BTreeSet;

use domain::artifact::ArtifactPath;
use domain::tracking::ExperimentId;

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

/// Moves a file, or everything beneath a folder, to the trash; tells how many files that were. Rows are locked as they are
/// read, and only those that were read are deleted: an upload that arrives meanwhile stays, or lies in the trash itself.
pub async fn discard(
    tx: &mut Tx,
    path: &ArtifactPath,
    deletion: &Deletion<'_>,
) -> Result<u64, StoreError> {
    let lock = dialect::for_update(&Conn::from(&mut *tx));
    sql(format!(
        "insert into artifact_trash (trash_id, path, scope, sha256, size_bytes, updated_at_ms, deleted_at_ms, deleted_by) \
         select $1, path, scope, sha256, size_bytes, updated_at_ms, $2, $3 from artifacts \
         where scope = $4 and (path = $5 or path like $6 escape '\\') order by path{lock}"
    ))
    .bind(deletion.trash_id)
    .bind(deletion.at_ms)
    .bind(deletion.by)
    .bind(path.scope().unwrap_or_default())
    .bind(path.as_str())
    .bind(format!("{}/%", dialect::like_literal(path.as_str())))
    .execute(&mut *tx)
    .await?;
    sql("delete from artifacts where path in (select path from artifact_trash where trash_id = $1)")
        .bind(deletion.trash_id)
        .execute(tx)
        .await
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

/// Takes the files of one deletion out of the trash; tells how many were still there.
pub async fn take_out(tx: &mut Tx, trash_id: &str) -> Result<u64, StoreError> {
    sql("delete from artifact_trash where trash_id = $1")
        .bind(trash_id)
        .execute(tx)
        .await
}

/// How many deletions lie in the trash, and how many files they hold.
pub async fn totals(conn: impl Into<Conn<'_>>) -> Result<(i64, i64), StoreError> {
    sql("select count(distinct trash_id), count(*) from artifact_trash")
        .one(conn)
        .await
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

/// Counts what was deleted at or before this time.
pub async fn expired(conn: &crate::Pool, before_ms: i64) -> Result<Purged, StoreError> {
    let count = async |what: &str| -> Result<i64, StoreError> {
        let (count,): (i64,) = sql(format!("select count(*) from {what} <= $1"))
            .bind(before_ms)
            .one(conn)
            .await?;
        Ok(count)
    };
    let kept = ExperimentId::default_experiment();
    Ok(Purged {
        files: count("artifact_trash where deleted_at_ms").await?,
        runs: count("runs where deleted_at_ms").await?,
        logged_models: count(
            "logged_models m join experiments e on e.experiment_id = m.experiment_id \
             where m.deleted_at_ms <= $1 or e.deleted_at_ms",
        )
        .await?,
        experiments: count(&format!(
            "experiments where experiment_id <> '{kept}' and deleted_at_ms"
        ))
        .await?,
        traces: count(
            "traces t join experiments e on e.experiment_id = t.experiment_id where e.deleted_at_ms",
        )
        .await?,
    })
}

/// What owns files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerKind {
    Run,
    LoggedModel,
}

impl OwnerKind {
    fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Run => ("runs", "run_id"),
            Self::LoggedModel => ("logged_models", "model_id"),
        }
    }
}

/// A run or a logged model that goes for good.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Owner {
    pub id: String,
    pub experiment_id: String,
    pub artifact_uri: String,
}

/// Owners whose time has passed, locked until the transaction ends: whoever restores one finds it whole or gone. Those
/// that somebody holds just now wait for another collection.
pub async fn expired_owners(
    tx: &mut Tx,
    kind: OwnerKind,
    before_ms: i64,
    limit: i64,
) -> Result<Vec<Owner>, StoreError> {
    let (table, id) = kind.table();
    let lock = dialect::for_update_skip_locked(&Conn::from(&mut *tx));
    sql(format!(
        "select {id} as id, experiment_id, artifact_uri from {table} \
         where lifecycle = 'deleted' and deleted_at_ms <= $1 order by deleted_at_ms, {id} limit $2{lock}"
    ))
    .bind(before_ms)
    .bind(limit)
    .all(tx)
    .await
}

/// The logged models of an experiment, whatever became of them.
pub async fn models_of(
    tx: &mut Tx,
    experiment_id: &ExperimentId,
    limit: i64,
) -> Result<Vec<Owner>, StoreError> {
    sql("select model_id as id, experiment_id, artifact_uri from logged_models where experiment_id = $1 \
         order by model_id limit $2")
    .bind(experiment_id.as_str())
    .bind(limit)
    .all(tx)
    .await
}

/// Deletes owners for good. Their files went before them.
pub async fn purge_owners(
    tx: &mut Tx,
    kind: OwnerKind,
    owners: &[Owner],
) -> Result<u64, StoreError> {
    let (table, id) = kind.table();
    let list = dialect::in_list(1, owners.len());
    sql(format!("delete from {table} where {id} in {list}"))
        .bind_all(owners.iter().map(|owner| owner.id.as_str()))
        .execute(tx)
        .await
}

fn no_versions_file(table: &str) -> String {
    format!(
        "not exists (select 1 from model_versions v where {table}.path = v.artifact_path \
         or substr({table}.path, 1, length(v.artifact_path) + 1) = v.artifact_path || '/')"
    )
}

/// Forgets for good all files in some folders of one folder, except those that a registered version still points at. One
/// pass over the scope takes them all: a pattern for each would read the scope each time.
pub async fn purge_folders(
    tx: &mut Tx,
    parent: &ArtifactPath,
    names: &[ArtifactPath],
) -> Result<u64, StoreError> {
    let position = dialect::position(&Conn::from(&mut *tx));
    // Scopes begin beneath the root: that of a folder at the root is told by what every owner has in its folder.
    let scopes: BTreeSet<String> = names
        .iter()
        .filter_map(|name| ArtifactPath::parse(&format!("{}/artifacts", parent.join(name))).ok())
        .filter_map(|files| Some(files.scope()?.to_owned()))
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

/// The next experiment after `after` whose time has passed and that holds no run any more, locked until the transaction
/// ends, as by [`expired_owners`].
pub async fn expired_experiment(
    tx: &mut Tx,
    before_ms: i64,
    after: &str,
) -> Result<Option<String>, StoreError> {
    let lock = dialect::for_update_skip_locked(&Conn::from(&mut *tx));
    let found: Option<(String,)> = sql(format!(
        "select experiment_id from experiments where lifecycle = 'deleted' and deleted_at_ms <= $1 and experiment_id > $2 \
         and not exists (select 1 from runs r where r.experiment_id = experiments.experiment_id) \
         order by experiment_id limit 1{lock}"
    ))
    .bind(before_ms)
    .bind(after)
    .optional(tx)
    .await?;
    Ok(found.map(|(id,)| id))
}

/// Experiments go last, and only empty ones. The default one stays: clients that name none log into it.
pub async fn purge_experiment(tx: &mut Tx, id: &ExperimentId) -> Result<u64, StoreError> {
    sql(
        "delete from experiments where experiment_id = $1 and experiment_id <> $2 \
         and not exists (select 1 from runs r where r.experiment_id = $1) \
         and not exists (select 1 from logged_models m where m.experiment_id = $1) \
         and not exists (select 1 from traces t where t.experiment_id = $1)",
    )
    .bind(id.as_str())
    .bind(ExperimentId::default_experiment().as_str())
    .execute(tx)
    .await
}

pub async fn purge_files(tx: &mut Tx, before_ms: i64) -> Result<u64, StoreError> {
    sql("delete from artifact_trash where deleted_at_ms <= $1")
        .bind(before_ms)
        .execute(tx)
        .await
}
