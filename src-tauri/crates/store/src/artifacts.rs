//! The index of artifacts: logical path to blob.

use domain::artifact::{ArtifactPath, Digest};

use crate::dialect;
use crate::sql::{Conn, Value, sql};
use crate::{StoreError, Tx};

/// One file under the artifact root.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ArtifactRow {
    pub path: String,
    #[sqlx(try_from = "String")]
    pub sha256: Digest,
    pub size_bytes: i64,
    pub updated_at_ms: i64,
}

/// Points a path at a blob that already rests in the artifact store; what stood there before is replaced.
pub async fn set(
    tx: &mut Tx,
    path: &ArtifactPath,
    sha256: &Digest,
    size_bytes: i64,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql(
        "insert into artifacts (path, scope, sha256, size_bytes, updated_at_ms) values ($1, $2, $3, $4, $5) \
         on conflict (path) do update set sha256 = excluded.sha256, size_bytes = excluded.size_bytes, \
         updated_at_ms = excluded.updated_at_ms",
    )
    .bind(path.as_str())
    .bind(path.scope().unwrap_or_default())
    .bind(sha256.as_str())
    .bind(size_bytes)
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn get(
    conn: impl Into<Conn<'_>>,
    path: &ArtifactPath,
) -> Result<Option<ArtifactRow>, StoreError> {
    sql("select path, sha256, size_bytes, updated_at_ms from artifacts where path = $1")
        .bind(path.as_str())
        .optional(conn)
        .await
}

/// Every file beneath a path, by path. A path names a file or a folder, so the file at the path itself is not among them.
pub async fn beneath(
    conn: impl Into<Conn<'_>>,
    path: &ArtifactPath,
) -> Result<Vec<ArtifactRow>, StoreError> {
    let mut text =
        String::from("select path, sha256, size_bytes, updated_at_ms from artifacts where 1 = 1");
    let mut values: Vec<Value> = Vec::new();
    if let Some(scope) = path.scope() {
        values.push(scope.into());
        text.push_str(" and scope = $1");
    }
    if !path.is_root() {
        values.push(format!("{}/%", dialect::like_literal(path.as_str())).into());
        text.push_str(&format!(" and path like ${} escape '\\'", values.len()));
    }
    let mut rows: Vec<ArtifactRow> = sql(text).bind_all(values).all(conn).await?;
    // Sorted here, since the databases' collations differ.
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(rows)
}

/// Forgets a file, or everything beneath a folder. The blobs stay: others may point at them.
pub async fn delete(tx: &mut Tx, path: &ArtifactPath) -> Result<u64, StoreError> {
    let below = format!("{}/%", dialect::like_literal(path.as_str()));
    match path.scope() {
        Some(scope) => sql(
            "delete from artifacts where scope = $1 and (path = $2 or path like $3 escape '\\')",
        )
        .bind(scope)
        .bind(path.as_str())
        .bind(below)
        .execute(tx)
        .await,
        None => {
            sql("delete from artifacts where path = $1 or path like $2 escape '\\'")
                .bind(path.as_str())
                .bind(below)
                .execute(tx)
                .await
        }
    }
}

/// A file that stands where this path needs a folder, or a file beneath this path, which would make it a folder.
pub async fn clash(tx: &mut Tx, path: &ArtifactPath) -> Result<Option<String>, StoreError> {
    let text = path.as_str();
    let above: Vec<&str> = text.match_indices('/').map(|(at, _)| &text[..at]).collect();
    let list = dialect::in_list(3, above.len());
    let found: Option<(String,)> = sql(format!(
        "select path from artifacts where (scope = $1 and path like $2 escape '\\') or path in {list} limit 1"
    ))
    .bind(path.scope().unwrap_or_default())
    .bind(format!("{}/%", dialect::like_literal(text)))
    .bind_all(above)
    .optional(tx)
    .await?;
    Ok(found.map(|(path,)| path))
}
