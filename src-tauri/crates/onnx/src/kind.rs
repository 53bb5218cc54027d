//! Element types and value types, in words.

use crate::proto::tensor_proto::DataType;
use crate::proto::tensor_shape_proto::dimension::Value as DimValue;
use crate::proto::type_proto::Value as TypeValue;
use crate::proto::{TensorShapeProto, TypeProto};

/// The dims of a tensor whose rank the model leaves open.
pub(crate) const UNKNOWN_RANK: &str = "...";

/// The name of an element type as NumPy and ONNX spell it, e.g. `float32`.
#[must_use]
pub(crate) fn element_name(code: i32) -> String {
    let Ok(data_type) = DataType::try_from(code) else {
        return format!("unknown({code})");
    };
    let name = match data_type {
        DataType::Undefined => "undefined",
        DataType::Float => "float32",
        DataType::Double => "float64",
        DataType::Float8e4m3fn => "float8e4m3fn",
        DataType::Float8e4m3fnuz => "float8e4m3fnuz",
        DataType::Float8e5m2 => "float8e5m2",
        DataType::Float8e5m2fnuz => "float8e5m2fnuz",
        other => return other.as_str_name().to_ascii_lowercase(),
    };
    name.to_owned()
}

/// Bits that one element takes in `raw_data` or an external file; `None` for strings and unknown types.
#[must_use]
pub(crate) fn element_bits(code: i32) -> Option<u64> {
    let bits = match DataType::try_from(code).ok()? {
        DataType::Undefined | DataType::String => return None,
        DataType::Uint2 | DataType::Int2 => 2,
        DataType::Uint4 | DataType::Int4 | DataType::Float4e2m1 => 4,
        DataType::Float6e2m3 | DataType::Float6e3m2 => 6,
        DataType::Uint8
        | DataType::Int8
        | DataType::Bool
        | DataType::Float8e4m3fn
        | DataType::Float8e4m3fnuz
        | DataType::Float8e5m2
        | DataType::Float8e5m2fnuz
        | DataType::Float8e8m0 => 8,
        DataType::Uint16 | DataType::Int16 | DataType::Float16 | DataType::Bfloat16 => 16,
        DataType::Float | DataType::Int32 | DataType::Uint32 => 32,
        DataType::Double | DataType::Int64 | DataType::Uint64 | DataType::Complex64 => 64,
        DataType::Complex128 => 128,
    };
    Some(bits)
}

/// Element type and dims of a value, as in `("float32", ["N", "64"])`; containers are spelled out in the type, as in
/// `sequence(map(int64,float32))`.
#[must_use]
pub(crate) fn describe(value: Option<&TypeProto>) -> (String, Vec<String>) {
    match value.and_then(|value| value.value.as_ref()) {
        Some(TypeValue::TensorType(tensor)) => (
            element_name(tensor.elem_type.unwrap_or_default()),
            dims(tensor.shape.as_ref()),
        ),
        Some(TypeValue::SparseTensorType(sparse)) => {
            let element = element_name(sparse.elem_type.unwrap_or_default());
            (format!("sparse({element})"), dims(sparse.shape.as_ref()))
        }
        _ => (type_text(value), Vec::new()),
    }
}

/// A whole type on one line. Nesting is bounded by the decoder.
fn type_text(value: Option<&TypeProto>) -> String {
    let Some(value) = value.and_then(|value| value.value.as_ref()) else {
        return "unknown".to_owned();
    };
    match value {
        TypeValue::TensorType(tensor) => shaped(
            &element_name(tensor.elem_type.unwrap_or_default()),
            tensor.shape.as_ref(),
        ),
        TypeValue::SparseTensorType(sparse) => {
            let element = element_name(sparse.elem_type.unwrap_or_default());
            format!("sparse({})", shaped(&element, sparse.shape.as_ref()))
        }
        TypeValue::SequenceType(sequence) => {
            format!("sequence({})", type_text(sequence.elem_type.as_deref()))
        }
        TypeValue::OptionalType(optional) => {
            format!("optional({})", type_text(optional.elem_type.as_deref()))
        }
        TypeValue::MapType(map) => {
            let key = element_name(map.key_type.unwrap_or_default());
            format!("map({key},{})", type_text(map.value_type.as_deref()))
        }
        TypeValue::OpaqueType(opaque) => format!("opaque({})", opaque.name()),
    }
}

fn shaped(element: &str, shape: Option<&TensorShapeProto>) -> String {
    match shape {
        Some(shape) if !shape.dim.is_empty() => {
            format!("{element}[{}]", dims(Some(shape)).join(","))
        }
        _ => element.to_owned(),
    }
}

fn dims(shape: Option<&TensorShapeProto>) -> Vec<String> {
    let Some(shape) = shape else {
        return vec![UNKNOWN_RANK.to_owned()];
    };
    let dim = |value: &Option<DimValue>| match value {
        Some(DimValue::DimValue(size)) => size.to_string(),
        Some(DimValue::DimParam(name)) if !name.is_empty() => name.clone(),
        _ => "?".to_owned(),
    };
    shape
        .dim
        .iter()
        .map(|dimension| dim(&dimension.value))
        .collect()
}
