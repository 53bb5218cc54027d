//! What a loaded model takes and gives, as the runtime sees it.

use std::fmt;

use ort::value::{Outlet, TensorElementType, ValueType};

use crate::EngineError;
use crate::tensor::{ElementType, Tensor};

/// Inputs and outputs in the model's own order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
}

/// One input or output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    pub name: String,
    pub kind: PortKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortKind {
    Tensor {
        element: ElementType,
        dims: Vec<PortDim>,
    },
    /// A list of maps from class to score, as scikit-learn classifiers give; it becomes a column for each class.
    ClassScores,
    /// A type that cannot be passed yet; the text names it.
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortDim {
    Fixed(usize),
    /// Open, with its name where the model gives one.
    Open(Option<String>),
}

impl Port {
    pub(crate) fn from_outlet(outlet: &Outlet) -> Self {
        Self {
            name: outlet.name().to_owned(),
            kind: kind(outlet.dtype()),
        }
    }

    /// Whether `tensor` may be given for this input.
    ///
    /// # Errors
    /// [`EngineError::Input`] that names the input, what it wants and what it was given.
    pub fn accept(&self, tensor: &Tensor) -> Result<(), EngineError> {
        let PortKind::Tensor { element, dims } = &self.kind else {
            let reason = format!("{} inputs cannot be given yet; only tensors can", self.kind);
            return Err(EngineError::input(&self.name, reason));
        };
        let fits = |(dim, size): (&PortDim, &usize)| match dim {
            PortDim::Fixed(wanted) => wanted == size,
            PortDim::Open(_) => true,
        };
        let same_rank = dims.len() == tensor.shape().len();
        if *element == tensor.element_type()
            && same_rank
            && dims.iter().zip(tensor.shape()).all(fits)
        {
            return Ok(());
        }
        let (given, shape) = (tensor.element_type().datatype(), tensor.shape());
        Err(EngineError::input(
            &self.name,
            format!(
                "the model wants {}, but was given {given}{shape:?}",
                self.kind
            ),
        ))
    }
}

impl fmt::Display for PortKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tensor { element, dims } => {
                let dims: Vec<String> = dims.iter().map(ToString::to_string).collect();
                write!(f, "{}[{}]", element.datatype(), dims.join(", "))
            }
            Self::ClassScores => f.write_str("class scores"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for PortDim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(size) => write!(f, "{size}"),
            Self::Open(Some(name)) => f.write_str(name),
            Self::Open(None) => f.write_str("?"),
        }
    }
}

fn kind(value: &ValueType) -> PortKind {
    match value {
        ValueType::Tensor {
            ty,
            shape,
            dimension_symbols,
        } => match element(*ty) {
            Some(element) => {
                let named = |index: usize| {
                    dimension_symbols
                        .get(index)
                        .filter(|name| !name.is_empty())
                        .cloned()
                };
                let dim = |(index, size): (usize, &i64)| {
                    usize::try_from(*size)
                        .map_or_else(|_| PortDim::Open(named(index)), PortDim::Fixed)
                };
                PortKind::Tensor {
                    element,
                    dims: shape.iter().enumerate().map(dim).collect(),
                }
            }
            None => PortKind::Other(value.to_string()),
        },
        ValueType::Sequence(inner) if is_class_scores(inner) => PortKind::ClassScores,
        other => PortKind::Other(other.to_string()),
    }
}

/// The two maps that ZipMap makes.
fn is_class_scores(inner: &ValueType) -> bool {
    let ValueType::Map { key, value } = inner else {
        return false;
    };
    matches!(key, TensorElementType::Int64 | TensorElementType::String)
        && *value == TensorElementType::Float32
}

pub(crate) fn element(element: TensorElementType) -> Option<ElementType> {
    let element = match element {
        TensorElementType::Bool => ElementType::Bool,
        TensorElementType::Int8 => ElementType::Int8,
        TensorElementType::Int16 => ElementType::Int16,
        TensorElementType::Int32 => ElementType::Int32,
        TensorElementType::Int64 => ElementType::Int64,
        TensorElementType::Uint8 => ElementType::Uint8,
        TensorElementType::Uint16 => ElementType::Uint16,
        TensorElementType::Uint32 => ElementType::Uint32,
        TensorElementType::Uint64 => ElementType::Uint64,
        TensorElementType::Float16 => ElementType::Float16,
        TensorElementType::Bfloat16 => ElementType::BFloat16,
        TensorElementType::Float32 => ElementType::Float32,
        TensorElementType::Float64 => ElementType::Float64,
        TensorElementType::String => ElementType::String,
        _ => return None,
    };
    Some(element)
}
