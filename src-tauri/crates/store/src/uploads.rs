//! Uploads in parts, kept so that another process can go on with them.

use crate::sql::{Conn, sql};
use crate::{StoreError, Tx};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UploadRow {
    pub upload_id: String,
    pub path: String,
    pub object_key: Option<String>,
    pub multipart_id: Option<String>,
    pub source: Option<String>,
    pub sha256: Option<String>,
    pub part_bytes: i64,
    pub state: String,
    pub created_at_ms: i64,
    pub touched_at_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PartRow {
    pub part_number: i64,
    pub sha256: String,
    pub etag: String,
    pub size_bytes: i64,
}

const COLUMNS: &str = "upload_id, path, object_key, multipart_id, source, sha256, part_bytes, state, created_at_ms, touched_at_ms";

pub async fn insert(tx: &mut Tx, row: &UploadRow) -> Result<(), StoreError> {
    sql(format!(
        "insert into uploads ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    ))
    .bind(&row.upload_id)
    .bind(&row.path)
    .bind(row.object_key.clone())
    .bind(row.multipart_id.clone())
    .bind(row.source.clone())
    .bind(row.sha256.clone())
    .bind(row.part_bytes)
    .bind(&row.state)
    .bind(row.created_at_ms)
    .bind(row.touched_at_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// What the bucket calls the upload.
pub async fn begun(
    tx: &mut Tx,
    upload_id: &str,
    object_key: &str,
    multipart_id: &str,
) -> Result<(), StoreError> {
    sql("update uploads set object_key = $1, multipart_id = $2 where upload_id = $3")
        .bind(object_key)
        .bind(multipart_id)
        .bind(upload_id)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn get(
    conn: impl Into<Conn<'_>>,
    upload_id: &str,
) -> Result<Option<UploadRow>, StoreError> {
    sql(format!(
        "select {COLUMNS} from uploads where upload_id = $1"
    ))
    .bind(upload_id)
    .optional(conn)
    .await
}

/// The latest upload of this very file to this path that is not done.
pub async fn open_of(
    conn: impl Into<Conn<'_>>,
    path: &str,
    source: &str,
) -> Result<Option<UploadRow>, StoreError> {
    sql(format!(
        "select {COLUMNS} from uploads where path = $1 and source = $2 and state = 'open' \
         order by created_at_ms desc, upload_id limit 1"
    ))
    .bind(path)
    .bind(source)
    .optional(conn)
    .await
}

pub async fn set_state(
    tx: &mut Tx,
    upload_id: &str,
    state: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql("update uploads set state = $1, touched_at_ms = $2 where upload_id = $3")
        .bind(state)
        .bind(now_ms)
        .bind(upload_id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Keeps a part that the bucket has acknowledged, and that somebody still works on the upload.
pub async fn part_arrived(
    tx: &mut Tx,
    upload_id: &str,
    part: &PartRow,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql(
        "insert into upload_parts (upload_id, part_number, sha256, etag, size_bytes) values ($1, $2, $3, $4, $5) \
         on conflict (upload_id, part_number) do update set sha256 = excluded.sha256, etag = excluded.etag, \
         size_bytes = excluded.size_bytes",
    )
    .bind(upload_id)
    .bind(part.part_number)
    .bind(&part.sha256)
    .bind(&part.etag)
    .bind(part.size_bytes)
    .execute(&mut *tx)
    .await?;
    sql("update uploads set touched_at_ms = $1 where upload_id = $2")
        .bind(now_ms)
        .bind(upload_id)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn parts(conn: impl Into<Conn<'_>>, upload_id: &str) -> Result<Vec<PartRow>, StoreError> {
    sql("select part_number, sha256, etag, size_bytes from upload_parts where upload_id = $1 order by part_number")
        .bind(upload_id)
        .all(conn)
        .await
}

/// Every upload that is not done.
pub async fn all_open(conn: impl Into<Conn<'_>>) -> Result<Vec<UploadRow>, StoreError> {
    sql(format!(
        "select {COLUMNS} from uploads where state = 'open' order by upload_id"
    ))
    .all(conn)
    .await
}

/// Every upload that is not forgotten yet.
pub async fn all(conn: impl Into<Conn<'_>>) -> Result<Vec<UploadRow>, StoreError> {
    sql(format!("select {COLUMNS} from uploads order by upload_id"))
        .all(conn)
        .await
}

/// Forgets uploads that ended before this time.
pub async fn forget_ended(tx: &mut Tx, before_ms: i64) -> Result<u64, StoreError> {
    sql("delete from uploads where state <> 'open' and touched_at_ms <= $1")
        .bind(before_ms)
        .execute(tx)
        .await
}
