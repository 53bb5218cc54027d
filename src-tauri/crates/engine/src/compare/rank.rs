//! Spearman's rank correlation of any number of pairs, exactly: ranks need everything sorted, so what does not fit in
//! memory is sorted on disk.

use std::path::PathBuf;

mod spill;

use super::Sum;
use spill::{Pair, Sorted, Sorter};

/// Pairs held in memory before they are written to disk, sorted: 2 MB.
const CHUNK_PAIRS: usize = 1 << 17;
/// 1 GiB on disk, twice. More pairs than this are not ranked, and the report says so.
const PAIRS_MAX: u64 = 1 << 26;

/// Gathers pairs.
#[derive(Debug)]
pub struct RankCorrelation {
    by_first: Sorter,
    pairs: u64,
    refused: Option<String>,
    pairs_max: u64,
}

/// The correlation, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct RankResult {
    pub value: Option<f64>,
    pub refused: Option<String>,
}

impl RankCorrelation {
    /// `scratch` is the folder for what does not fit; without one, the system's temporary folder.
    #[must_use]
    pub fn new(scratch: Option<PathBuf>) -> Self {
        Self::with_limits(scratch, CHUNK_PAIRS, PAIRS_MAX)
    }

    fn with_limits(scratch: Option<PathBuf>, chunk: usize, pairs_max: u64) -> Self {
        Self {
            by_first: Sorter::new(0, chunk, scratch),
            pairs: 0,
            refused: None,
            pairs_max,
        }
    }

    /// Both values must be finite.
    pub fn add(&mut self, first: f64, second: f64) {
        if self.refused.is_some() {
            return;
        }
        self.pairs += 1;
        let refused = if self.pairs > self.pairs_max {
            Some(format!("not ranked: more than {} pairs", self.pairs_max))
        } else {
            let added = self.by_first.push([first, second]);
            added.err().map(|error| format!("not ranked: {error}"))
        };
        if refused.is_some() {
            self.by_first.clear();
            self.refused = refused;
        }
    }

    /// Spearman's rho, ties sharing the mean of their ranks, as `scipy.stats.spearmanr` has it. There is none for fewer
    /// than two pairs, or where one side never changes.
    #[must_use]
    pub fn finish(self) -> RankResult {
        if self.refused.is_some() {
            return RankResult {
                value: None,
                refused: self.refused,
            };
        }
        match correlation(self.by_first, self.pairs) {
            Ok(value) => RankResult {
                value,
                refused: None,
            },
            Err(error) => RankResult {
                value: None,
                refused: Some(format!("not ranked: {error}")),
            },
        }
    }
}

/// Sorted by the first value, each first value gives way to its rank; sorted by the second, the same once more.
fn correlation(by_first: Sorter, pairs: u64) -> std::io::Result<Option<f64>> {
    let mut by_second = by_first.like(1);
    let sorted = by_first.finish()?;
    each_rank(&sorted, 0, |rank, pair| by_second.push([rank, pair[1]]))?;
    drop(sorted);
    let sorted = by_second.finish()?;
    let mean = (pairs as f64 + 1.0) / 2.0;
    let (mut both, mut first, mut second) = (Sum::default(), Sum::default(), Sum::default());
    each_rank(&sorted, 1, |rank, pair| {
        let (a, b) = (pair[0] - mean, rank - mean);
        both.add_product(a, b);
        first.add_product(a, a);
        second.add_product(b, b);
        Ok(())
    })?;
    // Two roots: the product of the two sums may leave float64's range of exact integers long before they do.
    let scale = first.value().sqrt() * second.value().sqrt();
    Ok((pairs > 1 && scale > 0.0).then(|| (both.value() / scale).clamp(-1.0, 1.0)))
}

/// Calls with the mean rank (from 1) of each pair's group of equal values. One cursor runs ahead to find where a group
/// ends: a group may be everything there is.
fn each_rank(
    sorted: &Sorted,
    key: usize,
    mut give: impl FnMut(f64, Pair) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut ahead = sorted.cursor()?;
    let mut behind = sorted.cursor()?;
    let mut next = ahead.next()?;
    let mut before = 0_u64;
    while let Some(leader) = next {
        let mut group = 0_u64;
        while next.is_some_and(|pair| pair[key] == leader[key]) {
            group += 1;
            next = ahead.next()?;
        }
        let rank = before as f64 + (group as f64 + 1.0) / 2.0;
        for _ in 0..group {
            if let Some(pair) = behind.next()? {
                give(rank, pair)?;
            }
        }
        before += group;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn of(pairs: &[(f64, f64)], chunk: usize) -> RankResult {
        let mut ranks = RankCorrelation::with_limits(None, chunk, PAIRS_MAX);
        for (first, second) in pairs {
            ranks.add(*first, *second);
        }
        ranks.finish()
    }

    fn pairs() -> Vec<(f64, f64)> {
        let pair = |i: u64| {
            let (a, b) = (
                i.wrapping_mul(2_654_435_761) % 97,
                i.wrapping_mul(40_503) % 13,
            );
            (a as f64, a as f64 * 0.5 + b as f64)
        };
        (0..500).map(pair).collect()
    }

    /// tests/data/compare.py, scipy 1.17.1: `spearmanr` of the same 500 pairs, many of them tied.
    const RHO: f64 = 0.968_436_171_154_811;

    #[test]
    fn it_is_scipys_in_memory_and_on_disk() {
        for chunk in [1 << 17, 7, 64] {
            let found = of(&pairs(), chunk).value.unwrap();
            assert!((found - RHO).abs() < 1e-14, "chunk {chunk}: {found}");
        }
    }

    #[test]
    fn one_group_of_everything_has_no_correlation() {
        let flat: Vec<(f64, f64)> = (0..100).map(|i| (1.0, f64::from(i))).collect();
        assert_eq!(of(&flat, 9).value, None);
        assert_eq!(of(&[(1.0, 2.0)], 9).value, None);
        let same: Vec<(f64, f64)> = (0..100)
            .map(|i| (f64::from(i), f64::from(i).exp()))
            .collect();
        assert_eq!(of(&same, 9).value, Some(1.0));
    }

    #[test]
    fn too_many_pairs_are_refused_and_not_sampled() {
        let mut ranks = RankCorrelation::with_limits(None, 4, 10);
        for i in 0..11 {
            ranks.add(f64::from(i), f64::from(i));
        }
        let refused = ranks.finish();
        assert_eq!(
            (refused.value, refused.refused.as_deref()),
            (None, Some("not ranked: more than 10 pairs"))
        );
    }
}
