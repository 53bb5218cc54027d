//! An ensemble, read and checked.

use std::collections::HashSet;
use std::ops::Range;

use super::shape::TreeShape;

/// The operator that holds the ensemble; what the runtime computes depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnsembleOp {
    Regressor,
    Classifier,
    /// `TreeEnsemble` of `ai.onnx.ml` 5, which replaces both.
    Ensemble,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    Sum,
    Average,
    Min,
    Max,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostTransform {
    None,
    Softmax,
    Logistic,
    SoftmaxZero,
    Probit,
}

/// The question of a split: is the value of the feature .. the threshold? "Yes" is the file's true branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    AtMost,
    Below,
    AtLeast,
    Above,
    Equal,
    NotEqual,
    /// One of several values.
    Member,
}

impl Test {
    /// As it is written between the feature and the threshold.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::AtMost => "≤",
            Self::Below => "<",
            Self::AtLeast => "≥",
            Self::Above => ">",
            Self::Equal => "=",
            Self::NotEqual => "≠",
            Self::Member => "∈",
        }
    }
}

/// A node of a tree. Numbers are kept as doubles, which hold every float exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The number that the file gives it, unique in its tree.
    pub id: i64,
    pub kind: NodeKind,
    /// How often training rows came here, where the exporter wrote it down.
    pub hit_rate: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    Split(Split),
    /// Where its weights lie in [`Ensemble::votes`].
    Leaf(Range<u32>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    pub feature: u32,
    pub test: Test,
    /// The threshold, in the units of the feature.
    pub value: f64,
    /// Of [`Test::Member`]: where its values lie in [`Ensemble::members`].
    pub members: Range<u32>,
    pub yes: u32,
    pub no: u32,
    /// Whether NaN goes the way of "yes" whatever the test says.
    pub missing_yes: bool,
}

/// All trees of one node of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    pub op: EnsembleOp,
    /// All trees' nodes; children are named by their place in it.
    pub nodes: Vec<Node>,
    /// In the order in which the runtime adds them up.
    pub trees: Vec<TreeShape>,
    /// Target and weight of each leaf's weights, in the order in which the runtime adds them.
    pub votes: Vec<(u32, f64)>,
    pub members: Vec<f64>,
    pub base_values: Vec<f64>,
    pub aggregate: Aggregate,
    pub post_transform: PostTransform,
    /// Targets of a regressor, classes of a classifier.
    pub targets: usize,
    /// Class labels, in the order of the classes; empty for a regressor.
    pub labels: Vec<String>,
    pub(super) labels_are_texts: bool,
    pub(super) greatest_feature: u32,
    /// Of a classifier with two classes: all leaves vote for one of them.
    pub(super) one_sided: bool,
    pub(super) weights_are_positive: bool,
}

impl Ensemble {
    /// Whether the file says how often rows came to each node. Converters that do not know write one number everywhere.
    #[must_use]
    pub fn has_hit_rates(&self) -> bool {
        let mut rates = self.nodes.iter().filter_map(|node| node.hit_rate);
        let first = rates.next();
        rates.any(|rate| Some(rate) != first)
    }

    pub fn splits(&self) -> impl Iterator<Item = (&Node, &Split)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Split(split) => Some((node, split)),
            NodeKind::Leaf(_) => None,
        })
    }

    /// Every split of a tree once, its root first.
    pub(super) fn each_split(&self, tree: u32, mut each: impl FnMut(&Node, &Split)) {
        let mut seen = HashSet::new();
        let mut next = vec![self.trees[tree as usize].root];
        while let Some(at) = next.pop() {
            let node = &self.nodes[at as usize];
            if let NodeKind::Split(split) = &node.kind
                && seen.insert(at)
            {
                each(node, split);
                next.extend([split.no, split.yes]);
            }
        }
    }

    /// Features that a row must have for every split to find its own.
    #[must_use]
    pub fn features_needed(&self) -> usize {
        if self.splits().next().is_none() {
            return 0;
        }
        self.greatest_feature as usize + 1
    }

    /// The label that the runtime gives for a class. Of two classes that both have votes it gives 1 and 0, whatever numbers
    /// the model calls them by.
    pub(super) fn label(&self, class: usize) -> Option<String> {
        if self.targets <= 2 && !self.one_sided && !self.labels_are_texts {
            return Some(class.to_string());
        }
        self.labels.get(class).cloned()
    }

    /// What ONNX Runtime 1.30 makes of the post transform: of `TreeEnsemble` it takes the numbers of SOFTMAX (1) and
    /// LOGISTIC (2) for each other's.
    #[must_use]
    pub fn runtime_transform(&self) -> PostTransform {
        match (self.op, self.post_transform) {
            (EnsembleOp::Ensemble, PostTransform::Softmax) => PostTransform::Logistic,
            (EnsembleOp::Ensemble, PostTransform::Logistic) => PostTransform::Softmax,
            (_, transform) => transform,
        }
    }

    /// Whether the runtime applies the post transform at all. With one output it knows only PROBIT; classifiers with two
    /// classes and one-sided votes apply LOGISTIC too.
    #[must_use]
    pub fn post_transform_applies(&self) -> bool {
        match self.post_transform {
            PostTransform::None => false,
            PostTransform::Probit => true,
            PostTransform::Logistic if self.op == EnsembleOp::Classifier => self.targets > 1,
            _ => self.targets > 1 && !self.one_sided,
        }
    }
}
