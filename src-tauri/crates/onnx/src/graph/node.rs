//! One node, in full.

use domain::Pair;
use serde::Serialize;

use super::quantised::{QuantScale, quantised};
use super::way::{Functions, Scope, Way, WayStep};
use super::wiring::{Maker, Wiring};
use crate::attribute;
use crate::proto::ModelProto;
use crate::shapes::Shapes;

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct NodeDetail {
    pub op: String,
    pub domain: String,
    pub name: String,
    pub doc: String,
    pub attributes: Vec<Pair>,
    pub inputs: Vec<NodePort>,
    pub outputs: Vec<NodePort>,
    /// The graphs that it holds or calls: what leads there, and its way.
    pub graphs: Vec<HeldGraph>,
    /// How numbers become integers here, and back.
    pub quantised: Vec<QuantScale>,
}

/// A tensor that a node takes or makes.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct NodePort {
    /// Empty for an optional input that is left out.
    pub tensor: String,
    /// `float32 [N, 64]`; empty when the file does not say.
    pub type_text: String,
    pub kind: PortKind,
    /// The node that makes it, of an input.
    pub maker: Option<u32>,
    /// The nodes that take it, of an output.
    pub takers: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum PortKind {
    Node,
    Input,
    Weight,
    /// Of a graph around this one.
    Outside,
    Missing,
}

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct HeldGraph {
    pub title: String,
    pub nodes: u32,
    pub way: Way,
}

/// A node of a graph; `None` when there is no such graph, or it has no such node. `shapes` tell more of types than the file
/// does, where somebody inferred them.
#[must_use]
pub fn node(model: &ModelProto, way: &Way, at: u32, shapes: Option<&Shapes>) -> Option<NodeDetail> {
    let scope = Scope::at(model, way)?;
    let wiring = Wiring::of(&scope);
    let node = scope.nodes.get(at as usize)?;
    let type_text = |name: &str| {
        let stated = scope.type_text(name);
        match shapes.and_then(|shapes| shapes.of(way, name)) {
            Some(found) if found.is_ranked() || stated.is_empty() => found.text(),
            _ => stated,
        }
    };
    let number = |name: &str| wiring.names.iter().position(|known| *known == name);
    let input = |name: &String| {
        let maker = number(name).map(|tensor| wiring.makers[tensor]);
        let (kind, maker) = match maker {
            _ if name.is_empty() => (PortKind::Missing, None),
            Some(Maker::Node(maker)) => (PortKind::Node, Some(maker)),
            Some(Maker::Input) => (PortKind::Input, None),
            Some(Maker::Weight) => (PortKind::Weight, None),
            Some(Maker::Outside) | None => (PortKind::Outside, None),
        };
        NodePort {
            tensor: name.clone(),
            type_text: type_text(name),
            kind,
            maker,
            takers: Vec::new(),
        }
    };
    let output = |name: &String| {
        let made = number(name).unwrap_or(usize::MAX) as u32;
        let takers = (0..)
            .zip(&wiring.takes)
            .filter(|(_, taken)| taken.contains(&made));
        NodePort {
            tensor: name.clone(),
            type_text: type_text(name),
            kind: if name.is_empty() {
                PortKind::Missing
            } else {
                PortKind::Node
            },
            maker: None,
            takers: takers.map(|(taker, _)| taker).collect(),
        }
    };
    Some(NodeDetail {
        op: node.op_type().to_owned(),
        domain: node.domain().to_owned(),
        name: node.name().to_owned(),
        doc: node.doc_string().to_owned(),
        attributes: node
            .attribute
            .iter()
            .map(|a| Pair::new(a.name(), attribute::text(a)))
            .collect(),
        inputs: node.input.iter().map(input).collect(),
        outputs: node.output.iter().map(output).collect(),
        graphs: graphs(model, way, at, node),
        quantised: quantised(&scope, node),
    })
}

fn graphs(
    model: &ModelProto,
    way: &Way,
    at: u32,
    node: &crate::proto::NodeProto,
) -> Vec<HeldGraph> {
    let beyond = |attribute: Option<String>| {
        let mut way = way.clone();
        way.0.push(WayStep {
            node: at,
            attribute,
        });
        way
    };
    let bodies = node.attribute.iter().filter_map(|attribute| {
        Some(HeldGraph {
            title: attribute.name().to_owned(),
            nodes: attribute.g.as_ref()?.node.len() as u32,
            way: beyond(Some(attribute.name().to_owned())),
        })
    });
    let function = Functions::of(model).called(node).map(|function| HeldGraph {
        title: format!("function {}", function.name()),
        nodes: function.node.len() as u32,
        way: beyond(None),
    });
    bodies.chain(function).collect()
}
