//! Gate files: what the versions of a model must hold, one row a revision.

use crate::sql::{Conn, sql};
use crate::{StoreError, Tx};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct GateFileRow {
    pub model: String,
    /// From 1; the highest holds.
    pub revision: i64,
    pub body: String,
    pub sha256: String,
    pub actor: String,
    pub note: String,
    pub at_ms: i64,
}

/// Call under [`super::lock_model`], so that two revisions never take one number.
pub async fn insert_gate_file(tx: &mut Tx, row: &GateFileRow) -> Result<(), StoreError> {
    sql(
        "insert into gate_files (model, revision, body, sha256, actor, note, at_ms) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&row.model)
    .bind(row.revision)
    .bind(&row.body)
    .bind(&row.sha256)
    .bind(&row.actor)
    .bind(&row.note)
    .bind(row.at_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// The revision that holds.
pub async fn latest_gate_file(
    conn: impl Into<Conn<'_>>,
    model: &str,
) -> Result<Option<GateFileRow>, StoreError> {
    sql("select * from gate_files where model = $1 order by revision desc limit 1")
        .bind(model)
        .optional(conn)
        .await
}

/// Newest first.
pub async fn gate_files(
    conn: impl Into<Conn<'_>>,
    model: &str,
) -> Result<Vec<GateFileRow>, StoreError> {
    sql("select * from gate_files where model = $1 order by revision desc")
        .bind(model)
        .all(conn)
        .await
}
