//! What a chart needs of many points: how many, the first and last, the lowest and highest.
//!
//! Blocks are the min/max pyramid: one over a sealed chunk, and under it one for every [`BLOCK_POINTS`] of its points. Two
//! blocks join into one that is exact for both, so a bucket of a chart is a join of blocks.

use std::cmp::Ordering;

use domain::tracking::MetricPoint;

use super::pack::{Damaged, put_signed, put_unsigned, take_signed, take_unsigned};

pub const BLOCK_POINTS: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    pub count: u64,
    /// In the order of the chart: step, timestamp, value.
    pub first: MetricPoint,
    pub last: MetricPoint,
    /// Over finite values; the earlier one of equals.
    pub low: Option<MetricPoint>,
    pub high: Option<MetricPoint>,
    /// The earliest value that no line can show: NaN or infinite.
    pub gap: Option<MetricPoint>,
    pub nan_count: u64,
}

/// The order of a chart.
pub fn by_step(a: &MetricPoint, b: &MetricPoint) -> Ordering {
    let place = |point: &MetricPoint| (point.step, point.timestamp_ms, point.value_bits());
    place(a).cmp(&place(b))
}

impl Block {
    fn of_one(point: MetricPoint) -> Self {
        let shown = Some(point).filter(|point| point.value.is_finite());
        Self {
            count: 1,
            first: point,
            last: point,
            low: shown,
            high: shown,
            gap: Some(point).filter(|point| !point.value.is_finite()),
            nan_count: u64::from(point.value.is_nan()),
        }
    }

    /// `None` of no points. The points may stand in any order.
    pub fn of(points: &[MetricPoint]) -> Option<Self> {
        let (first, rest) = points.split_first()?;
        let mut block = Self::of_one(*first);
        for point in rest {
            block.join(&Self::of_one(*point));
        }
        Some(block)
    }

    pub fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.nan_count += other.nan_count;
        if by_step(&other.first, &self.first).is_lt() {
            self.first = other.first;
        }
        if by_step(&other.last, &self.last).is_gt() {
            self.last = other.last;
        }
        let lower = |a: &MetricPoint, b: &MetricPoint| a.value.total_cmp(&b.value);
        let higher = |a: &MetricPoint, b: &MetricPoint| b.value.total_cmp(&a.value);
        self.low = better(self.low, other.low, lower);
        self.high = better(self.high, other.high, higher);
        self.gap = better(self.gap, other.gap, |_, _| Ordering::Equal);
    }

    /// The points that a chart draws for this block, in its order: the lowest and the highest, or the gap.
    pub fn extremes(&self) -> impl Iterator<Item = MetricPoint> + use<> {
        let (first, second) = match (self.low, self.high) {
            (Some(low), Some(high)) => match by_step(&low, &high) {
                Ordering::Less => (Some(low), Some(high)),
                Ordering::Equal => (Some(low), None),
                Ordering::Greater => (Some(high), Some(low)),
            },
            _ => (self.gap, None),
        };
        [first, second].into_iter().flatten()
    }
}

/// The better point; of equally good ones the earlier.
fn better(
    a: Option<MetricPoint>,
    b: Option<MetricPoint>,
    order: impl Fn(&MetricPoint, &MetricPoint) -> Ordering,
) -> Option<MetricPoint> {
    let (Some(first), Some(second)) = (a, b) else {
        return a.or(b);
    };
    let later = order(&second, &first).then_with(|| by_step(&second, &first));
    Some(if later.is_lt() { second } else { first })
}

pub fn pack_blocks(blocks: &[Block]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(blocks.len() * 64 + 4);
    put_unsigned(&mut bytes, blocks.len() as u64);
    let mut last = (0, 0);
    for block in blocks {
        put_unsigned(&mut bytes, block.count);
        put_unsigned(&mut bytes, block.nan_count);
        let optional = [block.low, block.high, block.gap];
        let present = optional
            .iter()
            .rev()
            .fold(0, |bits, point| (bits << 1) | u64::from(point.is_some()));
        put_unsigned(&mut bytes, present);
        for point in [block.first, block.last]
            .into_iter()
            .chain(optional.into_iter().flatten())
        {
            put_signed(&mut bytes, point.timestamp_ms.wrapping_sub(last.0));
            put_signed(&mut bytes, point.step.wrapping_sub(last.1));
            bytes.extend_from_slice(&point.value.to_bits().to_le_bytes());
            last = (point.timestamp_ms, point.step);
        }
    }
    bytes
}

pub fn unpack_blocks(mut bytes: &[u8]) -> Result<Vec<Block>, Damaged> {
    let rest = &mut bytes;
    let count = take_unsigned(rest)?;
    let mut blocks = Vec::new();
    let mut last = (0, 0);
    for _ in 0..count {
        let (count, nan_count, present) = (
            take_unsigned(rest)?,
            take_unsigned(rest)?,
            take_unsigned(rest)?,
        );
        let first = take_point(rest, &mut last)?;
        let last_point = take_point(rest, &mut last)?;
        let mut optional = [None; 3];
        for (bit, point) in optional.iter_mut().enumerate() {
            if present >> bit & 1 == 1 {
                *point = Some(take_point(rest, &mut last)?);
            }
        }
        let [low, high, gap] = optional;
        blocks.push(Block {
            count,
            first,
            last: last_point,
            low,
            high,
            gap,
            nan_count,
        });
    }
    Ok(blocks)
}

fn take_point(bytes: &mut &[u8], last: &mut (i64, i64)) -> Result<MetricPoint, Damaged> {
    last.0 = last.0.wrapping_add(take_signed(bytes)?);
    last.1 = last.1.wrapping_add(take_signed(bytes)?);
    let (value, rest) = bytes.split_first_chunk::<8>().ok_or(Damaged)?;
    *bytes = rest;
    Ok(MetricPoint {
        timestamp_ms: last.0,
        step: last.1,
        value: f64::from_bits(u64::from_le_bytes(*value)),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::tracking::series::random::{Random, exact};

    fn shown(block: &Block) -> (u64, u64, Vec<(i64, i64, i64)>) {
        let mut points = vec![block.first, block.last];
        points.extend([block.low, block.high, block.gap].into_iter().flatten());
        (block.count, block.nan_count, exact(&points))
    }

    /// The same by looking at every point.
    fn naive(points: &[MetricPoint]) -> Block {
        let mut sorted = points.to_vec();
        sorted.sort_by(by_step);
        let finite = || sorted.iter().filter(|point| point.value.is_finite());
        let low = finite().map(|p| p.value).min_by(f64::total_cmp);
        let high = finite().map(|p| p.value).max_by(f64::total_cmp);
        let at = |value: Option<f64>| {
            let bits = value?.to_bits();
            sorted.iter().copied().find(|p| p.value.to_bits() == bits)
        };
        Block {
            count: sorted.len() as u64,
            first: sorted[0],
            last: sorted[sorted.len() - 1],
            low: at(low),
            high: at(high),
            gap: sorted.iter().copied().find(|p| !p.value.is_finite()),
            nan_count: sorted.iter().filter(|p| p.value.is_nan()).count() as u64,
        }
    }

    #[test]
    fn joined_blocks_are_what_all_their_points_say() {
        let mut random = Random(11);
        for round in 1..200 {
            let points = random.points(round, 40);
            let mut joined: Option<Block> = None;
            let mut rest = points.as_slice();
            while !rest.is_empty() {
                let size = 1 + random.below(rest.len() as u64) as usize;
                let block = Block::of(&rest[..size]).unwrap();
                match &mut joined {
                    None => joined = Some(block),
                    Some(joined) => joined.join(&block),
                }
                rest = &rest[size..];
            }
            assert_eq!(
                shown(&joined.unwrap()),
                shown(&naive(&points)),
                "{points:?}"
            );
        }
    }

    #[test]
    fn packed_blocks_come_back() {
        let mut random = Random(5);
        let blocks: Vec<Block> = (1..60)
            .map(|size| Block::of(&random.points(size, 1 << 33)).unwrap())
            .collect();
        let bytes = pack_blocks(&blocks);
        let back: Vec<_> = unpack_blocks(&bytes).unwrap().iter().map(shown).collect();
        assert_eq!(back, blocks.iter().map(shown).collect::<Vec<_>>());
        for length in 0..bytes.len() {
            assert!(unpack_blocks(&bytes[..length]).is_err(), "{length}");
        }
    }
}
