//! A row through all trees: which way it takes in each, what the leaves give, what the runtime makes of it.
//!
//! The arithmetic is that of ONNX Runtime's CPU kernels with one thread: thresholds, weights and sums in float32 (float64
//! when the input is float64), the trees added in the order of the file, base values last. With several threads and many
//! trees the runtime adds in pieces, so its last bits may then differ from run to run of another machine.

use std::ops::{Add, Div, Mul, Neg, Sub};

use serde::{Deserialize, Serialize};

use super::ensemble::{Aggregate, Ensemble, NodeKind, Split, Test};
use super::error::TreeFault;
use super::transform::Score;
use super::view::TreeVote;

/// The number type that the runtime computes in: float32, or float64 when the ensemble's input is float64.
pub trait Real:
    Copy
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    fn from_f64(value: f64) -> Self;
    fn from_count(count: usize) -> Self;
    fn to_f32(self) -> f32;
    fn to_f64(self) -> f64;
    fn is_missing(self) -> bool;
}

impl Real for f32 {
    fn from_f64(value: f64) -> Self {
        value as Self
    }
    fn from_count(count: usize) -> Self {
        count as Self
    }
    fn to_f32(self) -> f32 {
        self
    }
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn is_missing(self) -> bool {
        self.is_nan()
    }
}

impl Real for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
    fn from_count(count: usize) -> Self {
        count as Self
    }
    fn to_f32(self) -> f32 {
        self as f32
    }
    fn to_f64(self) -> f64 {
        self
    }
    fn is_missing(self) -> bool {
        self.is_nan()
    }
}

/// The way of a row through an ensemble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RowPath {
    pub trees: Vec<TreePath>,
    /// For each output after aggregation and base values, before the post transform.
    pub raw: Vec<f64>,
    /// What the ensemble gives, after the post transform.
    pub outputs: Vec<f64>,
    /// The label that a classifier gives.
    pub label: Option<String>,
}

/// The way of a row through one tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TreePath {
    /// The splits that it passed, by their places in the ensemble, from the root.
    pub splits: Vec<u32>,
    /// Where it ended.
    pub leaf: u32,
    pub votes: Vec<TreeVote>,
}

impl Ensemble {
    /// Takes a row through all trees.
    ///
    /// # Errors
    /// [`TreeFault::Row`] when the row is too short for the features that are tested.
    pub fn follow<T: Real>(&self, row: &[T]) -> Result<RowPath, TreeFault> {
        self.accept(row.len())?;
        let mut scores = vec![Score::<T>::default(); self.targets];
        let mut trees = Vec::with_capacity(self.trees.len());
        for tree in &self.trees {
            let mut splits = Vec::with_capacity(tree.depth as usize);
            let leaf = self.leaf(tree.root, row, |split| splits.push(split));
            self.add(leaf, &mut scores);
            let votes = self.votes_of(leaf).iter().map(TreeVote::from).collect();
            trees.push(TreePath {
                splits,
                leaf,
                votes,
            });
        }
        let done = self.finish(scores);
        Ok(RowPath {
            trees,
            raw: done.raw.iter().map(|value| value.to_f64()).collect(),
            outputs: done.outputs,
            label: done.class.and_then(|class| self.label(class)),
        })
    }

    /// Counts for each node how many of the rows come through it. Rows lie one after the other.
    ///
    /// # Errors
    /// [`TreeFault::Row`] when the rows are too short.
    pub fn count_visits<T: Real>(
        &self,
        rows: &[T],
        width: usize,
        visits: &mut [u64],
    ) -> Result<(), TreeFault> {
        self.accept(width)?;
        for row in rows.chunks_exact(width.max(1)) {
            for tree in &self.trees {
                let leaf = self.leaf(tree.root, row, |split| visits[split as usize] += 1);
                visits[leaf as usize] += 1;
            }
        }
        Ok(())
    }

    fn accept(&self, found: usize) -> Result<(), TreeFault> {
        if found >= self.features_needed() {
            return Ok(());
        }
        let wanted = self.greatest_feature;
        Err(TreeFault::Row { found, wanted })
    }

    fn leaf<T: Real>(&self, root: u32, row: &[T], mut passed: impl FnMut(u32)) -> u32 {
        let mut at = root;
        while let NodeKind::Split(split) = &self.nodes[at as usize].kind {
            passed(at);
            let yes = self.answer(split, row[split.feature as usize]);
            at = if yes { split.yes } else { split.no };
        }
        at
    }

    fn answer<T: Real>(&self, split: &Split, value: T) -> bool {
        let threshold = T::from_f64(split.value);
        let yes = match split.test {
            Test::AtMost => value <= threshold,
            Test::Below => value < threshold,
            Test::AtLeast => value >= threshold,
            Test::Above => value > threshold,
            Test::Equal => value == threshold,
            Test::NotEqual => value != threshold,
            Test::Member => self
                .members_of(split)
                .iter()
                .any(|m| T::from_f64(*m) == value),
        };
        yes || (split.missing_yes && value.is_missing())
    }

    /// The values of a membership test.
    #[must_use]
    pub fn members_of(&self, split: &Split) -> &[f64] {
        let range = split.members.start as usize..split.members.end as usize;
        self.members.get(range).unwrap_or_default()
    }

    pub(super) fn votes_of(&self, leaf: u32) -> &[(u32, f64)] {
        match &self.nodes[leaf as usize].kind {
            NodeKind::Leaf(range) => &self.votes[range.start as usize..range.end as usize],
            NodeKind::Split(_) => &[],
        }
    }

    fn add<T: Real>(&self, leaf: u32, scores: &mut [Score<T>]) {
        let votes = self.votes_of(leaf);
        // With one output the runtime takes a leaf's first weight, whatever target it names.
        let votes = if self.targets == 1 {
            &votes[..1]
        } else {
            votes
        };
        for (target, weight) in votes {
            let score = &mut scores[if self.targets == 1 {
                0
            } else {
                *target as usize
            }];
            let weight = T::from_f64(*weight);
            let takes = match self.aggregate {
                Aggregate::Sum | Aggregate::Average => {
                    score.score = score.score + weight;
                    false
                }
                Aggregate::Min => !score.has || weight < score.score,
                Aggregate::Max => !score.has || weight > score.score,
            };
            if takes {
                score.score = weight;
            }
            score.has = true;
        }
    }
}
