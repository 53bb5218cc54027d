//! The journal of imports: which sources were read, what of each is here, and what each import reported.

use crate::dialect;
use crate::sql::{Conn, sql};
use crate::{Pool, StoreError, Tx};

/// Keys of one list go into one `in (...)`.
const KEYS_AT_ONCE: usize = 500;

/// One thing of a source, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ItemRow {
    pub source_id: String,
    /// `experiment`, `run`, `logged_model`, `model`, `version`
    pub kind: String,
    pub source_key: String,
    pub local_key: String,
    /// `begun` or `done`
    pub state: String,
    pub fingerprint: String,
    pub points: i64,
    pub artifacts: i64,
    pub artifact_bytes: i64,
    pub updated_at_ms: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReportRow {
    pub report_id: String,
    pub source_id: String,
    pub actor: String,
    pub outcome: String,
    pub started_at_ms: i64,
    pub ended_at_ms: i64,
    pub report_json: String,
}

/// The id of the source at an address, if anything was ever imported from it.
pub async fn source_id(
    conn: impl Into<Conn<'_>>,
    address: &str,
) -> Result<Option<String>, StoreError> {
    let found: Option<(String,)> = sql("select source_id from import_sources where address = $1")
        .bind(address)
        .optional(conn)
        .await?;
    Ok(found.map(|(id,)| id))
}

/// Remembers a source; another import that began at the same moment may have done so already.
pub async fn insert_source(
    tx: &mut Tx,
    source_id: &str,
    address: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql(
        "insert into import_sources (source_id, address, first_import_at_ms) values ($1, $2, $3) \
         on conflict do nothing",
    )
    .bind(source_id)
    .bind(address)
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// What is known of these keys of a source.
pub async fn items(
    pool: &Pool,
    source_id: &str,
    kind: &str,
    keys: &[&str],
) -> Result<Vec<ItemRow>, StoreError> {
    let mut found = Vec::with_capacity(keys.len());
    for piece in keys.chunks(KEYS_AT_ONCE) {
        let list = dialect::in_list(3, piece.len());
        let rows: Vec<ItemRow> = sql(format!(
            "select source_id, kind, source_key, local_key, state, fingerprint, points, artifacts, artifact_bytes, \
             updated_at_ms from import_items where source_id = $1 and kind = $2 and source_key in {list}"
        ))
        .bind(source_id)
        .bind(kind)
        .bind_all(piece.iter().copied())
        .all(pool)
        .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Writes how far an item has come.
pub async fn set_item(tx: &mut Tx, item: &ItemRow) -> Result<(), StoreError> {
    sql("insert into import_items (source_id, kind, source_key, local_key, state, fingerprint, points, artifacts, \
         artifact_bytes, updated_at_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         on conflict (source_id, kind, source_key) do update set local_key = excluded.local_key, \
         state = excluded.state, fingerprint = excluded.fingerprint, points = excluded.points, \
         artifacts = excluded.artifacts, artifact_bytes = excluded.artifact_bytes, \
         updated_at_ms = excluded.updated_at_ms")
    .bind(&item.source_id)
    .bind(&item.kind)
    .bind(&item.source_key)
    .bind(&item.local_key)
    .bind(&item.state)
    .bind(&item.fingerprint)
    .bind(item.points)
    .bind(item.artifacts)
    .bind(item.artifact_bytes)
    .bind(item.updated_at_ms)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn insert_report(tx: &mut Tx, report: &ReportRow) -> Result<(), StoreError> {
    sql("insert into import_reports (report_id, source_id, actor, outcome, started_at_ms, ended_at_ms, report_json) \
         values ($1, $2, $3, $4, $5, $6, $7)")
    .bind(&report.report_id)
    .bind(&report.source_id)
    .bind(&report.actor)
    .bind(&report.outcome)
    .bind(report.started_at_ms)
    .bind(report.ended_at_ms)
    .bind(&report.report_json)
    .execute(tx)
    .await?;
    Ok(())
}

/// The newest reports first.
pub async fn reports(pool: &Pool, limit: i64) -> Result<Vec<ReportRow>, StoreError> {
    sql(
        "select report_id, source_id, actor, outcome, started_at_ms, ended_at_ms, report_json from import_reports \
         order by started_at_ms desc, report_id limit $1",
    )
    .bind(limit)
    .all(pool)
    .await
}
