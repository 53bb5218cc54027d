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
    let (version, mut rest) = bytes.split_first().ok_or(Damaged)?;
    if *version != VERSION {
        return Err(Damaged);
    }
    let count = usize::try_from(take_unsigned(&mut rest)?).map_err(|_| Damaged)?;
    // Ten bytes a point at least: a damaged count asks for no memory that the bytes do not back.
    if count.checked_mul(10).is_none_or(|least| least > rest.len()) {
        return Err(Damaged);
    }
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
    let (values, left) = rest.as_chunks::<8>();
    if values.len() != count || !left.is_empty() {
        return Err(Damaged);
    }
    for (point, bits) in points.iter_mut().zip(values) {
        point.value = f64::from_bits(u64::from_le_bytes(*bits));
    }
    Ok(points)
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
        }
        assert_eq!(unpack(&[9, 0]), Err(Damaged));
        let mut huge = vec![VERSION];
        put_unsigned(&mut huge, u64::MAX);
        assert_eq!(unpack(&huge), Err(Damaged));
    }
}
