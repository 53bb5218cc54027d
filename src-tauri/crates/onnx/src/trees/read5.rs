//! `TreeEnsemble` of `ai.onnx.ml` 5: splits and leaves in lists of their own, modes and aggregates by number.

use super::attributes::{Attributes, same_length};
use super::ensemble::{
    Aggregate, Ensemble, EnsembleOp, Node, NodeKind, PostTransform, Split, Test,
};
use super::error::TreeFault;
use super::read::{feature, finish};
use super::shape::Walk;

/// The lists of splits, all of one length.
struct Lists<'m> {
    features: &'m [i64],
    modes: Vec<f64>,
    values: Vec<f64>,
    yes: &'m [i64],
    no: &'m [i64],
    yes_is_leaf: &'m [i64],
    no_is_leaf: &'m [i64],
    missing_yes: &'m [i64],
    hit_rates: Vec<f64>,
    leaves: usize,
}

pub fn read(attributes: &Attributes<'_>) -> Result<Ensemble, TreeFault> {
    let targets = usize::try_from(attributes.int("n_targets").unwrap_or(0)).unwrap_or(0);
    if targets == 0 {
        return Err(TreeFault::Missing("n_targets"));
    }
    let votes = votes(attributes, targets)?;
    let lists = Lists::of(attributes, votes.len())?;
    let mut members = Members::of(attributes.tensor("membership_values")?);
    let splits = lists.modes.len();
    let nodes: Result<Vec<Node>, TreeFault> =
        (0..splits).map(|at| lists.node(at, &mut members)).collect();
    let mut nodes = nodes?;
    nodes.extend((0..votes.len() as u32).map(|leaf| Node {
        id: splits as i64 + i64::from(leaf),
        kind: NodeKind::Leaf(leaf..leaf + 1),
        hit_rate: None,
    }));
    let roots = attributes.ints("tree_roots");
    if roots.is_empty() {
        return Err(TreeFault::Missing("tree_roots"));
    }
    let mut walk = Walk::over(nodes.len());
    let trees: Result<Vec<_>, TreeFault> = roots
        .iter()
        .enumerate()
        .map(|(tree, root)| {
            let found = u32::try_from(*root)
                .ok()
                .filter(|at| (*at as usize) < splits);
            let root = found.ok_or(TreeFault::Child {
                tree: tree as i64,
                node: -1,
                branch: "root",
                child: *root,
            })?;
            walk.measure(&nodes, tree as i64, root)
        })
        .collect();
    finish(Ensemble {
        op: EnsembleOp::Ensemble,
        trees: trees?,
        nodes,
        votes,
        members: members.values,
        base_values: Vec::new(),
        aggregate: aggregate(attributes.int("aggregate_function").unwrap_or(1))?,
        post_transform: post_transform(attributes.int("post_transform").unwrap_or(0))?,
        targets,
        labels: Vec::new(),
        labels_are_texts: false,
        greatest_feature: 0,
        one_sided: false,
        weights_are_positive: false,
    })
}

fn votes(attributes: &Attributes<'_>, targets: usize) -> Result<Vec<(u32, f64)>, TreeFault> {
    let to = attributes.ints("leaf_targetids");
    let weights = attributes.tensor("leaf_weights")?;
    if to.is_empty() {
        return Err(TreeFault::Missing("leaf_targetids"));
    }
    same_length("leaf_weights", weights.len(), "leaf_targetids", to.len())?;
    let vote = |(target, weight): (&i64, f64)| {
        let found = u32::try_from(*target).ok();
        let found = found.filter(|target| (*target as usize) < targets);
        let fault = TreeFault::Target {
            what: "target",
            target: *target,
            targets,
        };
        Ok((found.ok_or(fault)?, weight))
    };
    to.iter().zip(weights).map(vote).collect()
}

impl<'m> Lists<'m> {
    fn of(attributes: &Attributes<'m>, leaves: usize) -> Result<Self, TreeFault> {
        let lists = Self {
            features: attributes.ints("nodes_featureids"),
            modes: attributes.tensor("nodes_modes")?,
            values: attributes.tensor("nodes_splits")?,
            yes: attributes.ints("nodes_truenodeids"),
            no: attributes.ints("nodes_falsenodeids"),
            yes_is_leaf: attributes.ints("nodes_trueleafs"),
            no_is_leaf: attributes.ints("nodes_falseleafs"),
            missing_yes: attributes.ints("nodes_missing_value_tracks_true"),
            hit_rates: attributes.tensor("nodes_hitrates")?,
            leaves,
        };
        let count = lists.modes.len();
        if count == 0 {
            return Err(TreeFault::Missing("nodes_modes"));
        }
        for (name, found) in [
            ("nodes_featureids", lists.features.len()),
            ("nodes_splits", lists.values.len()),
            ("nodes_truenodeids", lists.yes.len()),
            ("nodes_falsenodeids", lists.no.len()),
            ("nodes_trueleafs", lists.yes_is_leaf.len()),
            ("nodes_falseleafs", lists.no_is_leaf.len()),
        ] {
            same_length(name, found, "nodes_modes", count)?;
        }
        for (name, found) in [
            ("nodes_missing_value_tracks_true", lists.missing_yes.len()),
            ("nodes_hitrates", lists.hit_rates.len()),
        ] {
            if found > 0 {
                same_length(name, found, "nodes_modes", count)?;
            }
        }
        Ok(lists)
    }

    fn node(&self, at: usize, members: &mut Members) -> Result<Node, TreeFault> {
        let id = at as i64;
        // Which tree a split belongs to shows only when the trees are walked.
        let tree = -1;
        let Some(test) = test(self.modes[at]) else {
            let mode = self.modes[at].to_string();
            return Err(TreeFault::Mode {
                tree,
                node: id,
                mode,
            });
        };
        let splits = self.modes.len();
        let child = |branch: &'static str, child: i64, is_leaf: bool| {
            let (first, count) = if is_leaf {
                (splits, self.leaves)
            } else {
                (0, splits)
            };
            let found = usize::try_from(child).ok().filter(|at| *at < count);
            let fault = TreeFault::Child {
                tree,
                node: id,
                branch,
                child,
            };
            Ok((first + found.ok_or(fault)?) as u32)
        };
        let split = Split {
            feature: feature(self.features[at], tree, id)?,
            test,
            value: self.values[at],
            members: members.next(test)?,
            yes: child("true", self.yes[at], self.yes_is_leaf[at] != 0)?,
            no: child("false", self.no[at], self.no_is_leaf[at] != 0)?,
            missing_yes: self.missing_yes.get(at) == Some(&1),
        };
        Ok(Node {
            id,
            kind: NodeKind::Split(split),
            hit_rate: self.hit_rates.get(at).copied(),
        })
    }
}

/// The values of all membership splits in a row, a NaN after each split's.
struct Members {
    values: Vec<f64>,
    at: usize,
}

impl Members {
    fn of(values: Vec<f64>) -> Self {
        Self { values, at: 0 }
    }

    fn next(&mut self, test: Test) -> Result<std::ops::Range<u32>, TreeFault> {
        if test != Test::Member {
            return Ok(0..0);
        }
        let rest = self.values.get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|value| !value.is_nan()).count();
        if count == 0 {
            return Err(TreeFault::Missing("membership_values"));
        }
        let start = self.at;
        self.at += count + 1;
        Ok(start as u32..(start + count) as u32)
    }
}

/// The specification's numbers.
fn test(mode: f64) -> Option<Test> {
    const TESTS: [Test; 7] = [
        Test::AtMost,
        Test::Below,
        Test::AtLeast,
        Test::Above,
        Test::Equal,
        Test::NotEqual,
        Test::Member,
    ];
    TESTS
        .into_iter()
        .enumerate()
        .find_map(|(at, test)| (at as f64 == mode).then_some(test))
}

fn aggregate(number: i64) -> Result<Aggregate, TreeFault> {
    match number {
        0 => Ok(Aggregate::Average),
        1 => Ok(Aggregate::Sum),
        2 => Ok(Aggregate::Min),
        3 => Ok(Aggregate::Max),
        _ => Err(TreeFault::Aggregate(number.to_string())),
    }
}

fn post_transform(number: i64) -> Result<PostTransform, TreeFault> {
    match number {
        0 => Ok(PostTransform::None),
        1 => Ok(PostTransform::Softmax),
        2 => Ok(PostTransform::Logistic),
        3 => Ok(PostTransform::SoftmaxZero),
        4 => Ok(PostTransform::Probit),
        _ => Err(TreeFault::PostTransform(number.to_string())),
    }
}
