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

/// Points a path at a blob unless something stands there; false when something does, though it came this very moment.
pub async fn set_where_free(
    tx: &mut Tx,
    path: &ArtifactPath,
    sha256: &Digest,
    size_bytes: i64,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let set = sql(
        "insert into artifacts (path, scope, sha256, size_bytes, updated_at_ms) values ($1, $2, $3, $4, $5) \
         on conflict do nothing",
    )
    .bind(path.as_str())
    .bind(path.scope().unwrap_or_default())
    .bind(sha256.as_str())
    .bind(size_bytes)
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(set > 0)
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

/// A file or folder directly in a folder: its name, whether it is a folder, and a file's size and digest.
pub type ChildRow = (String, i64, i64, String);

/// What stands directly in a folder, by name in the order of bytes, after one name. Folders count once, whatever they hold.
pub async fn children(
    conn: impl Into<Conn<'_>>,
    folder: &ArtifactPath,
    after: &str,
    limit: i64,
) -> Result<Vec<ChildRow>, StoreError> {
    let conn = conn.into();
    let (slash, order) = (dialect::position(&conn), dialect::byte_order(&conn));
    let skip = match folder.as_str() {
        "" => 0,
        path => path.chars().count() + 1,
    };
    let mut text = format!(
        "with below as (select substr(path, {}) rest, size_bytes, sha256 from artifacts where path like $1 escape '\\'",
        skip + 1
    );
    let mut values: Vec<Value> = vec![
        match folder.as_str() {
            "" => "%".to_owned(),
            path => format!("{}/%", dialect::like_literal(path)),
        }
        .into(),
        after.into(),
        limit.into(),
    ];
    if let Some(scope) = folder.scope() {
        values.push(scope.into());
        text.push_str(" and scope = $4");
    }
    text.push_str(&format!(
        "), named as (select case when {slash}(rest, '/') > 0 then substr(rest, 1, {slash}(rest, '/') - 1) else rest end name, \
         case when {slash}(rest, '/') > 0 then 1 else 0 end is_dir, size_bytes, sha256 from below) \
         select name{order}, cast(max(is_dir) as bigint), cast(max(size_bytes) as bigint), max(sha256) from named \
         where name{order} > $2{order} group by name order by name{order} limit $3"
    ));
    sql(text).bind_all(values).all(conn).await
}
