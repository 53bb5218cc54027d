//! Evenly spaced points of a series, as MLflow's charts ask for them: by rank, not by extremes.
//!
//! Points are ranked by step, timestamp and value. Sealed chunks whose steps do not overlap are ranked by their counts
//! alone, so only those chunks are opened in which a chosen rank lies.

use std::collections::HashMap;

use domain::tracking::MetricPoint;

use super::append::Level;
use super::block::by_step;
use super::pack::{Damaged, VALUE_BYTES, places_at, unpack, unpack_at};
use super::{CHUNKS_OF_CHART, damaged, unpacked};
use crate::bulk::{Kind, Rows};
use crate::dialect;
use crate::sql::{Conn, sql};
use crate::{Pool, StoreError};

/// Points that stand together in the order of steps: a sealed chunk still to be read, or points in hand.
#[derive(Debug)]
struct Stretch {
    step_min: i64,
    step_max: i64,
    count: usize,
    chunk_no: Option<i64>,
    points: Vec<MetricPoint>,
}

#[derive(Debug, sqlx::FromRow)]
struct StretchRow {
    chunk_no: i64,
    point_count: i64,
    step_min: i64,
    step_max: i64,
    points: Option<Vec<u8>>,
}

/// The ranks that MLflow takes: the first of each of `wanted` equal buckets (the first ones hold one more where it does
/// not come out even), and the very last in place of the last bucket's first.
pub fn ranks(total: usize, wanted: usize) -> Vec<usize> {
    let wanted = wanted.max(1);
    if total <= wanted {
        return (0..total).collect();
    }
    let (size, longer) = (total / wanted, total % wanted);
    let mut ranks: Vec<usize> = (0..wanted)
        .map(|bucket| bucket * size + bucket.min(longer))
        .collect();
    if let Some(last) = ranks.last_mut() {
        *last = total - 1;
    }
    ranks
}

/// At most `wanted` points of a series, all within a range of steps when there is one, both ends included.
pub async fn sample(
    pool: &Pool,
    series_id: i64,
    range: Option<(i64, i64)>,
    wanted: usize,
) -> Result<Vec<MetricPoint>, StoreError> {
    let (from, to) = range.unwrap_or((i64::MIN, i64::MAX));
    let mut stretches = stretches(pool, series_id, from, to).await?;
    stretches.sort_unstable_by_key(|stretch| stretch.step_min);
    let overlap = stretches
        .windows(2)
        .any(|pair| pair[0].step_max >= pair[1].step_min);
    if overlap {
        stretches = vec![joined(pool, series_id, stretches).await?];
    }
    let total = stretches.iter().map(|stretch| stretch.count).sum();
    let ranks = ranks(total, wanted);
    let chosen = chosen(&stretches, &ranks);
    let mut picked = picked(pool, series_id, &stretches, &chosen).await?;
    let mut points = Vec::with_capacity(ranks.len());
    for (stretch, offsets) in stretches.iter().zip(chosen) {
        match stretch.chunk_no {
            Some(number) => points.extend(picked.remove(&number).unwrap_or_default()),
            None => points.extend(offsets.into_iter().filter_map(|at| stretch.points.get(at))),
        }
    }
    Ok(points)
}

async fn stretches(
    pool: &Pool,
    series_id: i64,
    from: i64,
    to: i64,
) -> Result<Vec<Stretch>, StoreError> {
    let rows: Vec<StretchRow> = sql("select chunk_no, point_count, step_min, step_max, \
         case when level = $2 and step_min >= $3 and step_max <= $4 then null else points end as points \
         from metric_chunks where series_id = $1 and point_count > 0 and step_max >= $3 and step_min <= $4")
    .bind(series_id)
    .bind(Level::Sealed.number())
    .bind(from)
    .bind(to)
    .all(pool)
    .await?;
    let mut stretches = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(bytes) = row.points else {
            stretches.push(Stretch {
                step_min: row.step_min,
                step_max: row.step_max,
                count: usize::try_from(row.point_count).unwrap_or(0),
                chunk_no: Some(row.chunk_no),
                points: Vec::new(),
            });
            continue;
        };
        let mut points = unpacked(series_id, row.chunk_no, &bytes)?;
        points.retain(|point| (from..=to).contains(&point.step));
        stretches.extend(in_hand(points));
    }
    Ok(stretches)
}

fn in_hand(mut points: Vec<MetricPoint>) -> Option<Stretch> {
    points.sort_unstable_by(by_step);
    Some(Stretch {
        step_min: points.first()?.step,
        step_max: points.last()?.step,
        count: points.len(),
        chunk_no: None,
        points,
    })
}

/// All the points as one stretch, where steps of chunks overlap: only then is everything read.
async fn joined(
    pool: &Pool,
    series_id: i64,
    stretches: Vec<Stretch>,
) -> Result<Stretch, StoreError> {
    let unread: Vec<i64> = stretches.iter().filter_map(|each| each.chunk_no).collect();
    let mut points: Vec<MetricPoint> = stretches.into_iter().flat_map(|each| each.points).collect();
    for numbers in unread.chunks(CHUNKS_OF_CHART) {
        for (number, bytes) in packed(pool, series_id, numbers).await? {
            points.extend(unpacked(series_id, number, &bytes)?);
        }
    }
    Ok(in_hand(points).unwrap_or(Stretch {
        step_min: 0,
        step_max: 0,
        count: 0,
        chunk_no: None,
        points: Vec::new(),
    }))
}

/// For each stretch, which of its points are wanted.
fn chosen(stretches: &[Stretch], ranks: &[usize]) -> Vec<Vec<usize>> {
    let (mut before, mut at) = (0, 0);
    let offsets = |stretch: &Stretch| {
        let mut offsets = Vec::new();
        while at < ranks.len() && ranks[at] < before + stretch.count {
            offsets.push(ranks[at] - before);
            at += 1;
        }
        before += stretch.count;
        offsets
    };
    stretches.iter().map(offsets).collect()
}

/// The chosen points of the chunks still to be read, by chunk.
async fn picked(
    pool: &Pool,
    series_id: i64,
    stretches: &[Stretch],
    chosen: &[Vec<usize>],
) -> Result<HashMap<i64, Vec<MetricPoint>>, StoreError> {
    let wanted: Wanted<'_> = stretches
        .iter()
        .zip(chosen)
        .filter(|(_, offsets)| !offsets.is_empty())
        .filter_map(|(stretch, offsets)| Some((stretch.chunk_no?, offsets.as_slice())))
        .collect();
    let mut picked = HashMap::with_capacity(wanted.len());
    if dialect::reads_pieces(&Conn::from(pool)) && !wanted.is_empty() {
        picked = picked_in_pieces(pool, series_id, &wanted).await?;
    }
    let whole = wanted.keys().filter(|number| !picked.contains_key(number));
    let whole: Vec<i64> = whole.copied().collect();
    for numbers in whole.chunks(CHUNKS_OF_CHART) {
        for (number, bytes) in packed(pool, series_id, numbers).await? {
            let points = pick(&bytes, wanted[&number]);
            picked.insert(number, points.map_err(|_| damaged(series_id, number))?);
        }
    }
    Ok(picked)
}

/// By chunk, the ascending ranks of the points that are wanted of it.
type Wanted<'w> = HashMap<i64, &'w [usize]>;

/// The same without the values that nobody asked for, which are most of the bytes. Chunks whose steps do not ascend are
/// left out.
async fn picked_in_pieces(
    pool: &Pool,
    series_id: i64,
    wanted: &Wanted<'_>,
) -> Result<HashMap<i64, Vec<MetricPoint>>, StoreError> {
    let mut values = Rows::new([Kind::Int, Kind::Int]);
    let mut places = HashMap::with_capacity(wanted.len());
    for (number, columns) in columns(pool, series_id, wanted.keys().copied().collect()).await? {
        let found = places_at(&columns, wanted[&number]).map_err(|_| damaged(series_id, number))?;
        let Some(found) = found else { continue };
        for offset in &wanted[&number][..found.len()] {
            let at = columns.len() + offset * VALUE_BYTES + 1;
            values.push([number.into(), i64::try_from(at).unwrap_or(0).into()]);
        }
        places.insert(number, found.into_iter());
    }
    let mut picked: HashMap<i64, Vec<MetricPoint>> = HashMap::with_capacity(places.len());
    for piece in values.pieces(&Conn::from(pool)) {
        let text = format!(
            "with wanted(chunk_no, at) as ({}) \
             select c.chunk_no, substr(c.points, cast(w.at as integer), {VALUE_BYTES}) from wanted w \
             join metric_chunks c on c.series_id = ${} and c.chunk_no = w.chunk_no order by c.chunk_no, w.at",
            piece.source,
            piece.values.len() + 1
        );
        let rows: Vec<(i64, Vec<u8>)> = sql(text)
            .bind_all(piece.values)
            .bind(series_id)
            .all(pool)
            .await?;
        for (number, bits) in rows {
            let place = places.get_mut(&number).and_then(Iterator::next);
            let (Some(place), Ok(bits)) = (place, bits.try_into()) else {
                return Err(damaged(series_id, number));
            };
            picked.entry(number).or_default().push(place.with(bits));
        }
    }
    Ok(picked)
}

/// What stands before the values of these chunks.
async fn columns(
    pool: &Pool,
    series_id: i64,
    numbers: Vec<i64>,
) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let list = dialect::in_list(2, numbers.len());
    sql(format!(
        "select chunk_no, substr(points, 1, octet_length(points) - {VALUE_BYTES} * cast(point_count as integer)) \
         from metric_chunks where series_id = $1 and chunk_no in {list}"
    ))
    .bind(series_id)
    .bind_all(numbers)
    .all(pool)
    .await
}

/// The points of these ranks within a chunk.
fn pick(bytes: &[u8], ranks: &[usize]) -> Result<Vec<MetricPoint>, Damaged> {
    if let Some(points) = unpack_at(bytes, ranks)? {
        return Ok(points);
    }
    let mut points = unpack(bytes)?;
    points.sort_unstable_by(by_step);
    Ok(ranks
        .iter()
        .filter_map(|rank| points.get(*rank).copied())
        .collect())
}

async fn packed(
    pool: &Pool,
    series_id: i64,
    numbers: &[i64],
) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let list = dialect::in_list(2, numbers.len());
    sql(format!(
        "select chunk_no, points from metric_chunks where series_id = $1 and chunk_no in {list}"
    ))
    .bind(series_id)
    .bind_all(numbers.iter().copied())
    .all(pool)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_ntile_with_the_last_kept() {
        // select min(rank) ... group by ntile(4): of ten rows 0, 3, 6, 8.
        assert_eq!(ranks(10, 4), [0, 3, 6, 9]);
        assert_eq!(ranks(3, 4), [0, 1, 2]);
        assert_eq!(ranks(4, 4), [0, 1, 2, 3]);
        assert_eq!(ranks(5, 4), [0, 2, 3, 4]);
        assert_eq!(ranks(9, 1), [8]);
        assert_eq!(ranks(0, 7), [0; 0]);
    }
}
