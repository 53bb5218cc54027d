//! Where the ensembles of a model stand: in its main graph, in bodies, in functions that are called.

use serde::{Deserialize, Serialize};

use super::error::{TreeError, TreeFault};
use crate::graph::{Functions, Scope, Way, WayStep};
use crate::proto::{ModelProto, NodeProto};
use crate::walk::clip;

/// The domain of the operators.
const DOMAIN: &str = "ai.onnx.ml";
/// Functions may call functions; no honest model goes deeper.
const DEPTH_MAX: usize = 16;
/// A body that is repeated may hold an ensemble each time.
const FOUND_MAX: usize = 1000;

/// A node that holds an ensemble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct EnsemblePlace {
    pub way: Way,
    pub node: u32,
}

impl EnsemblePlace {
    pub(super) fn node<'m>(&self, model: &'m ModelProto) -> Result<&'m NodeProto, TreeError> {
        let scope = Scope::at(model, &self.way);
        let node = scope.and_then(|scope| scope.nodes.get(self.node as usize));
        node.filter(|node| is_ensemble(node))
            .ok_or_else(|| TreeError {
                node: format!("node {}", self.node),
                fault: TreeFault::NoEnsemble,
            })
    }
}

/// The ensembles of the model, in the order of their nodes.
#[must_use]
pub fn find(model: &ModelProto) -> Vec<EnsemblePlace> {
    let mut found = Vec::new();
    let functions = Functions::of(model);
    if let Some(graph) = &model.graph {
        look(&graph.node, &functions, &mut Way::default(), &mut found);
    }
    found
}

fn look<'m>(
    nodes: &'m [NodeProto],
    functions: &Functions<'m>,
    way: &mut Way,
    found: &mut Vec<EnsemblePlace>,
) {
    for (at, node) in nodes.iter().enumerate() {
        if found.len() == FOUND_MAX {
            return;
        }
        let at = at as u32;
        if is_ensemble(node) {
            found.push(EnsemblePlace {
                way: way.clone(),
                node: at,
            });
        }
        if way.0.len() == DEPTH_MAX {
            continue;
        }
        let mut enter = |attribute: Option<String>, nodes: &'m [NodeProto]| {
            way.0.push(WayStep {
                node: at,
                attribute,
            });
            look(nodes, functions, way, found);
            way.0.pop();
        };
        for attribute in &node.attribute {
            if let Some(body) = &attribute.g {
                enter(Some(attribute.name().to_owned()), &body.node);
            }
        }
        if let Some(function) = functions.called(node) {
            enter(None, &function.node);
        }
    }
}

fn is_ensemble(node: &NodeProto) -> bool {
    node.domain() == DOMAIN
        && matches!(
            node.op_type(),
            "TreeEnsembleRegressor" | "TreeEnsembleClassifier" | "TreeEnsemble"
        )
}

/// `TreeEnsembleRegressor 'name'`.
pub(super) fn title(node: &NodeProto) -> String {
    match node.name() {
        "" => node.op_type().to_owned(),
        name => format!("{} '{}'", node.op_type(), clip(name)),
    }
}
