//! One tensor as ONNX itself writes it (`input_0.pb` of its test data): a TensorProto.

use std::path::Path;

use half::{bf16, f16};
use onnx::proto::TensorProto;
use onnx::proto::tensor_proto::{DataLocation, DataType};
use prost::Message as _;

use super::bad;
use super::table::{DataFormat, Held, Table, described};
use crate::EngineError;
use crate::tensor::{Data, Tensor};

pub(super) fn open(path: &Path) -> Result<Table, EngineError> {
    let bytes = std::fs::read(path).map_err(|error| bad(path, error))?;
    let proto = TensorProto::decode(bytes.as_slice())
        .map_err(|error| bad(path, format!("is no TensorProto: {error}")))?;
    let tensor = tensor_from_proto(&proto).map_err(|error| bad(path, error))?;
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let name = Some(proto.name().to_owned())
        .filter(|name| !name.is_empty())
        .or(stem);
    let arrays = vec![(name.unwrap_or_default(), tensor)];
    let (columns, rows) = described(&arrays);
    Ok(Table::new(
        path,
        DataFormat::TensorProto,
        columns,
        rows,
        Held(arrays),
    ))
}

/// The tensor of a TensorProto that carries its own elements.
///
/// # Errors
/// When its elements lie in another file, have a type that is not read, or are not as many as its shape says.
pub fn tensor_from_proto(proto: &TensorProto) -> Result<Tensor, EngineError> {
    let refused = |reason: String| EngineError::input(proto.name(), reason);
    if proto.data_location() == DataLocation::External {
        return Err(refused("its elements lie in another file".to_owned()));
    }
    let dim =
        |dim: &i64| usize::try_from(*dim).map_err(|_| refused(format!("it has a dim of {dim}")));
    let shape: Vec<usize> = proto.dims.iter().map(dim).collect::<Result<_, _>>()?;
    let kind = DataType::try_from(proto.data_type()).unwrap_or(DataType::Undefined);
    let data = match &proto.raw_data {
        Some(raw) if kind != DataType::String => from_raw(kind, raw),
        _ => from_fields(kind, proto),
    };
    let data = data.ok_or_else(|| {
        refused(format!(
            "elements of type {} cannot be read",
            kind.as_str_name()
        ))
    })?;
    Tensor::new(shape, data).map_err(|error| match error {
        EngineError::Input { reason, .. } => refused(reason),
        other => other,
    })
}

/// Little-endian, as the format says.
fn from_raw(kind: DataType, raw: &[u8]) -> Option<Data> {
    macro_rules! numbers {
        ($type:ty) => {
            raw.as_chunks::<{ size_of::<$type>() }>()
                .0
                .iter()
                .map(|bytes| <$type>::from_le_bytes(*bytes))
                .collect()
        };
    }
    Some(match kind {
        DataType::Bool => Data::Bool(raw.iter().map(|byte| *byte != 0).collect()),
        DataType::Int8 => Data::Int8(numbers!(i8)),
        DataType::Int16 => Data::Int16(numbers!(i16)),
        DataType::Int32 => Data::Int32(numbers!(i32)),
        DataType::Int64 => Data::Int64(numbers!(i64)),
        DataType::Uint8 => Data::Uint8(raw.to_vec()),
        DataType::Uint16 => Data::Uint16(numbers!(u16)),
        DataType::Uint32 => Data::Uint32(numbers!(u32)),
        DataType::Uint64 => Data::Uint64(numbers!(u64)),
        DataType::Float16 => Data::Float16(numbers!(f16)),
        DataType::Bfloat16 => Data::BFloat16(numbers!(bf16)),
        DataType::Float => Data::Float32(numbers!(f32)),
        DataType::Double => Data::Float64(numbers!(f64)),
        _ => return None,
    })
}

/// Numbers that were written one by one: floats as they are, whole numbers as varints, half floats as their bits.
fn from_fields(kind: DataType, proto: &TensorProto) -> Option<Data> {
    macro_rules! whole {
        ($field:ident as $type:ty) => {
            varints(&proto.$field)?
                .into_iter()
                .map(|number| number as $type)
                .collect()
        };
    }
    Some(match kind {
        DataType::Bool => Data::Bool(
            varints(&proto.int32_data)?
                .into_iter()
                .map(|number| number != 0)
                .collect(),
        ),
        DataType::Int8 => Data::Int8(whole!(int32_data as i8)),
        DataType::Int16 => Data::Int16(whole!(int32_data as i16)),
        DataType::Int32 => Data::Int32(whole!(int32_data as i32)),
        DataType::Int64 => Data::Int64(whole!(int64_data as i64)),
        DataType::Uint8 => Data::Uint8(whole!(int32_data as u8)),
        DataType::Uint16 => Data::Uint16(whole!(int32_data as u16)),
        DataType::Uint32 => Data::Uint32(whole!(uint64_data as u32)),
        DataType::Uint64 => Data::Uint64(varints(&proto.uint64_data)?),
        DataType::Float16 => Data::Float16(
            varints(&proto.int32_data)?
                .into_iter()
                .map(|bits| f16::from_bits(bits as u16))
                .collect(),
        ),
        DataType::Bfloat16 => Data::BFloat16(
            varints(&proto.int32_data)?
                .into_iter()
                .map(|bits| bf16::from_bits(bits as u16))
                .collect(),
        ),
        DataType::Float => return from_raw(kind, &proto.float_data.concat()),
        DataType::Double => return from_raw(kind, &proto.double_data.concat()),
        DataType::String => Data::String(
            proto
                .string_data
                .iter()
                .map(|text| String::from_utf8(text.to_vec()).ok())
                .collect::<Option<_>>()?,
        ),
        _ => return None,
    })
}

fn varints(packed: &[impl AsRef<[u8]>]) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    for piece in packed {
        let mut piece = piece.as_ref();
        while !piece.is_empty() {
            numbers.push(prost::encoding::decode_varint(&mut piece).ok()?);
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// `onnx.numpy_helper.from_array(numpy.array([[1.5, -2.0]], "float32"), "x").SerializeToString()`, and
    /// `onnx.helper.make_tensor("n", INT64 or STRING, [2], [-1, 300] or ["buy", "sell"])`.
    #[test]
    fn tensors_that_onnx_wrote() {
        let raw = b"\x08\x01\x08\x02\x10\x01\x42\x01x\x4a\x08\x00\x00\xc0\x3f\x00\x00\x00\xc0";
        let tensor = |bytes: &[u8]| {
            tensor_from_proto(&TensorProto::decode(bytes.to_vec().as_slice()).unwrap())
        };
        assert_eq!(
            tensor(raw).unwrap(),
            Tensor::new(vec![1, 2], Data::Float32(vec![1.5, -2.0])).unwrap()
        );
        let varints =
            b"\x08\x02\x10\x07\x3a\x0c\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\xac\x02\x42\x01n";
        assert_eq!(tensor(varints).unwrap().data(), &Data::Int64(vec![-1, 300]));
        let texts = b"\x08\x02\x10\x08\x32\x03buy\x32\x04sell\x42\x01n";
        assert_eq!(
            tensor(texts).unwrap().data(),
            &Data::String(vec!["buy".into(), "sell".into()])
        );
        let cut = b"\x08\x03\x10\x01\x42\x01x\x4a\x08\x00\x00\xc0\x3f\x00\x00\x00\xc0";
        let error = tensor(cut).unwrap_err().to_string();
        assert!(error.contains("holds 3 elements, but 2"), "{error}");
    }
}
