//! Which blobs exist and who relies on them: claims by uploads, references by files and by the trash.

use domain::artifact::Digest;

use crate::dialect;
use crate::sql::{Conn, sql};
use crate::{StoreError, Tx};

/// An upload is about to rely on this blob. Waits for a collector that holds it.
pub async fn claim(
    tx: &mut Tx,
    sha256: &Digest,
    size_bytes: i64,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql(
        "insert into blobs (sha256, size_bytes, claimed_at_ms) values ($1, $2, $3) on conflict (sha256) do update \
         set size_bytes = excluded.size_bytes, claimed_at_ms = excluded.claimed_at_ms",
    )
    .bind(sha256.as_str())
    .bind(size_bytes)
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// When a blob was claimed last, with its row locked until the transaction ends; `None` for one that no upload of this
/// workspace ever claimed.
pub async fn lock(tx: &mut Tx, sha256: &Digest) -> Result<Option<i64>, StoreError> {
    let lock = dialect::for_update(&Conn::from(&mut *tx));
    let row: Option<(i64,)> = sql(format!(
        "select claimed_at_ms from blobs where sha256 = $1{lock}"
    ))
    .bind(sha256.as_str())
    .optional(tx)
    .await?;
    Ok(row.map(|(claimed_at_ms,)| claimed_at_ms))
}

pub async fn forget(tx: &mut Tx, sha256: &Digest) -> Result<(), StoreError> {
    sql("delete from blobs where sha256 = $1")
        .bind(sha256.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn is_referenced(conn: impl Into<Conn<'_>>, sha256: &Digest) -> Result<bool, StoreError> {
    let row: Option<(i64,)> = sql(
        "select cast(1 as bigint) from artifacts where sha256 = $1 union all \
         select cast(1 as bigint) from artifact_trash where sha256 = $1 limit 1",
    )
    .bind(sha256.as_str())
    .optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Those of these digests that something relies on.
pub async fn referenced(
    conn: impl Into<Conn<'_>>,
    digests: &[&Digest],
) -> Result<Vec<String>, StoreError> {
    if digests.is_empty() {
        return Ok(Vec::new());
    }
    let list = dialect::in_list(1, digests.len());
    let rows: Vec<(String,)> = sql(format!(
        "select sha256 from artifacts where sha256 in {list} union select sha256 from artifact_trash where sha256 in {list}"
    ))
    .bind_all(digests.iter().map(|digest| digest.as_str()))
    .all(conn)
    .await?;
    Ok(rows.into_iter().map(|(sha256,)| sha256).collect())
}

#[derive(Debug, sqlx::FromRow)]
struct DigestRow {
    #[sqlx(try_from = "String")]
    sha256: Digest,
}

/// Some digests that files rely on; by their nature a sample of all.
pub async fn sample(conn: impl Into<Conn<'_>>) -> Result<Vec<Digest>, StoreError> {
    let rows: Vec<DigestRow> =
        sql("select distinct sha256 from artifacts order by sha256 limit 16")
            .all(conn)
            .await?;
    Ok(rows.into_iter().map(|row| row.sha256).collect())
}

/// The digests that files and the trash rely on, in order, after one of them.
pub async fn page_of_referenced(
    conn: impl Into<Conn<'_>>,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, i64)>, StoreError> {
    sql(
        "select sha256, max(size_bytes) from (select sha256, size_bytes from artifacts where sha256 > $1 \
         union all select sha256, size_bytes from artifact_trash where sha256 > $1) referenced \
         group by sha256 order by sha256 limit $2",
    )
    .bind(after)
    .bind(limit)
    .all(conn)
    .await
}

/// How much is to be verified: blobs and bytes.
pub async fn total_referenced(conn: impl Into<Conn<'_>>) -> Result<(i64, i64), StoreError> {
    sql(
        "select count(*), cast(coalesce(sum(size_bytes), 0) as bigint) from (select sha256, max(size_bytes) size_bytes \
         from (select sha256, size_bytes from artifacts union all select sha256, size_bytes from artifact_trash) each_one \
         group by sha256) referenced",
    )
    .one(conn)
    .await
}

/// Every path that points at a blob, those in the trash marked so.
pub async fn paths_of(
    conn: impl Into<Conn<'_>>,
    sha256: &str,
) -> Result<Vec<(String, bool)>, StoreError> {
    let rows: Vec<(String, i64)> = sql(
        "select path, cast(0 as bigint) in_trash from artifacts where sha256 = $1 union all \
         select path, cast(1 as bigint) from artifact_trash where sha256 = $1 order by path",
    )
    .bind(sha256)
    .all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(path, trash)| (path, trash != 0))
        .collect())
}
