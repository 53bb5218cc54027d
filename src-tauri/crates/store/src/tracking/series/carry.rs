//! Points of older versions, one row each in `metric_points`, become chunks when a workspace is opened.
//!
//! Piece by piece, each in its own transaction: whoever is killed half way goes on where he stopped, and servers that
//! open together share the work under the runs' locks.

use domain::tracking::{MetricPoint, RunId};

use crate::sql::sql;
use crate::tracking::{metrics, runs};
use crate::{Pool, StoreError};

const POINTS_AT_ONCE: i64 = 20_000;

/// Returns how many points were carried over.
pub(crate) async fn carry_over(pool: &Pool) -> Result<u64, StoreError> {
    let mut carried = 0;
    loop {
        let next: Option<(i64, String)> = sql("select s.series_id, s.run_id from metric_series s \
             where s.series_id = (select min(series_id) from metric_points)")
        .optional(pool)
        .await?;
        let Some((series_id, run_id)) = next else {
            return Ok(carried);
        };
        carried += piece(pool, series_id, run_id).await?;
    }
}

async fn piece(pool: &Pool, series_id: i64, run_id: String) -> Result<u64, StoreError> {
    let mut tx = pool.begin().await?;
    let run_id = RunId::try_from(run_id).map_err(|invalid| StoreError::Corrupt {
        table: "metric_series",
        column: "run_id",
        row: format!("series {series_id}"),
        problem: invalid.to_string(),
    })?;
    runs::lock(&mut tx, &run_id).await?;
    let rows: Vec<(i64, i64, i64)> = sql(
        "select timestamp_ms, step, value_bits from metric_points where series_id = $1 \
         order by timestamp_ms, step, value_bits limit $2",
    )
    .bind(series_id)
    .bind(POINTS_AT_ONCE)
    .all(&mut tx)
    .await?;
    let Some(last) = rows.last().copied() else {
        // Another server was here first.
        return Ok(0);
    };
    let count = rows.len() as u64;
    let points = rows
        .into_iter()
        .map(|(timestamp_ms, step, bits)| MetricPoint {
            step,
            timestamp_ms,
            value: MetricPoint::value_from_bits(bits),
        });
    metrics::carry(&mut tx, series_id, points.collect()).await?;
    sql("delete from metric_points where series_id = $1 and (timestamp_ms, step, value_bits) <= ($2, $3, $4)")
        .bind(series_id)
        .bind(last.0)
        .bind(last.1)
        .bind(last.2)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(count)
}
