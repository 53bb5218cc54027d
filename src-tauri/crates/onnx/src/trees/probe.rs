//! The part of a model that leads to one ensemble, with the ensemble's own input and outputs given out.

use std::collections::HashSet;

use super::error::TreeError;
use super::find::EnsemblePlace;
use crate::proto::{GraphProto, ModelProto, NodeProto, ValueInfoProto};

/// What a runtime needs to compute an ensemble and nothing else.
#[derive(Debug, Clone)]
pub struct Probe {
    pub model: ModelProto,
    /// The tensor that the rows come in; `rows_are_input` when it is an input of the model and so is not given out.
    pub rows: String,
    pub rows_are_input: bool,
    pub outputs: Vec<String>,
}

/// Cuts the model down. `None` when the ensemble stands in a body or a function, out of which no tensor can be given.
///
/// # Errors
/// [`TreeError`] when there is no ensemble at that place.
pub fn probe(model: &ModelProto, place: &EnsemblePlace) -> Result<Option<Probe>, TreeError> {
    let node = place.node(model)?;
    let Some(graph) = model.graph.as_ref().filter(|_| place.way.0.is_empty()) else {
        return Ok(None);
    };
    let rows = node.input.first().cloned().unwrap_or_default();
    let rows_are_input = graph.input.iter().any(|input| input.name() == rows);
    let outputs: Vec<String> = node
        .output
        .iter()
        .filter(|o| !o.is_empty())
        .cloned()
        .collect();
    let given = outputs
        .iter()
        .chain(Some(&rows).filter(|_| !rows_are_input));
    let cut = GraphProto {
        output: given.map(|name| untyped(name)).collect(),
        ..leading_to(graph, place.node as usize)
    };
    let model = ModelProto {
        graph: Some(cut),
        training_info: Vec::new(),
        ..model.clone()
    };
    Ok(Some(Probe {
        model,
        rows,
        rows_are_input,
        outputs,
    }))
}

/// The runtime infers what an output is where the file does not say.
fn untyped(name: &str) -> ValueInfoProto {
    ValueInfoProto {
        name: Some(name.to_owned()),
        ..ValueInfoProto::default()
    }
}

/// Nodes stand in an order in which each comes after what it needs: once backwards finds all of them.
fn leading_to(graph: &GraphProto, last: usize) -> GraphProto {
    let mut needed: HashSet<&str> = HashSet::new();
    let mut kept = Vec::new();
    for (at, node) in graph.node.iter().enumerate().rev() {
        let wanted = node
            .output
            .iter()
            .any(|name| needed.contains(name.as_str()));
        if at == last || wanted {
            uses(node, &mut needed);
            kept.push(node.clone());
        }
    }
    kept.reverse();
    let used = |name: &str| needed.contains(name);
    GraphProto {
        name: graph.name.clone(),
        node: kept,
        initializer: graph
            .initializer
            .iter()
            .filter(|t| used(t.name()))
            .cloned()
            .collect(),
        sparse_initializer: graph.sparse_initializer.clone(),
        input: graph
            .input
            .iter()
            .filter(|i| used(i.name()))
            .cloned()
            .collect(),
        value_info: graph
            .value_info
            .iter()
            .filter(|v| used(v.name()))
            .cloned()
            .collect(),
        ..GraphProto::default()
    }
}

/// What a node needs, and what its bodies take from around it.
fn uses<'g>(node: &'g NodeProto, needed: &mut HashSet<&'g str>) {
    needed.extend(
        node.input
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty()),
    );
    for attribute in &node.attribute {
        for body in attribute.g.iter().chain(&attribute.graphs) {
            needed.extend(body.output.iter().map(ValueInfoProto::name));
            body.node.iter().for_each(|node| uses(node, needed));
        }
    }
}
