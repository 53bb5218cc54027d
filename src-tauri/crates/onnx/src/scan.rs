//! One walk over the wire format before anything is decoded or allocated.
//!
//! It proves that every length lies inside its parent (so a truncated file is told as such, with the place), bounds the
//! nesting (so no decoder or visitor can overflow the stack) and adds up what decoding would allocate (so that megabytes
//! of two-byte messages cannot become gigabytes). Weights are stepped over, not read.

use std::mem::size_of;
use std::path::Path;

use crate::proto::{
    AttributeProto, FunctionProto, GraphProto, NodeProto, SparseTensorProto, TensorProto,
    TypeProto, ValueInfoProto,
};
use crate::{OnnxError, foreign};

/// Messages inside messages. prost itself stops at 100; a real model with ten nested `If` bodies has 35.
const DEPTH_MAX: usize = 90;
/// What the decoded messages, without weights, may occupy.
const DECODED_BYTES_MAX: u64 = 2 << 30;
/// A vector that grows by doubling may hold twice what it needs.
const GROWTH: u64 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    SparseTensor,
    ValueInfo,
    Type,
    /// `TypeProto.Tensor` and `TypeProto.SparseTensor`.
    TensorType,
    /// `TypeProto.Sequence` and `TypeProto.Optional`: a type around a type.
    BoxedType,
    MapType,
    Shape,
    Function,
    TrainingInfo,
    /// Any other message: pairs, opset ids, shapes, annotations. Its own fields are walked as plain fields.
    Small,
}

impl Message {
    fn decoded_bytes(self) -> u64 {
        let bytes = match self {
            Self::Model | Self::TrainingInfo | Self::Small | Self::Shape => 128,
            Self::TensorType | Self::BoxedType | Self::MapType => size_of::<TypeProto>(),
            Self::Graph => size_of::<GraphProto>(),
            Self::Node => size_of::<NodeProto>(),
            Self::Attribute => size_of::<AttributeProto>(),
            Self::Tensor => size_of::<TensorProto>(),
            Self::SparseTensor => size_of::<SparseTensorProto>(),
            Self::ValueInfo => size_of::<ValueInfoProto>(),
            Self::Type => size_of::<TypeProto>(),
            Self::Function => size_of::<FunctionProto>(),
        };
        bytes as u64
    }
}

/// What a length-delimited field holds.
enum Field {
    Child(Message, &'static str),
    /// Packed numbers that are decoded into eight bytes each.
    Numbers,
    /// Strings and bytes, weights among them.
    Plain,
}

fn field(parent: Message, number: u64) -> Field {
    use Message as M;
    let (child, name) = match (parent, number) {
        (M::Model, 7) => (M::Graph, "graph"),
        (M::Model, 8) => (M::Small, "opset_import"),
        (M::Model, 14) => (M::Small, "metadata_props"),
        (M::Model, 20) => (M::TrainingInfo, "training_info"),
        (M::Model, 25) => (M::Function, "functions"),
        (M::Model, 26) => (M::Small, "configuration"),
        (M::TrainingInfo, 1) => (M::Graph, "initialization"),
        (M::TrainingInfo, 2) => (M::Graph, "algorithm"),
        (M::TrainingInfo, 3 | 4) => (M::Small, "binding"),
        (M::Graph, 1) | (M::Function, 7) => (M::Node, "node"),
        (M::Graph, 5) => (M::Tensor, "initializer"),
        (M::Graph, 15) => (M::SparseTensor, "sparse_initializer"),
        (M::Graph, 11) => (M::ValueInfo, "input"),
        (M::Graph, 12) => (M::ValueInfo, "output"),
        (M::Graph, 13) | (M::Function, 12) => (M::ValueInfo, "value_info"),
        (M::Graph, 14) => (M::Small, "quantization_annotation"),
        (M::Graph | M::Tensor, 16) | (M::Node, 9) | (M::Function, 14) | (M::ValueInfo, 4) => {
            (M::Small, "metadata_props")
        }
        (M::Node, 5) => (M::Attribute, "attribute"),
        (M::Node, 10) => (M::Small, "device_configurations"),
        (M::Attribute, 5) => (M::Tensor, "t"),
        (M::Attribute, 10) => (M::Tensor, "tensors"),
        (M::Attribute, 6) => (M::Graph, "g"),
        (M::Attribute, 11) => (M::Graph, "graphs"),
        (M::Attribute, 22) => (M::SparseTensor, "sparse_tensor"),
        (M::Attribute, 23) => (M::SparseTensor, "sparse_tensors"),
        (M::Attribute, 14 | 15) | (M::ValueInfo, 2) => (M::Type, "type"),
        (M::SparseTensor, 1) => (M::Tensor, "values"),
        (M::SparseTensor, 2) => (M::Tensor, "indices"),
        (M::Tensor, 13) => (M::Small, "external_data"),
        (M::Tensor, 3) => (M::Small, "segment"),
        (M::Function, 11) => (M::Attribute, "attribute_proto"),
        (M::Function, 9) => (M::Small, "opset_import"),
        (M::Type, 1 | 8) => (M::TensorType, "tensor_type"),
        (M::Type, 4 | 9) => (M::BoxedType, "sequence_type"),
        (M::Type, 5) => (M::MapType, "map_type"),
        (M::BoxedType, 1) | (M::MapType, 2) => (M::Type, "type"),
        (M::TensorType, 2) => (M::Shape, "shape"),
        (M::Shape, 1) => (M::Small, "dim"),
        (M::Attribute, 7 | 8) | (M::Tensor, 1) | (M::SparseTensor, 3) => return Field::Numbers,
        _ => return Field::Plain,
    };
    Field::Child(child, name)
}

struct Frame {
    message: Message,
    name: &'static str,
    /// Which of its siblings in the same field this is.
    index: u32,
    end: usize,
    /// How many children each field has had, for the place in an error.
    seen: [u32; 32],
}

struct Scan<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Frame>,
    decoded_bytes: u64,
    fields: u64,
}

/// Walks `bytes` as a `ModelProto`.
pub(crate) fn scan(path: &Path, bytes: &[u8]) -> Result<(), OnnxError> {
    let root = Frame {
        message: Message::Model,
        name: "model",
        index: 0,
        end: bytes.len(),
        seen: [0; 32],
    };
    let mut scan = Scan {
        path,
        bytes,
        at: 0,
        stack: vec![root],
        decoded_bytes: 0,
        fields: 0,
    };
    while let Some(frame) = scan.stack.last() {
        if scan.at == frame.end {
            scan.stack.pop();
        } else {
            scan.step(frame.message, frame.end)?;
        }
    }
    Ok(())
}

impl Scan<'_> {
    fn step(&mut self, message: Message, end: usize) -> Result<(), OnnxError> {
        let tag = self.varint(end)?;
        let (number, wire_type) = (tag >> 3, tag & 7);
        self.check_first(number, wire_type)?;
        match wire_type {
            0 => {
                self.varint(end)?;
                self.charge(8)
            }
            1 => self.skip(8, end, number).and_then(|()| self.charge(8)),
            5 => self.skip(4, end, number).and_then(|()| self.charge(8)),
            2 => self.length_delimited(message, number, end),
            _ => Err(self.damaged(&format!(
                "field {number} has wire type {wire_type}, which ONNX never uses"
            ))),
        }
    }

    fn length_delimited(
        &mut self,
        message: Message,
        number: u64,
        end: usize,
    ) -> Result<(), OnnxError> {
        let length = self.varint(end)?;
        match field(message, number) {
            Field::Child(child, name) => {
                let end = self.reach(length, end, number)?;
                self.charge(child.decoded_bytes())?;
                self.enter(child, name, number, end)
            }
            Field::Numbers => {
                self.charge(length.saturating_mul(8))?;
                self.skip(length, end, number)
            }
            Field::Plain => {
                // Weights stay in the map; names are copied, and are as long as they are.
                let copied = if message == Message::Tensor {
                    0
                } else {
                    length
                };
                self.charge(copied.saturating_add(32))?;
                self.skip(length, end, number)
            }
        }
    }

    fn enter(
        &mut self,
        message: Message,
        name: &'static str,
        number: u64,
        end: usize,
    ) -> Result<(), OnnxError> {
        if self.stack.len() >= DEPTH_MAX {
            let depth = self.stack.len();
            return Err(self.refused(
                &format!("messages are nested more than {depth} deep"),
                "No real model is: it is built to overflow the reader's stack.",
            ));
        }
        let index = self.stack.last_mut().map_or(0, |parent| {
            let seen = &mut parent.seen[number as usize % 32];
            *seen += 1;
            *seen - 1
        });
        self.stack.push(Frame {
            message,
            name,
            index,
            end,
            seen: [0; 32],
        });
        Ok(())
    }

    /// The very first field decides between "not a model" and "a damaged model".
    fn check_first(&mut self, number: u64, wire_type: u64) -> Result<(), OnnxError> {
        self.fields += 1;
        let known = matches!(
            (number, wire_type),
            (1 | 5, 0) | (2 | 3 | 4 | 6 | 7 | 8 | 14 | 20 | 25 | 26, 2)
        );
        if self.fields > 1 || known {
            return Ok(());
        }
        Err(self.unknown())
    }

    fn varint(&mut self, end: usize) -> Result<u64, OnnxError> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            if self.at >= end {
                return Err(self.damaged("the file ends inside a number"));
            }
            let byte = self.bytes[self.at];
            self.at += 1;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.damaged("a number is longer than ten bytes"))
    }

    fn reach(&self, length: u64, end: usize, number: u64) -> Result<usize, OnnxError> {
        let left = end - self.at;
        match usize::try_from(length) {
            Ok(length) if length <= left => Ok(self.at + length),
            _ => Err(self.damaged(&format!(
                "field {number} claims {length} bytes, but {left} remain"
            ))),
        }
    }

    fn skip(&mut self, length: u64, end: usize, number: u64) -> Result<(), OnnxError> {
        self.at = self.reach(length, end, number)?;
        Ok(())
    }

    fn charge(&mut self, bytes: u64) -> Result<(), OnnxError> {
        self.decoded_bytes = self
            .decoded_bytes
            .saturating_add(bytes.saturating_mul(GROWTH));
        if self.decoded_bytes <= DECODED_BYTES_MAX {
            return Ok(());
        }
        Err(self.refused(
            "its structure, without weights, would need more than 2 GiB of memory",
            "No real model does: keep weights in initializers, or split the model.",
        ))
    }

    fn place(&self) -> String {
        let inner = self
            .stack
            .iter()
            .skip(1)
            .map(|frame| format!("{}[{}]", frame.name, frame.index));
        let path: Vec<String> = inner.collect();
        let path = if path.is_empty() {
            "model".to_owned()
        } else {
            path.join(".")
        };
        format!("at byte {} in {path}", self.at)
    }

    fn unknown(&self) -> OnnxError {
        let remedy = "Give a model exported as .onnx.";
        foreign::not_a_model(self.path, "a file of unknown format", remedy)
    }

    /// Damage in the very first tag means that this never was a model.
    fn damaged(&self, what: &str) -> OnnxError {
        if self.fields == 0 {
            return self.unknown();
        }
        OnnxError::Damaged {
            path: self.path.to_owned(),
            found: format!("{}: {what}", self.place()),
        }
    }

    fn refused(&self, what: &str, remedy: &str) -> OnnxError {
        OnnxError::Unsafe {
            path: self.path.to_owned(),
            found: what.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}
