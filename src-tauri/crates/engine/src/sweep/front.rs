//! Which points nothing beats.

use serde::{Deserialize, Serialize};

use super::SweepPoint;

/// The latency that a front is drawn by: the upper bound of a percentile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum FrontBy {
    P50,
    #[default]
    P99,
}

impl FrontBy {
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P99 => "p99",
        }
    }
}

/// The Pareto front: points for which no other has at least the rows a second at no more latency, and one of the two
/// better. By their places, with rising rows a second. A point whose percentile was refused, or that failed, is on no front.
#[must_use]
pub fn front(points: &[SweepPoint], by: FrontBy) -> Vec<u32> {
    let mut known: Vec<(u32, f64, f64)> = points
        .iter()
        .enumerate()
        .filter_map(|(at, point)| {
            let measured = point.measured.as_ref()?;
            Some((
                at as u32,
                measured.rows_per_s,
                measured.upper_ms(by.label())?,
            ))
        })
        .collect();
    // Most rows first; of as many, the fastest first, which the others then do not beat.
    known.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.2.total_cmp(&other.2)));
    let mut best = f64::INFINITY;
    let mut front: Vec<u32> = Vec::new();
    for (at, _, latency_ms) in known {
        if latency_ms < best {
            best = latency_ms;
            front.push(at);
        }
    }
    front.reverse();
    front
}
