//! Models that ask a runtime for the types of all tensors of a graph: every tensor is an output, and no weight comes along.
//!
//! A runtime tells the types of a model's outputs once it has loaded it. So each tensor of a graph becomes an output without
//! a type, weights of more than a kilobyte become inputs (their values do not matter for shapes, those of a small one may,
//! such as the target of a `Reshape`), and the runtime fills in what it infers. The bodies that nodes hold, and the
//! functions that they call, are probed as graphs of their own, with inputs of the types that the graph around gives them.

use std::collections::{HashMap, HashSet};

use super::{ShapeDim, TensorType, function};
use crate::external;
use crate::graph::{Functions, WayStep, taken_from_around};
use crate::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    ValueInfoProto,
};

/// Weights up to this size stay, for their values may be shapes.
const KEPT_BYTES_MAX: u64 = 1024;

type Known = HashMap<String, TensorType>;

/// A graph of the model, and what operators mean in it.
#[derive(Debug, Clone)]
pub struct ProbedGraph {
    pub graph: GraphProto,
    pub opsets: Vec<OperatorSetIdProto>,
}

impl ProbedGraph {
    /// The main graph; `None` for a model that has none.
    #[must_use]
    pub fn main(model: &ModelProto) -> Option<Self> {
        Some(Self {
            graph: model.graph.clone()?,
            opsets: model.opset_import.clone(),
        })
    }

    /// What a runtime is to load. The functions of the model come along.
    #[must_use]
    pub fn to_model(&self, model: &ModelProto) -> ModelProto {
        let mut graph = self.graph.clone();
        let mut inputs = Vec::new();
        let mut names = taken_names(&graph);
        hoist(&mut graph, &mut inputs, &mut names, true);
        let listed: HashSet<String> = graph.input.iter().map(|i| i.name().to_owned()).collect();
        inputs.retain(|input: &ValueInfoProto| !listed.contains(input.name()));
        graph.input.append(&mut inputs);
        let mut told: HashSet<String> = graph.output.iter().map(|o| o.name().to_owned()).collect();
        for name in graph.node.iter().flat_map(|node| &node.output) {
            if !name.is_empty() && told.insert(name.clone()) {
                graph.output.push(ValueInfoProto {
                    name: Some(name.clone()),
                    ..ValueInfoProto::default()
                });
            }
        }
        ModelProto {
            ir_version: model.ir_version,
            opset_import: self.opsets.clone(),
            functions: model.functions.clone(),
            graph: Some(graph),
            ..ModelProto::default()
        }
    }

    /// The graph without a node, by its name: what the node makes becomes inputs, of the types that the graph declares.
    /// `None` where it declares none, or there is no such node.
    #[must_use]
    pub fn without(&self, node: &str) -> Option<Self> {
        let at = self.graph.node.iter().position(|n| n.name() == node)?;
        let declared = self.given();
        let mut graph = self.graph.clone();
        let cut = graph.node.remove(at);
        for name in cut.output.into_iter().filter(|name| !name.is_empty()) {
            graph.input.push(ValueInfoProto {
                r#type: Some(declared.get(&name)?.to_proto()?),
                name: Some(name),
                ..ValueInfoProto::default()
            });
        }
        Some(Self {
            graph,
            opsets: self.opsets.clone(),
        })
    }

    /// The types that are known without asking: inputs, weights, and what the graph declares of its own.
    #[must_use]
    pub fn given(&self) -> Known {
        let declared = self.graph.value_info.iter().chain(&self.graph.output);
        let mut known: Known = declared
            .chain(&self.graph.input)
            .filter_map(|value| {
                let known = TensorType::of_proto(value.r#type.as_ref()?)?;
                Some((value.name().to_owned(), known))
            })
            .collect();
        let weights = self.graph.initializer.iter();
        known.extend(weights.map(|w| (w.name().to_owned(), TensorType::of_weight(w))));
        known
    }

    /// The graphs that a node holds or calls, with inputs of the types that are `known` here and around; none that needs a
    /// type which nobody knows.
    #[must_use]
    pub fn within(
        &self,
        model: &ModelProto,
        node: usize,
        known: &Known,
    ) -> Vec<(WayStep, ProbedGraph)> {
        let Some(held) = self.graph.node.get(node) else {
            return Vec::new();
        };
        let step = |attribute: Option<&str>| WayStep {
            node: node as u32,
            attribute: attribute.map(str::to_owned),
        };
        if let Some(function) = Functions::of(model).called(held) {
            let mut graph = function::called(function, held);
            let types: Vec<Option<TensorType>> = held
                .input
                .iter()
                .map(|name| known.get(name).cloned())
                .collect();
            // A caller may leave out the last ones: they count as not given inside, too.
            graph.input.truncate(types.len());
            let opsets = if function.opset_import.is_empty() {
                self.opsets.clone()
            } else {
                function.opset_import.clone()
            };
            let typed = type_inputs(&mut graph, &types);
            return typed
                .then(|| (step(None), ProbedGraph { graph, opsets }))
                .into_iter()
                .collect();
        }
        let bodies = held.attribute.iter().filter_map(|attribute| {
            let graph = body(held, attribute, known)?;
            let opsets = self.opsets.clone();
            Some((step(Some(attribute.name())), ProbedGraph { graph, opsets }))
        });
        bodies.collect()
    }

    /// Of a `Loop`'s body: the carried inputs, with those dims opened that the body changes. `None` when all keep their
    /// shapes, so that what was inferred holds for every turn.
    #[must_use]
    pub fn loosened(&self, held: &NodeProto, known: &Known) -> Option<Self> {
        if held.op_type() != "Loop" || !held.domain().is_empty() {
            return None;
        }
        let mut graph = self.graph.clone();
        let mut changed = false;
        let outputs: Vec<String> = graph.output.iter().map(|o| o.name().to_owned()).collect();
        for (input, output) in graph.input.iter_mut().skip(2).zip(outputs.iter().skip(1)) {
            let Some(TensorType::Tensor { element, dims }) =
                input.r#type.as_ref().and_then(TensorType::of_proto)
            else {
                continue;
            };
            let after = match known.get(output) {
                Some(TensorType::Tensor { dims, .. }) => dims.clone(),
                _ => None,
            };
            let kept = match (&dims, after) {
                (Some(before), Some(after)) if before.len() == after.len() => Some(
                    before
                        .iter()
                        .zip(after)
                        .map(|(before, after)| {
                            if *before == after {
                                after
                            } else {
                                ShapeDim::Unknown
                            }
                        })
                        .collect(),
                ),
                _ => None,
            };
            if kept != dims {
                changed = true;
                input.r#type = TensorType::Tensor {
                    element,
                    dims: kept,
                }
                .to_proto();
            }
        }
        changed.then(|| Self {
            graph,
            opsets: self.opsets.clone(),
        })
    }
}

/// The body of an `If`, `Loop` or `Scan` as a graph of its own; `None` for other attributes, and where a type is missing.
fn body(held: &NodeProto, attribute: &AttributeProto, known: &Known) -> Option<GraphProto> {
    let mut graph = attribute.g.clone()?;
    let scalar = |element: i32| {
        Some(TensorType::Tensor {
            element,
            dims: Some(Vec::new()),
        })
    };
    let of = |name: &String| known.get(name).cloned();
    let types: Vec<Option<TensorType>> = match held.op_type() {
        "Loop" => {
            let carried = held.input.iter().skip(2).map(of);
            // 7 is int64, 9 is bool.
            [scalar(7), scalar(9)].into_iter().chain(carried).collect()
        }
        "Scan" => scanned(held, known)?,
        _ => graph.input.iter().map(|_| None).collect(),
    };
    if !type_inputs(&mut graph, &types) {
        return None;
    }
    for name in taken_from_around(&graph)
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>()
    {
        let value = ValueInfoProto {
            r#type: Some(known.get(&name)?.to_proto()?),
            name: Some(name),
            ..ValueInfoProto::default()
        };
        graph.input.push(value);
    }
    Some(graph)
}

/// The inputs of a `Scan`'s body: states as they are, and what is scanned without the axis along which it is.
fn scanned(held: &NodeProto, known: &Known) -> Option<Vec<Option<TensorType>>> {
    let ints = |name: &str| held.attribute.iter().find(|a| a.name() == name);
    let scans = usize::try_from(ints("num_scan_inputs")?.i?).ok()?;
    let states = held.input.len().checked_sub(scans)?;
    let axes = ints("scan_input_axes").map_or(&[][..], |a| a.ints.as_slice());
    let slice = |(at, name): (usize, &String)| {
        let found = known.get(name)?;
        if at < states {
            return Some(found.clone());
        }
        let TensorType::Tensor { element, dims } = found else {
            return None;
        };
        let mut dims = dims.clone();
        if let Some(dims) = &mut dims {
            let axis = axes.get(at - states).copied().unwrap_or(0);
            let axis = if axis < 0 {
                axis + dims.len() as i64
            } else {
                axis
            };
            let axis = usize::try_from(axis).ok().filter(|a| *a < dims.len())?;
            dims.remove(axis);
        }
        Some(TensorType::Tensor {
            element: *element,
            dims,
        })
    };
    Some(held.input.iter().enumerate().map(slice).collect())
}

/// Writes the types in, where one is known or the graph has one already. False when an input is left without.
fn type_inputs(graph: &mut GraphProto, types: &[Option<TensorType>]) -> bool {
    let mut types = types.iter();
    graph.input.iter_mut().all(|input| {
        let known = types.next().and_then(Option::as_ref);
        if let Some(known) = known.and_then(TensorType::to_proto) {
            input.r#type = Some(known);
        }
        input.r#type.is_some()
    })
}

fn taken_names(graph: &GraphProto) -> HashSet<String> {
    let inputs = graph.input.iter().map(|i| i.name().to_owned());
    let made = graph.node.iter().flat_map(|node| node.output.clone());
    inputs.chain(made).collect()
}

/// Turns large weights into inputs of the outermost graph, those of bodies too where their names are free.
fn hoist(
    graph: &mut GraphProto,
    inputs: &mut Vec<ValueInfoProto>,
    names: &mut HashSet<String>,
    outermost: bool,
) {
    let mut free = |name: &str| outermost || names.insert(name.to_owned());
    let input = |weight: &TensorProto| ValueInfoProto {
        name: Some(weight.name().to_owned()),
        r#type: TensorType::of_weight(weight).to_proto(),
        ..ValueInfoProto::default()
    };
    graph.initializer.retain(|weight| {
        let stays = !is_large(weight) || !free(weight.name());
        if !stays {
            inputs.push(input(weight));
        }
        stays
    });
    for sparse in std::mem::take(&mut graph.sparse_initializer) {
        if let Some(values) = &sparse.values {
            let dense = TensorProto {
                dims: sparse.dims.clone(),
                ..values.clone()
            };
            inputs.push(input(&dense));
        }
    }
    graph.node.retain(|node| {
        let Some(name) = node.output.first().filter(|_| node.op_type() == "Constant") else {
            return true;
        };
        let Some(value) = node.attribute.iter().find_map(|a| a.t.as_ref()) else {
            return true;
        };
        if !is_large(value) || !outermost {
            return true;
        }
        let named = TensorProto {
            name: Some(name.clone()),
            ..value.clone()
        };
        inputs.push(input(&named));
        false
    });
    for attribute in graph.node.iter_mut().flat_map(|node| &mut node.attribute) {
        for body in attribute.g.iter_mut().chain(&mut attribute.graphs) {
            hoist(body, inputs, names, false);
        }
    }
}

/// Texts stay: their shape is all that matters, and they are few. What lies in another file never comes along.
fn is_large(weight: &TensorProto) -> bool {
    external::is_external(weight)
        || crate::check::stored_bytes(weight)
            .ok()
            .flatten()
            .is_some_and(|bytes| bytes > KEPT_BYTES_MAX)
}
