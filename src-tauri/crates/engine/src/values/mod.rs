//! Everything that goes into a model and comes out of it: beside [`Tensor`]s of numbers and strings also element types
//! that Rust has no type for, sequences, maps and optionals.

mod element;
mod give;
mod take;

use serde::{Deserialize, Serialize};

use crate::{EngineError, Tensor};

pub use element::PackedType;
pub(crate) use give::give;
pub(crate) use take::take;

/// One input or output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    Tensor(Tensor),
    /// Elements of fewer bits than a number of Rust's, or of two numbers each.
    Packed(PackedTensor),
    Sequence(Vec<Value>),
    /// As many keys as values, each of one dim.
    Map {
        keys: Tensor,
        values: Tensor,
    },
    /// An optional that holds nothing.
    Nothing,
}

/// A tensor as its bytes lie in the runtime: little-endian, small elements packed from the low bits on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PackedTensor {
    element: PackedType,
    shape: Vec<usize>,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
}

impl PackedTensor {
    /// # Errors
    /// When there are not as many bytes as `shape` needs.
    pub fn new(
        element: PackedType,
        shape: Vec<usize>,
        bytes: Vec<u8>,
    ) -> Result<Self, EngineError> {
        let count = crate::tensor::element_count(&shape)?;
        let wanted = count.saturating_mul(element.bits()).div_ceil(8);
        if bytes.len() != wanted {
            let (name, given) = (element.name(), bytes.len());
            let reason = format!("{name}{shape:?} takes {wanted} bytes, but {given} were given");
            return Err(EngineError::input("", reason));
        }
        Ok(Self {
            element,
            shape,
            bytes,
        })
    }

    #[must_use]
    pub fn element(&self) -> PackedType {
        self.element
    }

    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The elements as `f64`; a complex number is two of them, its real part first.
    #[must_use]
    pub fn to_f64(&self) -> Vec<f64> {
        let count: usize = self.shape.iter().product();
        self.element.read(&self.bytes, count)
    }
}

impl Value {
    /// `FP32[2, 3]`, `float8e5m2[4]`, `sequence of 2`, `map of 3`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Tensor(tensor) => {
                format!("{}{:?}", tensor.element_type().datatype(), tensor.shape())
            }
            Self::Packed(tensor) => format!("{}{:?}", tensor.element.name(), tensor.shape),
            Self::Sequence(items) => format!("sequence of {}", items.len()),
            Self::Map { keys, .. } => format!("map of {}", keys.len()),
            Self::Nothing => "nothing".to_owned(),
        }
    }
}

impl From<Tensor> for Value {
    fn from(tensor: Tensor) -> Self {
        Self::Tensor(tensor)
    }
}
