//! A model's signature read from its file: enough to ask for inputs, without a runtime and without running anything.

use std::collections::HashSet;

use onnx::Model;
use onnx::proto::tensor_proto::DataType;
use onnx::proto::tensor_shape_proto::dimension::Value as Size;
use onnx::proto::type_proto::Value as Kind;
use onnx::proto::{TypeProto, ValueInfoProto};

use crate::signature::{Port, PortDim, PortKind, Signature};
use crate::tensor::ElementType;

/// What the file says that the model takes and gives. Initializers that old models repeat as inputs are left out.
#[must_use]
pub fn signature_of(model: &Model) -> Signature {
    let Some(graph) = &model.proto().graph else {
        return Signature::default();
    };
    let weights: HashSet<&str> = graph
        .initializer
        .iter()
        .map(onnx::proto::TensorProto::name)
        .collect();
    Signature {
        inputs: graph
            .input
            .iter()
            .filter(|input| !weights.contains(input.name()))
            .map(port)
            .collect(),
        outputs: graph.output.iter().map(port).collect(),
    }
}

fn port(value: &ValueInfoProto) -> Port {
    Port {
        name: value.name().to_owned(),
        kind: value.r#type.as_ref().map_or_else(
            || PortKind::Other("a value of unknown type".to_owned()),
            kind,
        ),
    }
}

fn kind(kind: &TypeProto) -> PortKind {
    match &kind.value {
        Some(Kind::TensorType(tensor)) => {
            let element = element(tensor.elem_type());
            match (element, &tensor.shape) {
                (Some(element), Some(shape)) => PortKind::Tensor {
                    element,
                    dims: shape
                        .dim
                        .iter()
                        .map(|dim| dimension(dim.value.as_ref()))
                        .collect(),
                },
                (Some(element), None) => {
                    PortKind::Other(format!("{} of any rank", element.datatype()))
                }
                (None, _) => PortKind::Other("a tensor of a rare type".to_owned()),
            }
        }
        Some(Kind::SequenceType(sequence)) => {
            let inner = sequence
                .elem_type
                .as_ref()
                .and_then(|inner| inner.value.as_ref());
            match inner {
                Some(Kind::MapType(_)) => PortKind::ClassScores,
                _ => PortKind::Other("a sequence".to_owned()),
            }
        }
        Some(Kind::MapType(_)) => PortKind::Other("a map".to_owned()),
        _ => PortKind::Other("a value that is no tensor".to_owned()),
    }
}

fn dimension(size: Option<&Size>) -> PortDim {
    match size {
        Some(Size::DimValue(size)) => {
            usize::try_from(*size).map_or(PortDim::Open(None), PortDim::Fixed)
        }
        Some(Size::DimParam(name)) if !name.is_empty() => PortDim::Open(Some(name.clone())),
        _ => PortDim::Open(None),
    }
}

fn element(code: i32) -> Option<ElementType> {
    Some(match DataType::try_from(code).ok()? {
        DataType::Bool => ElementType::Bool,
        DataType::Int8 => ElementType::Int8,
        DataType::Int16 => ElementType::Int16,
        DataType::Int32 => ElementType::Int32,
        DataType::Int64 => ElementType::Int64,
        DataType::Uint8 => ElementType::Uint8,
        DataType::Uint16 => ElementType::Uint16,
        DataType::Uint32 => ElementType::Uint32,
        DataType::Uint64 => ElementType::Uint64,
        DataType::Float16 => ElementType::Float16,
        DataType::Bfloat16 => ElementType::BFloat16,
        DataType::Float => ElementType::Float32,
        DataType::Double => ElementType::Float64,
        DataType::String => ElementType::String,
        _ => return None,
    })
}
