//! Runs: their rows.

use std::collections::HashMap;

use domain::tracking::{ExperimentId, Lifecycle, RunId, RunInfo, RunStatus};

use crate::bulk::{Kind, Rows};
use crate::dialect;
use crate::sql::{Conn, sql};
use crate::{Pool, StoreError, Tx};

const COLUMNS: &str = "r.run_id, r.experiment_id, r.name, r.user_id, r.status, r.lifecycle, r.started_at_ms, \
                       r.ended_at_ms, r.artifact_uri";

#[derive(Debug, sqlx::FromRow)]
struct RunRow {
    #[sqlx(try_from = "String")]
    run_id: RunId,
    #[sqlx(try_from = "String")]
    experiment_id: ExperimentId,
    name: String,
    user_id: String,
    #[sqlx(try_from = "String")]
    status: RunStatus,
    #[sqlx(try_from = "String")]
    lifecycle: Lifecycle,
    started_at_ms: i64,
    ended_at_ms: Option<i64>,
    artifact_uri: String,
}

impl From<RunRow> for RunInfo {
    fn from(row: RunRow) -> Self {
        Self {
            id: row.run_id,
            experiment_id: row.experiment_id,
            name: row.name,
            user: row.user_id,
            status: row.status,
            lifecycle: row.lifecycle,
            started_at_ms: row.started_at_ms,
            ended_at_ms: row.ended_at_ms,
            artifact_uri: row.artifact_uri,
        }
    }
}

pub async fn insert(tx: &mut Tx, run: &RunInfo) -> Result<(), StoreError> {
    insert_all(tx, std::slice::from_ref(run)).await
}

pub async fn insert_all(tx: &mut Tx, runs: &[RunInfo]) -> Result<(), StoreError> {
    use Kind::{Int, Text};
    let mut rows = Rows::new([Text, Text, Text, Text, Text, Text, Int, Int, Text]);
    for run in runs {
        rows.push([
            run.id.as_str().into(),
            run.experiment_id.as_str().into(),
            run.name.as_str().into(),
            run.user.as_str().into(),
            run.status.as_str().into(),
            run.lifecycle.as_str().into(),
            run.started_at_ms.into(),
            run.ended_at_ms.into(),
            run.artifact_uri.as_str().into(),
        ]);
    }
    for piece in rows.pieces(&Conn::from(&mut *tx)) {
        sql(format!(
            "insert into runs (run_id, experiment_id, name, user_id, status, lifecycle, started_at_ms, ended_at_ms, \
             artifact_uri) {}",
            piece.source
        ))
        .bind_all(piece.values)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// The run without what was logged to it.
pub async fn info(conn: impl Into<Conn<'_>>, id: &RunId) -> Result<Option<RunInfo>, StoreError> {
    let row: Option<RunRow> = sql(format!("select {COLUMNS} from runs r where r.run_id = $1"))
        .bind(id.as_str())
        .optional(conn)
        .await?;
    Ok(row.map(RunInfo::from))
}

/// The run, locked until the transaction ends by one who is about to change it: its revision grows.
pub async fn lock(tx: &mut Tx, id: &RunId) -> Result<Option<RunInfo>, StoreError> {
    Ok(lock_all(tx, [id.as_str()].into_iter()).await?.pop())
}

/// Those of these runs that are there, locked in one order by whoever locks several, so that no two wait for each other.
pub async fn lock_all<'i>(
    tx: &mut Tx,
    ids: impl Iterator<Item = &'i str>,
) -> Result<Vec<RunInfo>, StoreError> {
    let mut rows = Rows::new([Kind::Text]);
    for id in ids {
        rows.push([id.into()]);
    }
    let lock = dialect::for_update(&Conn::from(&mut *tx));
    let mut infos = Vec::with_capacity(rows.len());
    for piece in rows.pieces(&Conn::from(&mut *tx)) {
        let found: Vec<RunRow> = sql(format!(
            "with wanted(wanted_id) as ({}), locked(locked_id) as (select run_id from runs \
             where run_id in (select wanted_id from wanted) order by run_id{lock}) \
             update runs set revision = revision + 1 from locked where run_id = locked_id \
             returning run_id, experiment_id, name, user_id, status, lifecycle, started_at_ms, ended_at_ms, artifact_uri",
            piece.source
        ))
        .bind_all(piece.values)
        .all(&mut *tx)
        .await?;
        infos.extend(found.into_iter().map(RunInfo::from));
    }
    Ok(infos)
}

/// Writes name, status and end.
pub async fn update(tx: &mut Tx, run: &RunInfo) -> Result<(), StoreError> {
    update_all(tx, [run].into_iter()).await
}

/// The same for several runs, which the caller has locked.
pub async fn update_all<'r>(
    tx: &mut Tx,
    runs: impl Iterator<Item = &'r RunInfo>,
) -> Result<(), StoreError> {
    let mut rows = Rows::new([Kind::Text, Kind::Text, Kind::Text, Kind::Int]);
    for run in runs {
        rows.push([
            run.id.as_str().into(),
            run.name.as_str().into(),
            run.status.as_str().into(),
            run.ended_at_ms.into(),
        ]);
    }
    for piece in rows.pieces(&Conn::from(&mut *tx)) {
        sql(format!(
            "with w(changed_id, new_name, new_status, new_end) as ({}) \
             update runs set name = new_name, status = new_status, ended_at_ms = new_end from w where run_id = changed_id",
            piece.source
        ))
        .bind_all(piece.values)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

pub async fn set_lifecycle(
    tx: &mut Tx,
    id: &RunId,
    lifecycle: Lifecycle,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql("update runs set lifecycle = $1, deleted_at_ms = $3 where run_id = $2")
        .bind(lifecycle.as_str())
        .bind(id.as_str())
        .bind((lifecycle == Lifecycle::Deleted).then_some(now_ms))
        .execute(tx)
        .await?;
    Ok(())
}

/// Those of the runs that are there, in the order of `ids`.
pub(super) async fn infos(pool: &Pool, ids: &[&str]) -> Result<Vec<RunInfo>, StoreError> {
    let list = dialect::in_list(1, ids.len());
    let rows: Vec<RunRow> = sql(format!(
        "select {COLUMNS} from runs r where r.run_id in {list}"
    ))
    .bind_all(ids.iter().copied())
    .all(pool)
    .await?;
    let mut infos: HashMap<String, RunInfo> = rows
        .into_iter()
        .map(|row| (row.run_id.as_str().to_owned(), row.into()))
        .collect();
    Ok(ids.iter().filter_map(|id| infos.remove(*id)).collect())
}

/// Which state of a run stands now; `None` when there is no such run.
pub async fn revision(pool: &Pool, id: &RunId) -> Result<Option<i64>, StoreError> {
    let row: Option<(i64,)> = sql("select revision from runs where run_id = $1")
        .bind(id.as_str())
        .optional(pool)
        .await?;
    Ok(row.map(|(revision,)| revision))
}

/// What a citation of a run says.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RunTitle {
    pub run_id: String,
    pub experiment_id: String,
    pub name: String,
}

/// The title of each run that is there.
pub async fn titles(
    conn: impl Into<Conn<'_>>,
    run_ids: &[&str],
) -> Result<Vec<RunTitle>, StoreError> {
    let list = dialect::in_list(1, run_ids.len());
    sql(format!(
        "select run_id, experiment_id, name from runs where run_id in {list}"
    ))
    .bind_all(run_ids.iter().copied())
    .all(conn)
    .await
}
