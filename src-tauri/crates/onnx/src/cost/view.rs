//! A node as the formulas see it: its attributes, and what is known of what it takes and makes.

use crate::proto::{AttributeProto, FunctionProto, NodeProto};
use crate::shapes::TensorType;

/// Why the work of a node is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown(pub String);

/// The work of one run of a node. `flops` are those beside the multiply-accumulates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    pub macs: u128,
    pub flops: u128,
    /// The work depends on the values; this is the most that it can be.
    pub at_most: bool,
}

pub type Found = Result<Work, Unknown>;

pub fn macs(macs: u128) -> Work {
    Work {
        macs,
        ..Work::default()
    }
}

pub fn flops(flops: u128) -> Work {
    Work {
        flops,
        ..Work::default()
    }
}

impl Work {
    pub fn and(self, flops: u128) -> Self {
        Self {
            flops: self.flops.saturating_add(flops),
            ..self
        }
    }
}

pub fn unknown(reason: impl Into<String>) -> Unknown {
    Unknown(reason.into())
}

/// The call of a function, from which the nodes inside take their attributes.
#[derive(Debug, Clone, Copy)]
pub struct Call<'m> {
    pub node: &'m NodeProto,
    pub function: &'m FunctionProto,
    pub outer: Option<&'m Call<'m>>,
}

pub struct View<'v> {
    pub node: &'v NodeProto,
    pub call: Option<&'v Call<'v>>,
    pub inputs: Vec<Option<TensorType>>,
    pub outputs: Vec<Option<TensorType>>,
    /// Of the node's domain.
    pub opset: i64,
}

impl View<'_> {
    pub fn op(&self) -> &str {
        self.node.op_type()
    }

    /// The empty text is the standard domain.
    pub fn domain(&self) -> &str {
        match self.node.domain() {
            "ai.onnx" => "",
            domain => domain,
        }
    }

    pub fn has_input(&self, at: usize) -> bool {
        self.node.input.get(at).is_some_and(|name| !name.is_empty())
    }

    pub fn input(&self, at: usize) -> Result<Vec<u64>, Unknown> {
        dims(&self.node.input, &self.inputs, at, "takes")
    }

    pub fn output(&self, at: usize) -> Result<Vec<u64>, Unknown> {
        dims(&self.node.output, &self.outputs, at, "makes")
    }

    /// Elements of an input.
    pub fn taken(&self, at: usize) -> Result<u128, Unknown> {
        Ok(volume(&self.input(at)?))
    }

    /// Elements of an output.
    pub fn made(&self, at: usize) -> Result<u128, Unknown> {
        Ok(volume(&self.output(at)?))
    }

    pub fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        let own = self.node.attribute.iter().find(|a| a.name() == name)?;
        resolved(own, self.call)
    }

    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|a| a.i).unwrap_or(default)
    }

    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).and_then(|a| a.f).unwrap_or(default)
    }

    pub fn ints(&self, name: &str) -> &[i64] {
        self.attribute(name).map_or(&[], |a| &a.ints)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.attribute(name)?.s.as_ref()?).ok()
    }

    /// An attribute that counts axes from the end where it is negative.
    pub fn axis(&self, default: i64, rank: usize) -> Result<usize, Unknown> {
        let axis = self.int("axis", default);
        let axis = if axis < 0 { axis + rank as i64 } else { axis };
        usize::try_from(axis)
            .ok()
            .filter(|axis| *axis <= rank)
            .ok_or_else(|| unknown(format!("axis {axis} is outside a tensor of rank {rank}")))
    }
}

fn resolved<'v>(
    attribute: &'v AttributeProto,
    call: Option<&'v Call<'v>>,
) -> Option<&'v AttributeProto> {
    let name = attribute.ref_attr_name();
    if name.is_empty() {
        return Some(attribute);
    }
    let call = call?;
    if let Some(given) = call.node.attribute.iter().find(|a| a.name() == name) {
        return resolved(given, call.outer);
    }
    let defaults = &call.function.attribute_proto;
    defaults.iter().find(|a| a.name() == name)
}

fn dims(
    names: &[String],
    types: &[Option<TensorType>],
    at: usize,
    verb: &str,
) -> Result<Vec<u64>, Unknown> {
    let Some(name) = names.get(at).filter(|name| !name.is_empty()) else {
        return Err(unknown(format!("it has no tensor {at} that it {verb}")));
    };
    let known = types.get(at).and_then(Option::as_ref);
    known.and_then(TensorType::fixed).ok_or_else(|| {
        unknown(format!(
            "the shape of '{}', which it {verb}, is not known",
            crate::walk::clip(name)
        ))
    })
}

/// Elements of a tensor of these dims.
pub fn volume(dims: &[u64]) -> u128 {
    dims.iter().fold(1_u128, |volume, dim| {
        volume.saturating_mul(u128::from(*dim))
    })
}

/// A product that stops at the top: dims of a hostile file may be anything.
pub fn times(factors: &[u128]) -> u128 {
    factors
        .iter()
        .fold(1_u128, |product, factor| product.saturating_mul(*factor))
}
