//! What is known of the types and shapes of a model's tensors: from the file itself ([`Shapes::of_file`]), or from whoever
//! infers them with the help of [`probe`].

mod bind;
mod function;
pub mod probe;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::graph::{Scope, Way, WayStep};
use crate::kind::{element_bits, element_name};
use crate::proto::tensor_shape_proto::Dimension;
use crate::proto::tensor_shape_proto::dimension::Value as DimValue;
use crate::proto::type_proto::{Tensor, Value};
use crate::proto::{ModelProto, TensorProto, TensorShapeProto, TypeProto};

pub use bind::{OpenDim, bound, open_dims};

/// One dimension of a tensor.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShapeDim {
    Fixed(u64),
    Named(String),
    Unknown,
}

/// What is known of one tensor.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TensorType {
    /// Element type as ONNX numbers it; no dims when not even their count is known.
    Tensor {
        element: i32,
        dims: Option<Vec<ShapeDim>>,
    },
    /// A sequence, map or optional, in words.
    Other(String),
}

impl TensorType {
    /// `None` when the file says nothing of the value.
    #[must_use]
    pub fn of_proto(value: &TypeProto) -> Option<Self> {
        match value.value.as_ref()? {
            Value::TensorType(tensor) => Some(Self::Tensor {
                element: tensor.elem_type?,
                dims: tensor
                    .shape
                    .as_ref()
                    .map(|shape| shape.dim.iter().map(dim_of).collect()),
            }),
            _ => Some(Self::Other(crate::kind::describe(Some(value)).0)),
        }
    }

    #[must_use]
    pub fn of_weight(weight: &TensorProto) -> Self {
        let dims = weight.dims.iter();
        Self::Tensor {
            element: weight.data_type(),
            dims: Some(
                dims.map(|dim| ShapeDim::Fixed(dim.unsigned_abs()))
                    .collect(),
            ),
        }
    }

    /// `None` for what is no tensor.
    #[must_use]
    pub fn to_proto(&self) -> Option<TypeProto> {
        let Self::Tensor { element, dims } = self else {
            return None;
        };
        let shape = dims.as_ref().map(|dims| TensorShapeProto {
            dim: dims.iter().map(dim_to).collect(),
        });
        Some(TypeProto {
            value: Some(Value::TensorType(Tensor {
                elem_type: Some(*element),
                shape,
            })),
            ..TypeProto::default()
        })
    }

    /// Whether at least the count of its dims is known.
    #[must_use]
    pub fn is_ranked(&self) -> bool {
        matches!(self, Self::Tensor { dims: Some(_), .. })
    }

    /// All dims, when each is a number.
    #[must_use]
    pub fn fixed(&self) -> Option<Vec<u64>> {
        let Self::Tensor {
            dims: Some(dims), ..
        } = self
        else {
            return None;
        };
        let number = |dim: &ShapeDim| match dim {
            ShapeDim::Fixed(size) => Some(*size),
            ShapeDim::Named(_) | ShapeDim::Unknown => None,
        };
        dims.iter().map(number).collect()
    }

    /// Bytes of the whole tensor; `None` where a dim is open, and for texts.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let Self::Tensor { element, .. } = self else {
            return None;
        };
        let count = self
            .fixed()?
            .into_iter()
            .try_fold(1_u64, u64::checked_mul)?;
        Some(count.checked_mul(element_bits(*element)?)?.div_ceil(8))
    }

    /// Element type and dims as people write them: `("float32", ["N", "64"])`.
    #[must_use]
    pub fn describe(&self) -> (String, Vec<String>) {
        match self {
            Self::Other(text) => (text.clone(), Vec::new()),
            Self::Tensor { element, dims } => {
                let dims = dims.as_ref().map_or_else(
                    || vec![crate::kind::UNKNOWN_RANK.to_owned()],
                    |dims| dims.iter().map(ToString::to_string).collect(),
                );
                (element_name(*element), dims)
            }
        }
    }

    /// `float32 [N, 64]`.
    #[must_use]
    pub fn text(&self) -> String {
        match self.describe() {
            (element, _) if matches!(self, Self::Other(_)) => element,
            (element, dims) => format!("{element} [{}]", dims.join(", ")),
        }
    }
}

impl std::fmt::Display for ShapeDim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed(size) => write!(f, "{size}"),
            Self::Named(name) => f.write_str(name),
            Self::Unknown => f.write_str("?"),
        }
    }
}

fn dim_of(dimension: &Dimension) -> ShapeDim {
    match &dimension.value {
        Some(DimValue::DimValue(size)) => {
            u64::try_from(*size).map_or(ShapeDim::Unknown, ShapeDim::Fixed)
        }
        Some(DimValue::DimParam(name)) if !name.is_empty() => ShapeDim::Named(name.clone()),
        _ => ShapeDim::Unknown,
    }
}

fn dim_to(dim: &ShapeDim) -> Dimension {
    let value = match dim {
        ShapeDim::Fixed(size) => i64::try_from(*size).ok().map(DimValue::DimValue),
        ShapeDim::Named(name) => Some(DimValue::DimParam(name.clone())),
        ShapeDim::Unknown => None,
    };
    Dimension {
        value,
        ..Dimension::default()
    }
}

/// The types of tensors, graph by graph.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Shapes {
    pub graphs: HashMap<Way, HashMap<String, TensorType>>,
}

impl Shapes {
    /// What the file itself says: inputs, outputs and `value_info` of every graph that nodes hold.
    #[must_use]
    pub fn of_file(model: &ModelProto) -> Self {
        let mut shapes = Self::default();
        if let Some(scope) = Scope::at(model, &Way::default()) {
            shapes.declared(&Way::default(), &scope);
        }
        shapes
    }

    fn declared(&mut self, way: &Way, scope: &Scope<'_>) {
        let known = scope
            .types
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), TensorType::of_proto(value)?)));
        self.graphs.insert(way.clone(), known.collect());
        for (node, held) in (0..).zip(scope.nodes) {
            for attribute in &held.attribute {
                let Some(body) = &attribute.g else { continue };
                let mut inner = way.clone();
                inner.0.push(WayStep {
                    node,
                    attribute: Some(attribute.name().to_owned()),
                });
                self.declared(&inner, &Scope::of_graph(body));
            }
        }
    }

    /// What is known of a tensor that a node of this graph takes or makes. A body sees the tensors of the graphs around it.
    #[must_use]
    pub fn of<'s>(&'s self, way: &Way, tensor: &str) -> Option<&'s TensorType> {
        let mut around = way.clone();
        loop {
            let here = self.graphs.get(&around).and_then(|graph| graph.get(tensor));
            // A function sees nothing around it.
            match (here, around.0.pop()) {
                (Some(found), _) => return Some(found),
                (
                    None,
                    Some(WayStep {
                        attribute: Some(_), ..
                    }),
                ) => {}
                (None, _) => return None,
            }
        }
    }
}
