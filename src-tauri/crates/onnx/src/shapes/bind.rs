//! Values for the dims that a model leaves open.

use std::collections::{BTreeMap, HashSet};

use crate::proto::tensor_shape_proto::dimension::Value as DimValue;
use crate::proto::type_proto::Value;
use crate::proto::{ModelProto, TensorShapeProto, ValueInfoProto};

/// A dim of the model's inputs that is no number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDim {
    /// As the model calls it, or `input[axis]` where it has no name.
    pub name: String,
    /// The inputs that have it.
    pub inputs: Vec<String>,
}

/// The open dims of the model's inputs, in the order in which they come.
#[must_use]
pub fn open_dims(model: &ModelProto) -> Vec<OpenDim> {
    let mut found: Vec<OpenDim> = Vec::new();
    for input in inputs(model) {
        let Some(shape) = shape_of(input) else {
            continue;
        };
        for (axis, dim) in shape.dim.iter().enumerate() {
            let Some(name) = open_name(input.name(), axis, dim.value.as_ref()) else {
                continue;
            };
            match found.iter_mut().find(|known| known.name == name) {
                Some(known) if known.inputs.last().is_some_and(|last| last == input.name()) => {}
                Some(known) => known.inputs.push(input.name().to_owned()),
                None => found.push(OpenDim {
                    name,
                    inputs: vec![input.name().to_owned()],
                }),
            }
        }
    }
    found
}

/// The model with these values in place of open dims, wherever the file writes them. Weights are shared, not copied.
#[must_use]
pub fn bound(model: &ModelProto, values: &BTreeMap<String, u64>) -> ModelProto {
    let mut model = model.clone();
    let Some(graph) = &mut model.graph else {
        return model;
    };
    let own: HashSet<String> = graph
        .initializer
        .iter()
        .map(|weight| weight.name().to_owned())
        .collect();
    for input in &mut graph.input {
        let name = input.name().to_owned();
        if !own.contains(&name) {
            bind(input, values, Some(&name));
        }
    }
    for value in graph.output.iter_mut().chain(&mut graph.value_info) {
        bind(value, values, None);
    }
    model
}

fn bind(value: &mut ValueInfoProto, values: &BTreeMap<String, u64>, input: Option<&str>) {
    let Some(Value::TensorType(tensor)) = value.r#type.as_mut().and_then(|t| t.value.as_mut())
    else {
        return;
    };
    for (axis, dim) in tensor.shape.iter_mut().flat_map(|s| &mut s.dim).enumerate() {
        let named = match (&dim.value, input) {
            (value, Some(input)) => open_name(input, axis, value.as_ref()),
            (Some(DimValue::DimParam(name)), None) => Some(name.clone()),
            _ => None,
        };
        let size = named.and_then(|name| values.get(&name).copied());
        if let Some(size) = size.and_then(|size| i64::try_from(size).ok()) {
            dim.value = Some(DimValue::DimValue(size));
        }
    }
}

fn open_name(input: &str, axis: usize, dim: Option<&DimValue>) -> Option<String> {
    match dim {
        Some(DimValue::DimValue(size)) if *size >= 0 => None,
        Some(DimValue::DimParam(name)) if !name.is_empty() => Some(name.clone()),
        _ => Some(format!("{input}[{axis}]")),
    }
}

fn shape_of(value: &ValueInfoProto) -> Option<&TensorShapeProto> {
    match value.r#type.as_ref()?.value.as_ref()? {
        Value::TensorType(tensor) => tensor.shape.as_ref(),
        _ => None,
    }
}

/// What a caller gives: old models list their weights among the inputs.
fn inputs(model: &ModelProto) -> impl Iterator<Item = &ValueInfoProto> {
    let graph = model.graph.as_ref();
    let own: HashSet<&str> = graph
        .iter()
        .flat_map(|graph| &graph.initializer)
        .map(crate::proto::TensorProto::name)
        .collect();
    let inputs = graph.into_iter().flat_map(|graph| &graph.input);
    inputs.filter(move |input| !own.contains(input.name()))
}
