//! `TreeEnsembleRegressor` and `TreeEnsembleClassifier`: nodes as a tuple of lists, weights as another.

use std::collections::{HashMap, HashSet};

use super::attributes::{Attributes, same_length};
use super::ensemble::{
    Aggregate, Ensemble, EnsembleOp, Node, NodeKind, PostTransform, Split, Test,
};
use super::error::{TreeError, TreeFault};
use super::find::{EnsemblePlace, title};
use super::read5;
use super::shape::Walk;
use crate::proto::{ModelProto, NodeProto};

impl Ensemble {
    /// Reads the ensemble whole and checks it: every child is there, no way is a circle, every leaf has its weights.
    ///
    /// # Errors
    /// [`TreeError`] that names the node of the model, the tree, its node, and what is wrong there.
    pub fn read(model: &ModelProto, place: &EnsemblePlace) -> Result<Self, TreeError> {
        let node = place.node(model)?;
        Self::of(node).map_err(|fault| TreeError {
            node: title(node),
            fault,
        })
    }

    fn of(node: &NodeProto) -> Result<Self, TreeFault> {
        let attributes = Attributes::of(node);
        match node.op_type() {
            "TreeEnsembleRegressor" => listed(&attributes, EnsembleOp::Regressor),
            "TreeEnsembleClassifier" => listed(&attributes, EnsembleOp::Classifier),
            _ => read5::read(&attributes),
        }
    }
}

/// The lists of nodes, all of one length.
struct Lists<'m> {
    trees: &'m [i64],
    ids: &'m [i64],
    features: &'m [i64],
    modes: Vec<String>,
    values: Vec<f64>,
    yes: &'m [i64],
    no: &'m [i64],
    missing_yes: &'m [i64],
    hit_rates: Vec<f64>,
}

impl<'m> Lists<'m> {
    fn of(attributes: &Attributes<'m>) -> Result<Self, TreeFault> {
        let lists = Self {
            trees: attributes.ints("nodes_treeids"),
            ids: attributes.ints("nodes_nodeids"),
            features: attributes.ints("nodes_featureids"),
            modes: attributes.texts("nodes_modes"),
            values: attributes.numbers("nodes_values")?,
            yes: attributes.ints("nodes_truenodeids"),
            no: attributes.ints("nodes_falsenodeids"),
            missing_yes: attributes.ints("nodes_missing_value_tracks_true"),
            hit_rates: attributes.numbers("nodes_hitrates")?,
        };
        let count = lists.trees.len();
        if count == 0 {
            return Err(TreeFault::Missing("nodes_treeids"));
        }
        for (name, found) in [
            ("nodes_nodeids", lists.ids.len()),
            ("nodes_featureids", lists.features.len()),
            ("nodes_modes", lists.modes.len()),
            ("nodes_values", lists.values.len()),
            ("nodes_truenodeids", lists.yes.len()),
            ("nodes_falsenodeids", lists.no.len()),
        ] {
            same_length(name, found, "nodes_treeids", count)?;
        }
        for (name, found) in [
            ("nodes_missing_value_tracks_true", lists.missing_yes.len()),
            ("nodes_hitrates", lists.hit_rates.len()),
        ] {
            if found > 0 {
                same_length(name, found, "nodes_treeids", count)?;
            }
        }
        Ok(lists)
    }

    /// Where each node stands, by the numbers of its tree and its own.
    fn places(&self) -> Result<HashMap<(i64, i64), u32>, TreeFault> {
        let mut places = HashMap::with_capacity(self.trees.len());
        for (at, (tree, node)) in self.trees.iter().zip(self.ids).enumerate() {
            if places.insert((*tree, *node), at as u32).is_some() {
                return Err(TreeFault::Twice {
                    tree: *tree,
                    node: *node,
                });
            }
        }
        Ok(places)
    }

    fn node(&self, at: usize, places: &HashMap<(i64, i64), u32>) -> Result<Node, TreeFault> {
        let (tree, id) = (self.trees[at], self.ids[at]);
        let hit_rate = self.hit_rates.get(at).copied();
        let Some(test) = test(&self.modes[at]) else {
            if self.modes[at] != "LEAF" {
                let mode = self.modes[at].clone();
                return Err(TreeFault::Mode {
                    tree,
                    node: id,
                    mode,
                });
            }
            let kind = NodeKind::Leaf(0..0);
            return Ok(Node { id, kind, hit_rate });
        };
        let child = |branch: &'static str, child: i64| {
            let found = places.get(&(tree, child)).copied();
            found.ok_or(TreeFault::Child {
                tree,
                node: id,
                branch,
                child,
            })
        };
        let split = Split {
            feature: feature(self.features[at], tree, id)?,
            test,
            value: self.values[at],
            members: 0..0,
            yes: child("true", self.yes[at])?,
            no: child("false", self.no[at])?,
            missing_yes: self.missing_yes.get(at) == Some(&1),
        };
        let kind = NodeKind::Split(split);
        Ok(Node { id, kind, hit_rate })
    }

    /// The first node of each tree is its root; trees come in the order of their first nodes.
    fn roots(&self) -> Result<Vec<(i64, u32)>, TreeFault> {
        let mut roots: Vec<(i64, u32)> = Vec::new();
        let mut known = HashSet::new();
        for (at, tree) in self.trees.iter().enumerate() {
            if roots.last().is_some_and(|(last, _)| last == tree) {
                continue;
            }
            if !known.insert(*tree) {
                return Err(TreeFault::Scattered { tree: *tree });
            }
            roots.push((*tree, at as u32));
        }
        Ok(roots)
    }
}

fn listed(attributes: &Attributes<'_>, op: EnsembleOp) -> Result<Ensemble, TreeFault> {
    let lists = Lists::of(attributes)?;
    let roots = lists.roots()?;
    let places = lists.places()?;
    let nodes: Result<Vec<Node>, TreeFault> = (0..lists.trees.len())
        .map(|at| lists.node(at, &places))
        .collect();
    let mut nodes = nodes?;
    let labels = labels(attributes, op);
    let targets = if op == EnsembleOp::Classifier {
        labels.len()
    } else {
        usize::try_from(attributes.int("n_targets").unwrap_or(0)).unwrap_or(0)
    };
    if targets == 0 {
        return Err(TreeFault::Missing(if op == EnsembleOp::Classifier {
            "classlabels_int64s"
        } else {
            "n_targets"
        }));
    }
    let votes = votes(attributes, op, targets, &places, &mut nodes)?;
    for (at, node) in nodes.iter().enumerate() {
        if node.kind == NodeKind::Leaf(0..0) {
            return Err(TreeFault::NoWeight {
                tree: lists.trees[at],
                node: node.id,
            });
        }
    }
    let mut walk = Walk::over(nodes.len());
    let trees: Result<Vec<_>, _> = roots
        .into_iter()
        .map(|(number, root)| walk.measure(&nodes, number, root))
        .collect();
    finish(Ensemble {
        op,
        trees: trees?,
        nodes,
        votes,
        members: Vec::new(),
        base_values: attributes.numbers("base_values")?,
        aggregate: match op {
            // The runtime sums a classifier's votes; its specification knows nothing else.
            EnsembleOp::Classifier => Aggregate::Sum,
            _ => aggregate(&attributes.text("aggregate_function", "SUM"))?,
        },
        post_transform: post_transform(&attributes.text("post_transform", "NONE"))?,
        targets,
        labels,
        labels_are_texts: !attributes.texts("classlabels_strings").is_empty(),
        greatest_feature: 0,
        one_sided: false,
        weights_are_positive: false,
    })
}

/// What follows from the rest.
pub(super) fn finish(mut ensemble: Ensemble) -> Result<Ensemble, TreeFault> {
    let (found, targets) = (ensemble.base_values.len(), ensemble.targets);
    if found
        > targets.max(if ensemble.op == EnsembleOp::Classifier {
            2
        } else {
            1
        })
    {
        return Err(TreeFault::BaseValues { found, targets });
    }
    let greatest = ensemble.splits().map(|(_, split)| split.feature).max();
    ensemble.greatest_feature = greatest.unwrap_or(0);
    let classes: HashSet<u32> = ensemble.votes.iter().map(|(target, _)| *target).collect();
    ensemble.one_sided =
        ensemble.op == EnsembleOp::Classifier && targets == 2 && classes.len() == 1;
    ensemble.weights_are_positive = ensemble.votes.iter().all(|(_, weight)| *weight >= 0.0);
    Ok(ensemble)
}

fn labels(attributes: &Attributes<'_>, op: EnsembleOp) -> Vec<String> {
    if op != EnsembleOp::Classifier {
        return Vec::new();
    }
    let texts = attributes.texts("classlabels_strings");
    if texts.is_empty() {
        let numbers = attributes.ints("classlabels_int64s");
        return numbers.iter().map(i64::to_string).collect();
    }
    texts
}

/// The weights of the leaves, each leaf's together; the runtime sorts them by tree, node and place.
fn votes(
    attributes: &Attributes<'_>,
    op: EnsembleOp,
    targets: usize,
    places: &HashMap<(i64, i64), u32>,
    nodes: &mut [Node],
) -> Result<Vec<(u32, f64)>, TreeFault> {
    let [trees, ids, to, weights, what] = if op == EnsembleOp::Classifier {
        [
            "class_treeids",
            "class_nodeids",
            "class_ids",
            "class_weights",
            "class",
        ]
    } else {
        [
            "target_treeids",
            "target_nodeids",
            "target_ids",
            "target_weights",
            "target",
        ]
    };
    let values = attributes.numbers(weights)?;
    let (tree_ids, node_ids, target_ids) = (
        attributes.ints(trees),
        attributes.ints(ids),
        attributes.ints(to),
    );
    if tree_ids.is_empty() {
        return Err(TreeFault::Missing(trees));
    }
    same_length(ids, node_ids.len(), trees, tree_ids.len())?;
    same_length(to, target_ids.len(), trees, tree_ids.len())?;
    same_length(weights, values.len(), trees, tree_ids.len())?;
    let mut order: Vec<usize> = (0..tree_ids.len()).collect();
    order.sort_by_key(|at| (tree_ids[*at], node_ids[*at]));
    let mut votes: Vec<(u32, f64)> = Vec::with_capacity(order.len());
    for at in order {
        let (tree, node) = (tree_ids[at], node_ids[at]);
        let place = places
            .get(&(tree, node))
            .ok_or(TreeFault::WeightNowhere { tree, node })?;
        // Old converters give weights to splits, too; the runtime passes over them.
        let NodeKind::Leaf(held) = &mut nodes[*place as usize].kind else {
            continue;
        };
        let target = target_ids[at];
        let target = u32::try_from(target)
            .ok()
            .filter(|t| (*t as usize) < targets);
        let target = target.ok_or(TreeFault::Target {
            what,
            target: target_ids[at],
            targets,
        })?;
        let next = votes.len() as u32;
        if held.start == held.end {
            held.start = next;
        }
        held.end = next + 1;
        votes.push((target, values[at]));
    }
    Ok(votes)
}

pub(super) fn feature(feature: i64, tree: i64, node: i64) -> Result<u32, TreeFault> {
    u32::try_from(feature).map_err(|_| TreeFault::Feature {
        tree,
        node,
        feature,
    })
}

/// `None` for a leaf, and for what is unknown.
fn test(mode: &str) -> Option<Test> {
    let test = match mode {
        "BRANCH_LEQ" => Test::AtMost,
        "BRANCH_LT" => Test::Below,
        "BRANCH_GTE" => Test::AtLeast,
        "BRANCH_GT" => Test::Above,
        "BRANCH_EQ" => Test::Equal,
        "BRANCH_NEQ" => Test::NotEqual,
        _ => return None,
    };
    Some(test)
}

fn aggregate(name: &str) -> Result<Aggregate, TreeFault> {
    match name {
        "SUM" => Ok(Aggregate::Sum),
        "AVERAGE" => Ok(Aggregate::Average),
        "MIN" => Ok(Aggregate::Min),
        "MAX" => Ok(Aggregate::Max),
        _ => Err(TreeFault::Aggregate(name.to_owned())),
    }
}

fn post_transform(name: &str) -> Result<PostTransform, TreeFault> {
    match name {
        "NONE" => Ok(PostTransform::None),
        "SOFTMAX" => Ok(PostTransform::Softmax),
        "LOGISTIC" => Ok(PostTransform::Logistic),
        "SOFTMAX_ZERO" => Ok(PostTransform::SoftmaxZero),
        "PROBIT" => Ok(PostTransform::Probit),
        _ => Err(TreeFault::PostTransform(name.to_owned())),
    }
}
