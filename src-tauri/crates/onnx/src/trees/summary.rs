//! The shape of an ensemble in figures.

use std::collections::BTreeMap;

use serde::Serialize;
use specta_typescript::Number;

use super::ensemble::{Aggregate, Ensemble, EnsembleOp, PostTransform};
use super::error::TreeError;
use super::find::EnsemblePlace;
use crate::graph::Scope;
use crate::kind::describe;
use crate::proto::{ModelProto, NodeProto};

/// What an ensemble is. ONNX keeps no gain: the file does not say how much a split improved the fit, so nothing here does.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct EnsembleSummary {
    pub place: EnsemblePlace,
    pub op: String,
    pub name: String,
    /// The tensor that the rows come in.
    pub input: String,
    pub outputs: Vec<String>,
    /// `float32 [N, 12]`; empty when the file does not say.
    pub input_type: String,
    /// Whether the ensemble's input is an input of the model, so that its columns are the model's own.
    pub takes_model_input: bool,
    /// Names of the features, where the model joins them from inputs of one column each; else empty.
    pub columns: Vec<String>,
    pub aggregate: String,
    pub post_transform: String,
    /// What ONNX Runtime computes where that is another transform than the file asks for.
    pub runtime_transform: Option<String>,
    /// Whether ONNX Runtime applies the post transform to this number of outputs.
    pub post_transform_applies: bool,
    pub targets: u32,
    pub labels: Vec<String>,
    pub base_values: Vec<f64>,
    #[specta(type = Number)]
    pub splits: u64,
    #[specta(type = Number)]
    pub leaves: u64,
    /// Splits that send NaN the way of "yes".
    #[specta(type = Number)]
    pub missing_yes: u64,
    /// Whether the exporter wrote down how often rows came to each node.
    pub has_hit_rates: bool,
    /// Features that a row must have.
    pub features_needed: u32,
    pub trees: Vec<TreeLine>,
    /// The features that are tested, the most used first.
    pub features: Vec<FeatureUse>,
}

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TreeLine {
    /// The number that the file gives it.
    #[specta(type = Number)]
    pub number: i64,
    pub depth: u32,
    pub splits: u32,
    pub leaves: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct FeatureUse {
    pub feature: u32,
    pub splits: u32,
    /// Trees that test it at all.
    pub trees: u32,
    /// Its least and its greatest threshold.
    pub threshold_min: f64,
    pub threshold_max: f64,
    /// The sum of its splits' hit rates, where the file has them.
    pub hit_rate: Option<f64>,
}

/// Reads an ensemble and tells its shape.
///
/// # Errors
/// As [`Ensemble::read`].
pub fn summary(model: &ModelProto, place: &EnsemblePlace) -> Result<EnsembleSummary, TreeError> {
    let node = place.node(model)?;
    let ensemble = Ensemble::read(model, place)?;
    let scope = Scope::at(model, &place.way);
    let input = node.input.first().cloned().unwrap_or_default();
    let takes_model_input = place.way.0.is_empty()
        && scope
            .as_ref()
            .is_some_and(|scope| scope.inputs.contains(&input.as_str()));
    let other = ensemble.runtime_transform();
    Ok(EnsembleSummary {
        place: place.clone(),
        columns: scope
            .as_ref()
            .map_or_else(Vec::new, |scope| columns(scope, &input)),
        runtime_transform: (other != ensemble.post_transform)
            .then(|| post_transform(other).to_owned()),
        op: node.op_type().to_owned(),
        name: node.name().to_owned(),
        input_type: scope.map_or_else(String::new, |scope| scope.type_text(&input)),
        input,
        outputs: node.output.clone(),
        takes_model_input,
        aggregate: aggregate(&ensemble).to_owned(),
        post_transform: post_transform(ensemble.post_transform).to_owned(),
        post_transform_applies: ensemble.post_transform_applies(),
        targets: ensemble.targets as u32,
        labels: ensemble.labels.clone(),
        base_values: ensemble.base_values.clone(),
        splits: ensemble
            .trees
            .iter()
            .map(|tree| u64::from(tree.splits))
            .sum(),
        leaves: ensemble
            .trees
            .iter()
            .map(|tree| u64::from(tree.leaves))
            .sum(),
        missing_yes: ensemble
            .splits()
            .filter(|(_, split)| split.missing_yes)
            .count() as u64,
        has_hit_rates: ensemble.has_hit_rates(),
        features_needed: ensemble.features_needed() as u32,
        trees: ensemble.trees.iter().map(line).collect(),
        features: features(&ensemble),
    })
}

/// The inputs of the model that are joined into the tensor, if each is one column.
fn columns(scope: &Scope<'_>, tensor: &str) -> Vec<String> {
    let makes = |node: &&NodeProto| node.output.iter().any(|name| name == tensor);
    let Some(node) = scope.nodes.iter().find(makes) else {
        return Vec::new();
    };
    let is_column = |name: &String| {
        let dims = scope
            .types
            .get(name.as_str())
            .map(|kind| describe(Some(kind)).1);
        scope.inputs.contains(&name.as_str())
            && dims.is_some_and(|dims| dims.len() == 2 && dims[1] == "1")
    };
    let joins = matches!(node.op_type(), "Concat" | "FeatureVectorizer");
    if joins && node.input.iter().all(is_column) {
        return node.input.clone();
    }
    Vec::new()
}

fn line(tree: &super::TreeShape) -> TreeLine {
    TreeLine {
        number: tree.number,
        depth: tree.depth,
        splits: tree.splits,
        leaves: tree.leaves,
    }
}

fn features(ensemble: &Ensemble) -> Vec<FeatureUse> {
    let has_hit_rates = ensemble.has_hit_rates();
    let mut uses: BTreeMap<u32, (FeatureUse, u32)> = BTreeMap::new();
    for (number, tree) in (1..).zip(0..ensemble.trees.len() as u32) {
        ensemble.each_split(tree, |node, split| {
            let (found, last) = uses.entry(split.feature).or_insert_with(|| {
                let found = FeatureUse {
                    feature: split.feature,
                    splits: 0,
                    trees: 0,
                    threshold_min: f64::INFINITY,
                    threshold_max: f64::NEG_INFINITY,
                    hit_rate: None,
                };
                (found, 0)
            });
            found.splits += 1;
            found.trees += u32::from(std::mem::replace(last, number) != number);
            let single = [split.value];
            let values = match ensemble.members_of(split) {
                [] => &single[..],
                members => members,
            };
            for value in values {
                found.threshold_min = found.threshold_min.min(*value);
                found.threshold_max = found.threshold_max.max(*value);
            }
            if let Some(rate) = node.hit_rate.filter(|_| has_hit_rates) {
                *found.hit_rate.get_or_insert(0.0) += rate;
            }
        });
    }
    let mut uses: Vec<FeatureUse> = uses.into_values().map(|(found, _)| found).collect();
    uses.sort_by_key(|found| (std::cmp::Reverse(found.splits), found.feature));
    uses
}

fn aggregate(ensemble: &Ensemble) -> &'static str {
    match ensemble.aggregate {
        Aggregate::Sum if ensemble.op == EnsembleOp::Classifier => "SUM of votes",
        Aggregate::Sum => "SUM",
        Aggregate::Average => "AVERAGE",
        Aggregate::Min => "MIN",
        Aggregate::Max => "MAX",
    }
}

fn post_transform(transform: PostTransform) -> &'static str {
    match transform {
        PostTransform::None => "NONE",
        PostTransform::Softmax => "SOFTMAX",
        PostTransform::Logistic => "LOGISTIC",
        PostTransform::SoftmaxZero => "SOFTMAX_ZERO",
        PostTransform::Probit => "PROBIT",
    }
}
