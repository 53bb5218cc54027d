//! The points of one series: packed in chunks, read as a history or as a chart.
//!
//! [`append`] says which chunks new points make, [`pack`] how they stand as bytes, [`block`] and [`thin`] what a chart
//! reads instead of them. This file reads; [`write`] writes.
//!
//! Sealed chunks never change. Whatever else a series has is read in one statement together with the list of its sealed
//! chunks, so a history needs no transaction: what it found stays true while it reads on.

pub mod append;
pub mod block;
mod carry;
pub mod pack;
#[cfg(test)]
pub(crate) mod random;
pub mod sample;
pub mod thin;
mod write;

use std::collections::VecDeque;

use domain::tracking::MetricPoint;

use self::append::{Level, Place, place};
use self::block::{Block, unpack_blocks};
use self::thin::{blocks_of, thin_blocks, thin_points};
use crate::dialect;
use crate::sql::sql;
use crate::{Pool, StoreError};

pub(crate) use carry::carry_over;
pub use thin::Chart;
pub(super) use write::{Addition, append_all};

/// Sealed chunks that a history reads at once: its pieces have about 32,000 points.
const CHUNKS_AT_ONCE: usize = 8;
/// Sealed chunks that a chart reads at once.
const CHUNKS_OF_CHART: usize = 64;

fn damaged(series_id: i64, chunk_no: i64) -> StoreError {
    StoreError::Corrupt {
        table: "metric_chunks",
        column: "points",
        row: format!("series {series_id}, chunk {chunk_no}"),
        problem: pack::Damaged.to_string(),
    }
}

fn unpacked(series_id: i64, chunk_no: i64, bytes: &[u8]) -> Result<Vec<MetricPoint>, StoreError> {
    pack::unpack(bytes).map_err(|_| damaged(series_id, chunk_no))
}

/// The points of sealed chunks, in the order of their numbers.
async fn sealed(
    pool: &Pool,
    series_id: i64,
    numbers: &[i64],
) -> Result<Vec<MetricPoint>, StoreError> {
    let list = dialect::in_list(2, numbers.len());
    let rows: Vec<(i64, Vec<u8>)> = sql(format!(
        "select chunk_no, points from metric_chunks where series_id = $1 and chunk_no in {list} order by chunk_no"
    ))
    .bind(series_id)
    .bind_all(numbers.iter().copied())
    .all(pool)
    .await?;
    let mut points = Vec::with_capacity(rows.len() * append::SEALED_POINTS);
    for (number, bytes) in rows {
        points.extend(unpacked(series_id, number, &bytes)?);
    }
    Ok(points)
}

/// A sealed chunk that a history has still to read.
#[derive(Debug)]
struct Ahead {
    chunk_no: i64,
    first: Place,
}

/// A history in pieces, each in order and after the one before.
#[derive(Debug)]
pub struct HistoryPieces {
    pool: Pool,
    series_id: i64,
    after: Option<Place>,
    /// In the order of their first points.
    ahead: VecDeque<Ahead>,
    /// Points in hand that a chunk ahead may still come before.
    held: Vec<MetricPoint>,
}

#[derive(Debug, sqlx::FromRow)]
struct HistoryRow {
    chunk_no: i64,
    first_timestamp_ms: i64,
    first_step: i64,
    first_bits: i64,
    points: Option<Vec<u8>>,
}

/// The history of a series from the first point after `after`, in the order of timestamp, step, value.
pub async fn history_pieces(
    pool: &Pool,
    series_id: i64,
    after: Option<MetricPoint>,
) -> Result<HistoryPieces, StoreError> {
    let after = after.as_ref().map(place);
    let (timestamp_ms, step, bits) = after.unwrap_or((i64::MIN, i64::MIN, i64::MIN));
    let rows: Vec<HistoryRow> = sql("select chunk_no, first_timestamp_ms, first_step, first_bits, \
         case when level = $2 then null else points end as points from metric_chunks \
         where series_id = $1 and point_count > 0 and (last_timestamp_ms, last_step, last_bits) >= ($3, $4, $5)")
    .bind(series_id)
    .bind(Level::Sealed.number())
    .bind(timestamp_ms)
    .bind(step)
    .bind(bits)
    .all(pool)
    .await?;
    let mut ahead = Vec::new();
    let mut held = Vec::new();
    for row in rows {
        match row.points {
            Some(bytes) => held.extend(unpacked(series_id, row.chunk_no, &bytes)?),
            None => ahead.push(Ahead {
                chunk_no: row.chunk_no,
                first: (row.first_timestamp_ms, row.first_step, row.first_bits),
            }),
        }
    }
    held.retain(|point| after.is_none_or(|after| place(point) > after));
    held.sort_unstable_by_key(place);
    ahead.sort_unstable_by_key(|chunk| chunk.first);
    Ok(HistoryPieces {
        pool: pool.clone(),
        series_id,
        after,
        ahead: ahead.into(),
        held,
    })
}

impl HistoryPieces {
    /// The next piece, never empty; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<MetricPoint>>, StoreError> {
        loop {
            let ready = match self.ahead.front() {
                Some(chunk) => self
                    .held
                    .partition_point(|point| place(point) < chunk.first),
                None => self.held.len(),
            };
            if ready > 0 {
                let rest = self.held.split_off(ready);
                return Ok(Some(std::mem::replace(&mut self.held, rest)));
            }
            if self.ahead.is_empty() {
                return Ok(None);
            }
            self.read_on().await?;
        }
    }

    async fn read_on(&mut self) -> Result<(), StoreError> {
        let count = self.ahead.len().min(CHUNKS_AT_ONCE);
        let numbers: Vec<i64> = self
            .ahead
            .drain(..count)
            .map(|chunk| chunk.chunk_no)
            .collect();
        let mut read = sealed(&self.pool, self.series_id, &numbers).await?;
        read.retain(|point| self.after.is_none_or(|after| place(point) > after));
        read.append(&mut self.held);
        if !read.is_sorted_by_key(place) {
            read.sort_unstable_by_key(place);
        }
        self.held = read;
        Ok(())
    }
}

/// Points of a series in the order of timestamp, step, value: those after `after`, at most `limit`.
pub async fn history(
    pool: &Pool,
    series_id: i64,
    after: Option<MetricPoint>,
    limit: i64,
) -> Result<Vec<MetricPoint>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let mut pieces = history_pieces(pool, series_id, after).await?;
    let mut points = Vec::new();
    while points.len() < limit {
        let Some(piece) = pieces.next().await? else {
            break;
        };
        if points.is_empty() {
            points = piece;
        } else {
            points.extend(piece);
        }
    }
    points.truncate(limit);
    Ok(points)
}

#[derive(Debug, sqlx::FromRow)]
struct ChartRow {
    chunk_no: i64,
    point_count: i64,
    step_min: i64,
    step_max: i64,
    summary: Option<Vec<u8>>,
    points: Option<Vec<u8>>,
}

/// The points of a series that lie in a range of steps, both ends included, thinned to about `buckets` buckets; all of
/// them when they are few.
pub async fn chart(
    pool: &Pool,
    series_id: i64,
    range: Option<(i64, i64)>,
    buckets: usize,
) -> Result<Chart, StoreError> {
    let (from, to) = range.unwrap_or((i64::MIN, i64::MAX));
    let rows: Vec<ChartRow> = sql("select chunk_no, point_count, step_min, step_max, summary, \
         case when level = $2 then null else points end as points from metric_chunks \
         where series_id = $1 and point_count > 0 and step_max >= $3 and step_min <= $4 order by chunk_no")
    .bind(series_id)
    .bind(Level::Sealed.number())
    .bind(from)
    .bind(to)
    .all(pool)
    .await?;
    // Points in hand; sealed chunks wholly in the range; those that reach out of it and must be opened.
    let (mut points, mut inside, mut across) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        match &row.points {
            Some(bytes) => points.extend(unpacked(series_id, row.chunk_no, bytes)?),
            None if from <= row.step_min && row.step_max <= to => inside.push(row),
            None => across.push(row.chunk_no),
        }
    }
    let finest = inside.iter().map(|row| row.point_count).sum::<i64>() / BLOCK_POINTS_I64;
    let use_summaries = inside.len() >= buckets;
    let use_blocks = usize::try_from(finest).unwrap_or(0) >= buckets;
    let opened = if use_blocks {
        across
    } else {
        across
            .into_iter()
            .chain(inside.iter().map(|row| row.chunk_no))
            .collect()
    };
    for numbers in opened.chunks(CHUNKS_OF_CHART) {
        points.extend(sealed(pool, series_id, numbers).await?);
    }
    points.retain(|point| (from..=to).contains(&point.step));
    if !use_blocks {
        return Ok(thin_points(points, buckets));
    }
    points.sort_unstable_by(block::by_step);
    let mut blocks = blocks_of(&points);
    if use_summaries {
        for row in inside {
            let bytes = row.summary.unwrap_or_default();
            blocks.extend(unpacked_blocks(series_id, row.chunk_no, &bytes)?);
        }
    } else {
        blocks.extend(blocks_of_chunks(pool, series_id, &inside).await?);
    }
    Ok(thin_blocks(blocks, buckets))
}

const BLOCK_POINTS_I64: i64 = block::BLOCK_POINTS as i64;

fn unpacked_blocks(series_id: i64, chunk_no: i64, bytes: &[u8]) -> Result<Vec<Block>, StoreError> {
    unpack_blocks(bytes).map_err(|_| damaged(series_id, chunk_no))
}

/// The finer blocks of sealed chunks.
async fn blocks_of_chunks(
    pool: &Pool,
    series_id: i64,
    chunks: &[ChartRow],
) -> Result<Vec<Block>, StoreError> {
    let mut blocks = Vec::with_capacity(chunks.len() * append::SEALED_POINTS / block::BLOCK_POINTS);
    for piece in chunks.chunks(1024) {
        let list = dialect::in_list(2, piece.len());
        let rows: Vec<(i64, Vec<u8>)> = sql(format!(
            "select chunk_no, blocks from metric_chunks where series_id = $1 and chunk_no in {list}"
        ))
        .bind(series_id)
        .bind_all(piece.iter().map(|row| row.chunk_no))
        .all(pool)
        .await?;
        for (chunk_no, bytes) in rows {
            blocks.extend(unpacked_blocks(series_id, chunk_no, &bytes)?);
        }
    }
    Ok(blocks)
}
