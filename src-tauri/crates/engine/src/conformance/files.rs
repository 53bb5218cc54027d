//! Inputs and outputs of a case, from the protobuf files beside its model.

use std::path::Path;

use onnx::proto::tensor_proto::DataType;
use onnx::proto::type_proto::Value as Kind;
use onnx::proto::{MapProto, OptionalProto, SequenceProto, TensorProto, TypeProto};
use prost::Message as _;

use crate::data::tensor_from_proto;
use crate::tensor::{Data, Tensor};
use crate::values::{PackedTensor, PackedType, Value};

/// Files of the suite hold kilobytes.
const BYTES_MAX: u64 = 64 << 20;

/// The value in a file, of the type that the model gives it.
///
/// # Errors
/// Why it cannot be read, in words.
pub(super) fn read(path: &Path, kind: Option<&TypeProto>) -> Result<Value, String> {
    let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if about.len() > BYTES_MAX {
        return Err(format!("{} bytes are too many for a test", about.len()));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let bytes = bytes.as_slice();
    let broken = |error: prost::DecodeError| error.to_string();
    match kind.and_then(|kind| kind.value.as_ref()) {
        Some(Kind::SequenceType(_)) => sequence(&SequenceProto::decode(bytes).map_err(broken)?),
        Some(Kind::OptionalType(_)) => optional(&OptionalProto::decode(bytes).map_err(broken)?),
        Some(Kind::MapType(_)) => map(&MapProto::decode(bytes).map_err(broken)?),
        Some(Kind::SparseTensorType(_)) => Err("sparse tensors are not read".to_owned()),
        Some(Kind::TensorType(_) | Kind::OpaqueType(_)) | None => {
            tensor(&TensorProto::decode(bytes).map_err(broken)?)
        }
    }
}

fn tensor(proto: &TensorProto) -> Result<Value, String> {
    let Some(element) = packed_type(proto) else {
        return Ok(tensor_from_proto(proto)
            .map_err(|error| error.to_string())?
            .into());
    };
    let shape = proto
        .dims
        .iter()
        .map(|dim| (*dim).max(0) as usize)
        .collect();
    let bytes = match &proto.raw_data {
        Some(raw) => raw.to_vec(),
        // Of complex numbers the parts, of small ones a byte each, as the runtime keeps them.
        None if element.bits() >= 64 => {
            [proto.float_data.concat(), proto.double_data.concat()].concat()
        }
        None => varints(&proto.int32_data.concat())?,
    };
    let packed = PackedTensor::new(element, shape, bytes).map_err(|error| error.to_string())?;
    Ok(Value::Packed(packed))
}

fn varints(mut packed: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while !packed.is_empty() {
        let number =
            prost::encoding::decode_varint(&mut packed).map_err(|error| error.to_string())?;
        bytes.push(number as u8);
    }
    Ok(bytes)
}

fn packed_type(proto: &TensorProto) -> Option<PackedType> {
    Some(match DataType::try_from(proto.data_type()).ok()? {
        DataType::Complex64 => PackedType::Complex64,
        DataType::Complex128 => PackedType::Complex128,
        DataType::Float8e4m3fn => PackedType::Float8E4M3FN,
        DataType::Float8e4m3fnuz => PackedType::Float8E4M3FNUZ,
        DataType::Float8e5m2 => PackedType::Float8E5M2,
        DataType::Float8e5m2fnuz => PackedType::Float8E5M2FNUZ,
        DataType::Float8e8m0 => PackedType::Float8E8M0,
        DataType::Float4e2m1 => PackedType::Float4E2M1,
        DataType::Int4 => PackedType::Int4,
        DataType::Uint4 => PackedType::Uint4,
        DataType::Int2 => PackedType::Int2,
        DataType::Uint2 => PackedType::Uint2,
        _ => return None,
    })
}

fn sequence(proto: &SequenceProto) -> Result<Value, String> {
    let tensors = proto.tensor_values.iter().map(tensor);
    let sequences = proto.sequence_values.iter().map(sequence);
    let maps = proto.map_values.iter().map(map);
    let optionals = proto.optional_values.iter().map(optional);
    let items = tensors.chain(sequences).chain(maps).chain(optionals);
    Ok(Value::Sequence(items.collect::<Result<_, _>>()?))
}

fn optional(proto: &OptionalProto) -> Result<Value, String> {
    let inner = proto.tensor_value.as_ref().map(tensor);
    let inner = inner.or_else(|| proto.sequence_value.as_ref().map(sequence));
    let inner = inner.or_else(|| proto.map_value.as_ref().map(map));
    inner.unwrap_or(Ok(Value::Nothing))
}

fn map(proto: &MapProto) -> Result<Value, String> {
    let strings = |bytes: &prost::bytes::Bytes| String::from_utf8_lossy(bytes).into_owned();
    let keys = if proto.string_keys.is_empty() {
        Data::Int64(proto.keys.clone())
    } else {
        Data::String(proto.string_keys.iter().map(strings).collect())
    };
    let values = proto
        .values
        .as_ref()
        .and_then(|values| match values.tensor_values.as_slice() {
            [one] => tensor(one).ok(),
            _ => None,
        });
    let length = proto.keys.len().max(proto.string_keys.len());
    let keys = Tensor::new(vec![length], keys).map_err(|error| error.to_string())?;
    match values {
        Some(Value::Tensor(values)) if values.len() == length => Ok(Value::Map { keys, values }),
        _ => Err("a map whose values are not one tensor".to_owned()),
    }
}
