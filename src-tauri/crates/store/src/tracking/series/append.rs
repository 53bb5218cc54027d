//! Where new points of a series go: into its tail, a loose chunk, or with all that is loose into sealed chunks.
//!
//! Single points gather in the tail, one small row that is rewritten. A full tail, or a batch that is as long, becomes a
//! loose chunk. When the loose points are enough they are sorted into sealed chunks, which are never written again: a
//! million points logged one by one end as a few hundred rows.

use domain::tracking::MetricPoint;

/// A tail that reaches this many points becomes a loose chunk.
pub const TAIL_POINTS: usize = 32;
/// The points of a sealed chunk.
pub const SEALED_POINTS: usize = 4096;

/// The order in which histories are read: timestamp, step, value.
pub type Place = (i64, i64, i64);

pub fn place(point: &MetricPoint) -> Place {
    (point.timestamp_ms, point.step, point.value_bits())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Tail,
    Loose,
    Sealed,
}

impl Level {
    pub fn number(self) -> i64 {
        match self {
            Self::Tail => 0,
            Self::Loose => 1,
            Self::Sealed => 2,
        }
    }
}

/// A chunk to be written; its points are in order.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub number: i64,
    pub level: Level,
    pub points: Vec<MetricPoint>,
}

/// What must be known of a series to add to it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The greatest place of any point.
    pub last: Option<Place>,
    pub tail: Vec<MetricPoint>,
    pub loose_points: i64,
    pub chunk_next: i64,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            last: None,
            tail: Vec::new(),
            loose_points: 0,
            // Chunk 0 is the tail.
            chunk_next: 1,
        }
    }
}

/// Brings points into order, exact duplicates once.
pub fn ordered(points: &mut Vec<MetricPoint>) {
    if !points.is_sorted_by(|a, b| place(a) < place(b)) {
        points.sort_unstable_by_key(place);
        points.dedup_by_key(|point| place(point));
    }
}

impl Standing {
    /// Whether some of these ordered points may be there already, so that chunks must be looked into.
    pub fn may_hold(&self, points: &[MetricPoint]) -> bool {
        match (points.first(), self.last) {
            (Some(first), Some(last)) => place(first) <= last,
            _ => false,
        }
    }

    /// Whether adding this many points seals what is loose: the caller then brings the loose points.
    pub fn seals(&self, count: usize) -> bool {
        usize::try_from(self.loose_points).unwrap_or(0) + self.tail.len() + count >= SEALED_POINTS
    }

    /// Adds ordered points that are not there yet; returns the chunks to write. When it [`Standing::seals`], `loose`
    /// holds the points of all loose chunks, which the caller deletes.
    pub fn add(&mut self, points: Vec<MetricPoint>, loose: Vec<MetricPoint>) -> Vec<Chunk> {
        let Some(greatest) = points.last().map(place) else {
            return Vec::new();
        };
        let seals = self.seals(points.len());
        self.last = self.last.max(Some(greatest));
        let had_tail = !self.tail.is_empty();
        let mut pending = std::mem::take(&mut self.tail);
        pending.extend(points);
        pending.extend(loose);
        pending.sort_by_key(place);
        let mut chunks = Vec::new();
        if seals {
            self.loose_points = 0;
            let rest = pending.split_off(pending.len() / SEALED_POINTS * SEALED_POINTS);
            for piece in pending.chunks(SEALED_POINTS) {
                chunks.push(self.chunk(Level::Sealed, piece.to_vec()));
            }
            pending = rest;
        }
        if pending.len() >= TAIL_POINTS {
            self.loose_points += i64::try_from(pending.len()).unwrap_or(i64::MAX);
            chunks.push(self.chunk(Level::Loose, std::mem::take(&mut pending)));
        }
        if had_tail || !pending.is_empty() {
            self.tail.clone_from(&pending);
            chunks.push(Chunk {
                number: 0,
                level: Level::Tail,
                points: pending,
            });
        }
        chunks
    }

    fn chunk(&mut self, level: Level, points: Vec<MetricPoint>) -> Chunk {
        let number = self.chunk_next;
        self.chunk_next += 1;
        Chunk {
            number,
            level,
            points,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use super::*;
    use crate::tracking::series::random::{Random, exact};

    /// The chunks of one series, as the tables would keep them.
    #[derive(Default)]
    struct Kept {
        standing: Standing,
        chunks: BTreeMap<i64, Chunk>,
    }

    impl Kept {
        fn log(&mut self, mut points: Vec<MetricPoint>) {
            ordered(&mut points);
            if self.standing.may_hold(&points) {
                let known = self.all();
                points.retain(|point| known.binary_search(&place(point)).is_err());
            }
            let mut loose = Vec::new();
            if self.standing.seals(points.len()) {
                self.chunks.retain(|_, chunk| {
                    if chunk.level == Level::Loose {
                        loose.extend(chunk.points.iter().copied());
                    }
                    chunk.level != Level::Loose
                });
            }
            for chunk in self.standing.add(points, loose) {
                self.chunks.insert(chunk.number, chunk);
            }
        }

        fn all(&self) -> Vec<Place> {
            let mut places: Vec<Place> = self
                .chunks
                .values()
                .flat_map(|chunk| exact(&chunk.points))
                .collect();
            places.sort_unstable();
            places
        }

        fn of_level(&self, level: Level) -> Vec<&Chunk> {
            self.chunks.values().filter(|c| c.level == level).collect()
        }
    }

    #[test]
    fn single_points_end_in_few_rows() {
        let mut kept = Kept::default();
        for step in 0..50_000 {
            kept.log(vec![MetricPoint {
                step,
                timestamp_ms: step,
                value: 1.0,
            }]);
        }
        assert_eq!(kept.of_level(Level::Sealed).len(), 50_000 / SEALED_POINTS);
        assert!(kept.of_level(Level::Loose).len() < SEALED_POINTS / TAIL_POINTS);
        assert_eq!(kept.all().len(), 50_000);
    }

    #[test]
    fn whatever_comes_in_whatever_order_is_kept_once() {
        for seed in 1..4 {
            let mut random = Random(seed);
            let (mut kept, mut naive) = (Kept::default(), Vec::new());
            for _ in 0..100 {
                let size = [1, 1, 1, 5, 40, 200][random.below(6) as usize];
                let points = random.points(size, 30_000);
                naive.extend(exact(&points));
                kept.log(points.clone());
                if random.below(4) == 0 {
                    kept.log(points);
                }
            }
            let crowd = random.points(20_000, 20);
            naive.extend(exact(&crowd));
            kept.log(crowd);
            naive.sort_unstable();
            naive.dedup();
            assert_eq!(kept.all(), naive);
            assert_eq!(kept.standing.last, naive.last().copied());
            for chunk in kept.chunks.values() {
                assert!(chunk.points.is_sorted_by_key(place));
            }
            for chunk in kept.of_level(Level::Sealed) {
                assert_eq!(chunk.points.len(), SEALED_POINTS);
            }
            let loose = kept.of_level(Level::Loose);
            let points: usize = loose.iter().map(|chunk| chunk.points.len()).sum();
            assert_eq!(points as i64, kept.standing.loose_points);
            assert_eq!(
                kept.of_level(Level::Tail)
                    .first()
                    .map_or(0, |t| t.points.len()),
                kept.standing.tail.len()
            );
        }
    }
}
