//! Points as bytes: timestamps and steps as differences of differences, values as their exact bits.
//!
//! A regular series (a step every so many milliseconds) takes about ten bytes a point. Nothing is rounded: NaN keeps its
//! payload, zero its sign.

use domain::tracking::MetricPoint;

/// Bytes that no version of the app could have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the packed points are damaged")]
pub struct Damaged;

const VERSION: u8 = 1;

pub fn pack(points: &[MetricPoint]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(12 + points.len() * 12);
    bytes.push(VERSION);
    put_unsigned(&mut bytes, points.len() as u64);
    put_column(&mut bytes, points.iter().map(|point| point.timestamp_ms));
    put_column(&mut bytes, points.iter().map(|point| point.step));
    for point in points {
        bytes.extend_from_slice(&point.value.to_bits().to_le_bytes());
    }
    bytes
}

pub fn unpack(bytes: &[u8]) -> Result<Vec<MetricPoint>, Damaged> {
    let (count, mut rest) = counted(bytes)?;
    let mut points = vec![
        MetricPoint {
            step: 0,
            timestamp_ms: 0,
            value: 0.0,
        };
        count
    ];
    take_column(&mut rest, &mut points, |point| &mut point.timestamp_ms)?;
    take_column(&mut rest, &mut points, |point| &mut point.step)?;
    let (values, left) = rest.as_chunks::<VALUE_BYTES>();
    if values.len() != count || !left.is_empty() {
        return Err(Damaged);
    }
    for (point, bits) in points.iter_mut().zip(values) {
        point.value = f64::from_bits(u64::from_le_bytes(*bits));
    }
    Ok(points)
}

/// Those points alone that stand at `offsets`, which ascend. `None` when the steps do not ascend: then the place of a
/// point is not its rank on a chart.
pub fn unpack_at(bytes: &[u8], offsets: &[usize]) -> Result<Option<Vec<MetricPoint>>, Damaged> {
    let (count, _) = counted(bytes)?;
    let (columns, values) = bytes
        .split_at_checked(bytes.len().saturating_sub(count * VALUE_BYTES))
        .ok_or(Damaged)?;
    let (values, _) = values.as_chunks::<VALUE_BYTES>();
    let Some(places) = places_at(columns, offsets)? else {
        return Ok(None);
    };
    let points = places.iter().zip(offsets);
    let points = points.map(|(place, offset)| place.with(values[*offset]));
    Ok(Some(points.collect()))
}

/// What is packed ends with the values, each as long as this.
pub const VALUE_BYTES: usize = 8;

/// A point whose value is still to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceOf {
    step: i64,
    timestamp_ms: i64,
}

impl PlaceOf {
    pub fn with(self, bits: [u8; VALUE_BYTES]) -> MetricPoint {
        MetricPoint {
            step: self.step,
            timestamp_ms: self.timestamp_ms,
            value: f64::from_bits(u64::from_le_bytes(bits)),
        }
    }
}

/// The same from what stands before the values: a fifth of the bytes.
pub fn places_at(columns: &[u8], offsets: &[usize]) -> Result<Option<Vec<PlaceOf>>, Damaged> {
    let (count, mut rest) = header(columns)?;
    let wanted = &offsets[..offsets.partition_point(|offset| *offset < count)];
    let (times, _) = pick_column(&mut rest, count, wanted)?;
    let (steps, ascend) = pick_column(&mut rest, count, wanted)?;
    if !rest.is_empty() {
        return Err(Damaged);
    }
    let places = steps.into_iter().zip(times);
    let places = places.map(|(step, timestamp_ms)| PlaceOf { step, timestamp_ms });
    Ok(ascend.then(|| places.collect()))
}

fn header(bytes: &[u8]) -> Result<(usize, &[u8]), Damaged> {
    let (version, mut rest) = bytes.split_first().ok_or(Damaged)?;
    if *version != VERSION {
        return Err(Damaged);
    }
    let count = usize::try_from(take_unsigned(&mut rest)?).map_err(|_| Damaged)?;
    Ok((count, rest))
}

fn counted(bytes: &[u8]) -> Result<(usize, &[u8]), Damaged> {
    let (count, rest) = header(bytes)?;
    // Ten bytes a point at least: a damaged count asks for no memory that the bytes do not back.
    if count.checked_mul(10).is_none_or(|least| least > rest.len()) {
        return Err(Damaged);
    }
    Ok((count, rest))
}

fn put_column(bytes: &mut Vec<u8>, column: impl Iterator<Item = i64>) {
    let (mut last, mut pace) = (0_i64, 0_i64);
    for number in column {
        let change = number.wrapping_sub(last);
        put_signed(bytes, change.wrapping_sub(pace));
        (last, pace) = (number, change);
    }
}

fn take_column(
    bytes: &mut &[u8],
    points: &mut [MetricPoint],
    field: impl Fn(&mut MetricPoint) -> &mut i64,
) -> Result<(), Damaged> {
    let (mut last, mut pace) = (0_i64, 0_i64);
    for point in points {
        pace = pace.wrapping_add(take_signed(bytes)?);
        last = last.wrapping_add(pace);
        *field(point) = last;
    }
    Ok(())
}

/// The numbers of a column at `offsets`, all within it, and whether the column never descends. Where the pace holds, which
/// is nearly everywhere, a number costs one look at a byte.
fn pick_column(
    bytes: &mut &[u8],
    count: usize,
    offsets: &[usize],
) -> Result<(Vec<i64>, bool), Damaged> {
    let mut picked = Vec::with_capacity(offsets.len());
    let (mut at, mut last, mut pace, mut ascends) = (0, 0_i64, 0_i64, true);
    while at < count {
        let ahead = bytes.get(..count - at).ok_or(Damaged)?;
        let steady = ahead.iter().position(|byte| *byte != 0);
        let steady = steady.unwrap_or(ahead.len());
        *bytes = &bytes[steady..];
        while let Some(offset) = offsets.get(picked.len()).filter(|o| **o < at + steady) {
            picked.push(last.wrapping_add(pace.wrapping_mul(signed(offset - at + 1))));
        }
        let before = last;
        last = last.wrapping_add(pace.wrapping_mul(signed(steady)));
        // A pace that wraps around comes to another number than this.
        let expected = i128::from(before) + i128::from(pace) * steady as i128;
        ascends &= steady == 0 || pace >= 0 && expected == i128::from(last);
        at += steady;
        if at == count {
            break;
        }
        pace = pace.wrapping_add(take_signed(bytes)?);
        let before = last;
        last = last.wrapping_add(pace);
        ascends &= at == 0 || before <= last;
        if offsets.get(picked.len()) == Some(&at) {
            picked.push(last);
        }
        at += 1;
    }
    Ok((picked, ascends))
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Small numbers of either sign become small unsigned ones.
pub(super) fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put_unsigned(bytes, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

pub(super) fn take_signed(bytes: &mut &[u8]) -> Result<i64, Damaged> {
    let number = take_unsigned(bytes)?;
    Ok((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
}

#[allow(clippy::cast_possible_truncation)]
pub(super) fn put_unsigned(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(super) fn take_unsigned(bytes: &mut &[u8]) -> Result<u64, Damaged> {
    let (mut number, mut shift) = (0_u64, 0);
    loop {
        let (byte, rest) = bytes.split_first().ok_or(Damaged)?;
        *bytes = rest;
        if shift == 63 && *byte > 1 || shift > 63 {
            return Err(Damaged);
        }
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::tracking::series::random::{Random, exact};

    #[test]
    fn whatever_is_packed_comes_back_exactly() {
        let mut random = Random(7);
        for size in [0, 1, 2, 3, 63, 64, 1000] {
            let points = random.points(size, 1 << 40);
            assert_eq!(exact(&unpack(&pack(&points)).unwrap()), exact(&points));
        }
        let edges = [i64::MIN, i64::MAX, 0, -1, i64::MAX, i64::MIN];
        let points: Vec<MetricPoint> = edges
            .iter()
            .map(|edge| MetricPoint {
                step: *edge,
                timestamp_ms: edge.wrapping_neg(),
                value: f64::from_bits(0x7ff0_0000_0000_0001),
            })
            .collect();
        assert_eq!(exact(&unpack(&pack(&points)).unwrap()), exact(&points));
    }

    #[test]
    fn picked_points_are_those_of_the_whole() {
        let mut random = Random(11);
        let spread =
            |points: &[MetricPoint]| -> Vec<usize> { (0..points.len()).step_by(7).collect() };
        for size in [0, 1, 8, 300, 4096] {
            let mut points = random.points(size, 1 << 30);
            // A steady stretch between others.
            for (n, point) in points.iter_mut().skip(size / 4).take(size / 2).enumerate() {
                (point.step, point.timestamp_ms) = (3 * n as i64, 1_000 + 250 * n as i64);
            }
            points.sort_unstable_by_key(|point| (point.step, point.timestamp_ms));
            let offsets = spread(&points);
            let picked = unpack_at(&pack(&points), &offsets).unwrap().unwrap();
            let wanted: Vec<MetricPoint> = offsets.iter().map(|at| points[*at]).collect();
            assert_eq!(exact(&picked), exact(&wanted), "{size}");
        }
    }

    #[test]
    fn steps_that_descend_anywhere_are_not_picked_from() {
        let of_steps = |steps: &[i64]| -> Vec<MetricPoint> {
            let point = |step: &i64| MetricPoint {
                step: *step,
                timestamp_ms: 0,
                value: 0.0,
            };
            steps.iter().map(point).collect()
        };
        for steps in [
            &[-5, -10, -15][..],
            &[1, 2, 3, 2],
            &[0, 0, 0, -1],
            &[9, 8, 7, 6],
            &[i64::MAX - 1, i64::MAX, i64::MIN],
        ] {
            assert_eq!(
                unpack_at(&pack(&of_steps(steps)), &[1]),
                Ok(None),
                "{steps:?}"
            );
        }
        let picked = unpack_at(&pack(&of_steps(&[-7, -7, 5])), &[0, 2, 9])
            .unwrap()
            .unwrap();
        assert_eq!(picked.iter().map(|p| p.step).collect::<Vec<_>>(), [-7, 5]);
    }

    #[test]
    fn a_regular_series_is_small() {
        let points: Vec<MetricPoint> = (0..4096)
            .map(|step| MetricPoint {
                step,
                timestamp_ms: 1_700_000_000_000 + step * 250,
                value: 1.0 / step as f64,
            })
            .collect();
        assert!(pack(&points).len() < 4096 * 10 + 40);
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        let bytes = pack(&Random(3).points(50, 100));
        for length in 0..bytes.len() {
            assert_eq!(unpack(&bytes[..length]), Err(Damaged), "{length}");
            assert_eq!(unpack_at(&bytes[..length], &[0]), Err(Damaged), "{length}");
        }
        assert_eq!(unpack(&[9, 0]), Err(Damaged));
        let mut huge = vec![VERSION];
        put_unsigned(&mut huge, u64::MAX);
        assert_eq!(unpack(&huge), Err(Damaged));
    }
}
