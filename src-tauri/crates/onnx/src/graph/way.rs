//! Which graph of a model: the main one, a body inside a node, or a function.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::kind::describe;
use crate::proto::{FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, TypeProto};

/// The way from the main graph to another; the main graph's own is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
pub struct Way(pub Vec<WayStep>);

/// From a graph to one that a node of it holds or calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WayStep {
    /// The node, by its place in the graph.
    pub node: u32,
    /// The attribute that holds the body; `None` when the node calls a function of the model.
    pub attribute: Option<String>,
}

/// One graph, as it is written.
#[derive(Debug, Clone)]
pub struct Scope<'m> {
    pub nodes: &'m [NodeProto],
    pub inputs: Vec<&'m str>,
    pub outputs: Vec<&'m str>,
    pub weights: HashMap<&'m str, &'m TensorProto>,
    /// What the file itself says of the types of its tensors.
    pub types: HashMap<&'m str, &'m TypeProto>,
}

impl<'m> Scope<'m> {
    /// `None` when the way leads nowhere in this model.
    pub fn at(model: &'m ModelProto, way: &Way) -> Option<Self> {
        let mut scope = Self::of_graph(model.graph.as_ref()?);
        for step in &way.0 {
            let node = scope.nodes.get(step.node as usize)?;
            scope = match &step.attribute {
                Some(name) => {
                    let mut held = node.attribute.iter().filter(|a| a.name() == name);
                    Self::of_graph(held.find_map(|attribute| attribute.g.as_ref())?)
                }
                None => Self::of_function(Functions::of(model).called(node)?),
            };
        }
        Some(scope)
    }

    pub fn of_graph(graph: &'m GraphProto) -> Self {
        let weights: HashMap<&str, &TensorProto> =
            graph.initializer.iter().map(|t| (t.name(), t)).collect();
        let declared = graph
            .input
            .iter()
            .chain(&graph.output)
            .chain(&graph.value_info);
        Self {
            nodes: &graph.node,
            // Old models list their weights among their inputs.
            inputs: graph
                .input
                .iter()
                .map(super::super::proto::ValueInfoProto::name)
                .filter(|name| !weights.contains_key(name))
                .collect(),
            outputs: graph
                .output
                .iter()
                .map(super::super::proto::ValueInfoProto::name)
                .collect(),
            types: declared
                .filter_map(|value| Some((value.name(), value.r#type.as_ref()?)))
                .collect(),
            weights,
        }
    }

    pub fn of_function(function: &'m FunctionProto) -> Self {
        Self {
            nodes: &function.node,
            inputs: function.input.iter().map(String::as_str).collect(),
            outputs: function.output.iter().map(String::as_str).collect(),
            weights: HashMap::new(),
            types: function
                .value_info
                .iter()
                .filter_map(|value| Some((value.name(), value.r#type.as_ref()?)))
                .collect(),
        }
    }

    /// `float32 [N, 64]`; empty when the file does not say.
    pub fn type_text(&self, tensor: &str) -> String {
        if let Some(weight) = self.weights.get(tensor) {
            return format!(
                "{} {:?}",
                crate::kind::element_name(weight.data_type()),
                weight.dims
            );
        }
        let Some(declared) = self.types.get(tensor) else {
            return String::new();
        };
        match describe(Some(declared)) {
            (element, dims) if dims.is_empty() => element,
            (element, dims) => format!("{element} [{}]", dims.join(", ")),
        }
    }
}

/// The functions that a model brings along, by what their callers write.
pub struct Functions<'m>(HashMap<(&'m str, &'m str, &'m str), &'m FunctionProto>);

impl<'m> Functions<'m> {
    pub fn of(model: &'m ModelProto) -> Self {
        let key =
            |function: &'m FunctionProto| (function.domain(), function.name(), function.overload());
        Self(
            model
                .functions
                .iter()
                .map(|function| (key(function), function))
                .collect(),
        )
    }

    /// The function that a node calls; `None` for an operator.
    pub fn called(&self, node: &NodeProto) -> Option<&'m FunctionProto> {
        let key = (node.domain(), node.op_type(), node.overload());
        self.0.get(&key).copied()
    }
}
