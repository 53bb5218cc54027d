//! Thinning for a chart: buckets of about equally many points, each leaving its lowest and its highest.

use domain::tracking::MetricPoint;

use super::block::{BLOCK_POINTS, Block, by_step};

/// What of a series a chart draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// How many points there are in the range.
    pub total_points: u64,
    /// By step: the first, the last, and of each bucket the lowest and the highest; one point that is no finite number
    /// where a bucket has nothing else, as the line's gap.
    pub points: Vec<MetricPoint>,
    /// True when nothing was left out.
    pub exact: bool,
}

impl Chart {
    pub fn empty() -> Self {
        Self {
            total_points: 0,
            points: Vec::new(),
            exact: true,
        }
    }
}

/// Splits points into blocks as a sealed chunk has them.
pub fn blocks_of(points: &[MetricPoint]) -> Vec<Block> {
    points.chunks(BLOCK_POINTS).filter_map(Block::of).collect()
}

/// Thins points of any order.
pub fn thin_points(mut points: Vec<MetricPoint>, buckets: usize) -> Chart {
    if !points.is_sorted_by(|a, b| by_step(a, b).is_le()) {
        points.sort_unstable_by(by_step);
    }
    let buckets = buckets.max(1);
    let total = points.len();
    if total <= 2 * buckets + 2 {
        return Chart {
            total_points: total as u64,
            points,
            exact: true,
        };
    }
    let edge = |bucket: usize| bucket * total / buckets;
    let blocks: Vec<Block> = (0..buckets)
        .filter_map(|bucket| Block::of(&points[edge(bucket)..edge(bucket + 1)]))
        .collect();
    drawn(&blocks)
}

/// Thins blocks of any order into at most `buckets` buckets; no block is split.
pub fn thin_blocks(mut blocks: Vec<Block>, buckets: usize) -> Chart {
    blocks.sort_unstable_by(|a, b| by_step(&a.first, &b.first));
    let total: u128 = blocks.iter().map(|block| u128::from(block.count)).sum();
    if total == 0 {
        return Chart::empty();
    }
    let mut joined: Vec<(u128, Block)> = Vec::with_capacity(buckets.min(blocks.len()));
    let mut before: u128 = 0;
    for block in blocks {
        let middle = before + u128::from(block.count) / 2;
        let bucket = middle * buckets.max(1) as u128 / total;
        before += u128::from(block.count);
        match joined.last_mut() {
            Some((at, standing)) if *at == bucket => standing.join(&block),
            _ => joined.push((bucket, block)),
        }
    }
    let buckets: Vec<Block> = joined.into_iter().map(|(_, block)| block).collect();
    drawn(&buckets)
}

/// The points to draw for these buckets.
fn drawn(buckets: &[Block]) -> Chart {
    let mut points: Vec<MetricPoint> = Vec::with_capacity(2 * buckets.len() + 2);
    points.extend(buckets.iter().map(|block| block.first).min_by(by_step));
    points.extend(buckets.iter().map(|block| block.last).max_by(by_step));
    points.extend(buckets.iter().flat_map(Block::extremes));
    points.sort_unstable_by(by_step);
    points.dedup_by(|a, b| by_step(a, b).is_eq());
    let total_points = buckets.iter().map(|block| block.count).sum();
    Chart {
        total_points,
        exact: points.len() as u64 == total_points,
        points,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::tracking::series::random::{Random, exact};

    fn steps(chart: &Chart) -> Vec<i64> {
        chart.points.iter().map(|point| point.step).collect()
    }

    fn series(values: &[f64]) -> Vec<MetricPoint> {
        let point = |(step, value): (usize, &f64)| MetricPoint {
            step: step as i64,
            timestamp_ms: 0,
            value: *value,
        };
        values.iter().enumerate().map(point).collect()
    }

    #[test]
    fn a_short_series_is_whole() {
        let chart = thin_points(series(&[3.0, f64::NAN, 1.0]), 2);
        assert_eq!((steps(&chart), chart.exact), (vec![0, 1, 2], true));
        assert_eq!(thin_blocks(Vec::new(), 5), Chart::empty());
    }

    #[test]
    fn spikes_and_ends_survive_however_they_are_thinned() {
        let mut values = vec![0.0; 10_000];
        values[1234] = 99.0;
        values[1235] = -99.0;
        values[7777] = f64::NAN;
        let points = series(&values);
        for chart in [
            thin_points(points.clone(), 50),
            thin_blocks(blocks_of(&points), 20),
        ] {
            assert!(chart.points.len() <= 102 && !chart.exact);
            assert_eq!(chart.total_points, 10_000);
            let steps = steps(&chart);
            for step in [0, 1234, 1235, 9999] {
                assert!(steps.contains(&step), "{step} was lost");
            }
            assert!(steps.is_sorted());
        }
    }

    #[test]
    fn a_bucket_of_nan_leaves_one_point_as_its_gap() {
        let mut values = vec![1.0; 1000];
        values[300..700].fill(f64::NAN);
        let chart = thin_points(series(&values), 10);
        let gaps = chart.points.iter().filter(|point| point.value.is_nan());
        assert_eq!(gaps.count(), 4);
    }

    #[test]
    fn random_series_keep_every_extreme() {
        let mut random = Random(23);
        for round in 1..60 {
            let points = random.points(round * 50, 3000);
            let buckets = 1 + random.below(40) as usize;
            let whole = Block::of(&points).unwrap();
            for chart in [
                thin_points(points.clone(), buckets),
                thin_blocks(blocks_of(&points), buckets),
            ] {
                assert_eq!(chart.total_points, points.len() as u64);
                let kept = exact(&chart.points);
                let ends = [Some(whole.first), Some(whole.last), whole.low, whole.high];
                for point in exact(&ends.into_iter().flatten().collect::<Vec<_>>()) {
                    assert!(kept.contains(&point), "{point:?} was lost");
                }
                assert!(chart.points.is_sorted_by(|a, b| by_step(a, b).is_le()));
                assert!(kept.iter().all(|point| exact(&points).contains(point)));
            }
        }
    }
}
