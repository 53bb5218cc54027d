//! Writing chunks: for all series of a transaction in a handful of statements.

use std::collections::{HashMap, HashSet};

use domain::tracking::MetricPoint;

use super::append::{Chunk, Level, Place, Standing, ordered, place};
use super::block::{Block, by_step, pack_blocks};
use super::thin::blocks_of;
use super::{pack, unpacked};
use crate::bulk::{Kind, Rows};
use crate::dialect;
use crate::sql::{Conn, Value, sql};
use crate::{StoreError, Tx};

/// New points of one series, and what stood before them.
#[derive(Debug)]
pub(in crate::tracking) struct Addition {
    pub series_id: i64,
    pub standing: Standing,
    pub points: Vec<MetricPoint>,
}

/// The chunks of these series on one level: series, number, packed points.
async fn of_level(
    tx: &mut Tx,
    level: Level,
    series_ids: impl Iterator<Item = i64>,
) -> Result<Vec<(i64, i64, Vec<u8>)>, StoreError> {
    let mut found = Vec::new();
    for piece in ids(series_ids).pieces(&Conn::from(&mut *tx)) {
        let text = format!(
            "with wanted(series_id) as ({}) select c.series_id, c.chunk_no, c.points from wanted w \
             join metric_chunks c on c.series_id = w.series_id where c.level = {}",
            piece.source,
            level.number()
        );
        found.extend(sql(text).bind_all(piece.values).all(&mut *tx).await?);
    }
    Ok(found)
}

fn ids(series_ids: impl Iterator<Item = i64>) -> Rows<1> {
    let mut rows = Rows::new([Kind::Int]);
    for id in series_ids {
        rows.push([id.into()]);
    }
    rows
}

/// Adds points to their series. Afterwards each addition holds the points that were new, and what stands now.
///
/// The series rows must be there, and their runs locked.
pub(in crate::tracking) async fn append_all(
    tx: &mut Tx,
    additions: &mut [Addition],
) -> Result<(), StoreError> {
    for addition in additions.iter_mut() {
        ordered(&mut addition.points);
        if addition.standing.may_hold(&addition.points) {
            let known = standing_among(tx, addition.series_id, &addition.points).await?;
            addition
                .points
                .retain(|point| !known.contains(&place(point)));
        }
    }
    let mut loose = take_loose(tx, additions).await?;
    let mut rows = Rows::new(COLUMNS.map(|(_, kind)| kind));
    for addition in additions {
        let loose = loose.remove(&addition.series_id).unwrap_or_default();
        let chunks = addition.standing.add(addition.points.clone(), loose);
        for chunk in chunks {
            rows.push(row_of(addition.series_id, &chunk));
        }
    }
    write_chunks(tx, rows).await
}

/// Chunks that are looked into at once for points that may be there already.
const CHUNKS_AT_ONCE: usize = 8;

#[derive(Debug, sqlx::FromRow)]
struct Bounds {
    chunk_no: i64,
    first_timestamp_ms: i64,
    first_step: i64,
    first_bits: i64,
    last_timestamp_ms: i64,
    last_step: i64,
    last_bits: i64,
}

impl Bounds {
    /// Whether one of these ordered points lies within.
    fn hold_some(&self, points: &[MetricPoint]) -> bool {
        let first = (self.first_timestamp_ms, self.first_step, self.first_bits);
        let last = (self.last_timestamp_ms, self.last_step, self.last_bits);
        let next = points.partition_point(|point| place(point) < first);
        points.get(next).is_some_and(|point| place(point) <= last)
    }
}

/// Those of these ordered points that stand in a chunk already. Only chunks in which one may stand are read, however far
/// the first of the points is from the last.
async fn standing_among(
    tx: &mut Tx,
    series_id: i64,
    points: &[MetricPoint],
) -> Result<HashSet<Place>, StoreError> {
    let ends = [points[0], points[points.len() - 1]];
    let [
        (first_ms, first_step, first_bits),
        (last_ms, last_step, last_bits),
    ] = ends.map(|point| place(&point));
    let bounds: Vec<Bounds> = sql("select chunk_no, first_timestamp_ms, first_step, first_bits, \
         last_timestamp_ms, last_step, last_bits from metric_chunks \
         where series_id = $1 and point_count > 0 and (last_timestamp_ms, last_step, last_bits) >= ($2, $3, $4) \
         and (first_timestamp_ms, first_step, first_bits) <= ($5, $6, $7)")
    .bind(series_id)
    .bind_all([first_ms, first_step, first_bits, last_ms, last_step, last_bits])
    .all(&mut *tx)
    .await?;
    let numbers = bounds.iter().filter(|bounds| bounds.hold_some(points));
    let numbers: Vec<i64> = numbers.map(|bounds| bounds.chunk_no).collect();
    let mut places = HashSet::new();
    for piece in numbers.chunks(CHUNKS_AT_ONCE) {
        let list = dialect::in_list(2, piece.len());
        let rows: Vec<(i64, Vec<u8>)> = sql(format!(
            "select chunk_no, points from metric_chunks where series_id = $1 and chunk_no in {list}"
        ))
        .bind(series_id)
        .bind_all(piece.iter().copied())
        .all(&mut *tx)
        .await?;
        for (chunk_no, bytes) in rows {
            let standing = unpacked(series_id, chunk_no, &bytes)?;
            let among = |of: &Place| points.binary_search_by_key(of, place).is_ok();
            places.extend(standing.iter().map(place).filter(among));
        }
    }
    Ok(places)
}

/// Reads and deletes the loose chunks of those series that are to be sealed.
async fn take_loose(
    tx: &mut Tx,
    additions: &[Addition],
) -> Result<HashMap<i64, Vec<MetricPoint>>, StoreError> {
    let sealing: Vec<i64> = additions
        .iter()
        .filter(|addition| addition.standing.loose_points > 0)
        .filter(|addition| addition.standing.seals(addition.points.len()))
        .map(|addition| addition.series_id)
        .collect();
    let mut loose: HashMap<i64, Vec<MetricPoint>> = HashMap::new();
    if sealing.is_empty() {
        return Ok(loose);
    }
    for (series_id, chunk_no, bytes) in of_level(tx, Level::Loose, sealing.iter().copied()).await? {
        let points = unpacked(series_id, chunk_no, &bytes)?;
        loose.entry(series_id).or_default().extend(points);
    }
    for piece in ids(sealing.into_iter()).pieces(&Conn::from(&mut *tx)) {
        let text = format!(
            "with wanted(series_id) as ({}) delete from metric_chunks \
             where series_id in (select series_id from wanted) and level = {}",
            piece.source,
            Level::Loose.number()
        );
        sql(text).bind_all(piece.values).execute(&mut *tx).await?;
    }
    Ok(loose)
}

const COLUMNS: [(&str, Kind); 15] = [
    ("series_id", Kind::Int),
    ("chunk_no", Kind::Int),
    ("level", Kind::Int),
    ("point_count", Kind::Int),
    ("first_timestamp_ms", Kind::Int),
    ("first_step", Kind::Int),
    ("first_bits", Kind::Int),
    ("last_timestamp_ms", Kind::Int),
    ("last_step", Kind::Int),
    ("last_bits", Kind::Int),
    ("step_min", Kind::Int),
    ("step_max", Kind::Int),
    ("summary", Kind::Blob),
    ("blocks", Kind::Blob),
    ("points", Kind::Blob),
];

fn row_of(series_id: i64, chunk: &Chunk) -> [Value; 15] {
    let points = &chunk.points;
    let ends = [points.first(), points.last()];
    let [first, last] = ends.map(|point| point.map_or((0, 0, 0), place));
    let steps = || points.iter().map(|point| point.step);
    let (mut summary, mut blocks) = (None, None);
    if chunk.level == Level::Sealed {
        let mut of_chart = points.clone();
        of_chart.sort_unstable_by(by_step);
        summary = Block::of(points).map(|block| pack_blocks(&[block]));
        blocks = Some(pack_blocks(&blocks_of(&of_chart)));
    }
    [
        series_id.into(),
        chunk.number.into(),
        chunk.level.number().into(),
        i64::try_from(points.len()).unwrap_or(i64::MAX).into(),
        first.0.into(),
        first.1.into(),
        first.2.into(),
        last.0.into(),
        last.1.into(),
        last.2.into(),
        steps().min().unwrap_or(0).into(),
        steps().max().unwrap_or(0).into(),
        summary.into(),
        blocks.into(),
        pack::pack(points).into(),
    ]
}

/// Only a tail is ever written twice.
async fn write_chunks(tx: &mut Tx, rows: Rows<15>) -> Result<(), StoreError> {
    let names = COLUMNS.map(|(name, _)| name).join(", ");
    let changed = COLUMNS[3..]
        .iter()
        .map(|(name, _)| format!("{name} = excluded.{name}"))
        .collect::<Vec<_>>()
        .join(", ");
    for piece in rows.pieces(&Conn::from(&mut *tx)) {
        sql(format!(
            "insert into metric_chunks ({names}) {} on conflict (series_id, chunk_no) do update set {changed}",
            piece.source
        ))
        .bind_all(piece.values)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
