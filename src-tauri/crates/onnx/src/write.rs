//! Building and saving models from the same messages that the reader decodes.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use bytes::Bytes;
use prost::Message;

use crate::proto::attribute_proto::AttributeType;
use crate::proto::tensor_proto::DataType;
use crate::proto::tensor_shape_proto::Dimension;
use crate::proto::tensor_shape_proto::dimension::Value as DimValue;
use crate::proto::type_proto::{Tensor as TensorType, Value as TypeValue};
use crate::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto,
};

/// The IR version that models built here state: old enough for every runtime in use, new enough for opset 21.
pub const IR_VERSION: i64 = 10;

/// One dimension of a graph input or output.
#[derive(Debug, Clone, Copy)]
pub enum Dim<'a> {
    Fixed(i64),
    Named(&'a str),
}

/// A model around a graph, with the default operator set at `opset`.
#[must_use]
pub fn model(graph: GraphProto, opset: i64) -> ModelProto {
    ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: Some("drydock".to_owned()),
        opset_import: vec![OperatorSetIdProto {
            domain: Some(String::new()),
            version: Some(opset),
        }],
        graph: Some(graph),
        ..ModelProto::default()
    }
}

#[must_use]
pub fn node(op: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    NodeProto {
        op_type: Some(op.to_owned()),
        name: Some(format!("{op}_{}", outputs.first().unwrap_or(&""))),
        input: owned(inputs),
        output: owned(outputs),
        ..NodeProto::default()
    }
}

#[must_use]
pub fn attribute_i(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        r#type: Some(AttributeType::Int.into()),
        i: Some(value),
        ..AttributeProto::default()
    }
}

#[must_use]
pub fn attribute_graph(name: &str, graph: GraphProto) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        r#type: Some(AttributeType::Graph.into()),
        g: Some(graph),
        ..AttributeProto::default()
    }
}

#[must_use]
pub fn attribute_tensor(name: &str, tensor: TensorProto) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        r#type: Some(AttributeType::Tensor.into()),
        t: Some(tensor),
        ..AttributeProto::default()
    }
}

/// A tensor over little-endian bytes. That they match the dims is the caller's business: fixtures break it on purpose.
#[must_use]
pub fn tensor(name: &str, data_type: DataType, dims: &[i64], raw: impl Into<Bytes>) -> TensorProto {
    TensorProto {
        name: Some(name.to_owned()),
        data_type: Some(data_type.into()),
        dims: dims.to_vec(),
        raw_data: Some(raw.into()),
        ..TensorProto::default()
    }
}

#[must_use]
pub fn tensor_f32(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    let raw: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    tensor(name, DataType::Float, dims, raw)
}

/// A graph input or output.
#[must_use]
pub fn value(name: &str, data_type: DataType, dims: &[Dim<'_>]) -> ValueInfoProto {
    let dim = dims.iter().map(|dim| {
        let value = match dim {
            Dim::Fixed(size) => DimValue::DimValue(*size),
            Dim::Named(name) => DimValue::DimParam((*name).to_owned()),
        };
        Dimension {
            value: Some(value),
            ..Dimension::default()
        }
    });
    let shape = TensorShapeProto { dim: dim.collect() };
    let tensor = TensorType {
        elem_type: Some(data_type.into()),
        shape: Some(shape),
    };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            value: Some(TypeValue::TensorType(tensor)),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}

/// A model as the bytes of its file.
#[must_use]
pub fn to_bytes(model: &ModelProto) -> Vec<u8> {
    model.encode_to_vec()
}

/// Writes a model to a file.
///
/// # Errors
/// When the file cannot be written.
pub fn save(path: impl AsRef<Path>, model: &ModelProto) -> io::Result<()> {
    std::fs::write(path, model.encode_to_vec())
}

/// How [`save_streamed`] fills the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Nothing is written: the file system keeps a hole that reads as zeros. Takes no disk space.
    Holes,
    /// Every byte is written.
    Pattern,
}

/// Writes a model whose initializers have dims but no data yet, streaming `fill` as their `raw_data`, so that a model
/// larger than memory can be made. Fields of a protobuf message may come in any order: the initializers come last.
///
/// # Errors
/// When an initializer has no byte size, or the file cannot be written.
pub fn save_streamed(path: impl AsRef<Path>, model: &ModelProto, fill: Fill) -> io::Result<()> {
    let mut shell = model.clone();
    let mut graph = shell.graph.take().unwrap_or_default();
    let mut tensors = Vec::new();
    for tensor in std::mem::take(&mut graph.initializer) {
        let size = crate::check::stored_bytes(&tensor).map_err(io::Error::other)?;
        tensors.push((
            tensor.encode_to_vec(),
            size.ok_or_else(|| io::Error::other("a tensor of strings"))?,
        ));
    }
    let head = graph.encode_to_vec();
    let length: u64 = tensors
        .iter()
        .map(|(header, size)| field_length(tensor_length(header, *size)))
        .sum();

    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(&shell.encode_to_vec())?;
    write_key(&mut out, 7, head.len() as u64 + length)?;
    out.write_all(&head)?;
    for (header, size) in tensors {
        write_key(&mut out, 5, tensor_length(&header, size))?;
        out.write_all(&header)?;
        write_key(&mut out, 9, size)?;
        write_fill(&mut out, size, fill)?;
    }
    let end = out.stream_position()?;
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .set_len(end)
}

fn tensor_length(header: &[u8], raw: u64) -> u64 {
    header.len() as u64 + field_length(raw)
}

/// Key, length and content of a length-delimited field whose number is below 16.
fn field_length(content: u64) -> u64 {
    1 + prost::encoding::encoded_len_varint(content) as u64 + content
}

fn write_key(out: &mut impl Write, field: u8, length: u64) -> io::Result<()> {
    let mut key = vec![field << 3 | 2];
    prost::encoding::encode_varint(length, &mut key);
    out.write_all(&key)
}

fn write_fill(out: &mut BufWriter<File>, size: u64, fill: Fill) -> io::Result<()> {
    if fill == Fill::Holes {
        let size = i64::try_from(size).map_err(io::Error::other)?;
        return out.seek(SeekFrom::Current(size)).map(drop);
    }
    // Small floats of both signs, so that the model also runs to finite numbers.
    let block: Vec<u8> = (0..16_384_i32)
        .flat_map(|i| ((i % 257 - 128) as f32 * 1e-4).to_le_bytes())
        .collect();
    let mut left = size;
    while left > 0 {
        let part = left.min(block.len() as u64);
        out.write_all(&block[..part as usize])?;
        left -= part;
    }
    Ok(())
}
