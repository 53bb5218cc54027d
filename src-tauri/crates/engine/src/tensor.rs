//! Typed tensors: what goes into a model and what comes out of it.

use half::{bf16, f16};

use serde::{Deserialize, Serialize};

use crate::EngineError;

/// The element types that cross this crate's border. Names follow the Open Inference Protocol: `FP32`, `INT64`, `BYTES`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ElementType {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Float16,
    BFloat16,
    Float32,
    Float64,
    String,
}

impl ElementType {
    pub const ALL: [Self; 14] = [
        Self::Bool,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::Uint8,
        Self::Uint16,
        Self::Uint32,
        Self::Uint64,
        Self::Float16,
        Self::BFloat16,
        Self::Float32,
        Self::Float64,
        Self::String,
    ];

    /// The Open Inference Protocol's name (`BF16` is Triton's extension).
    #[must_use]
    pub fn datatype(self) -> &'static str {
        match self {
            Self::Bool => "BOOL",
            Self::Int8 => "INT8",
            Self::Int16 => "INT16",
            Self::Int32 => "INT32",
            Self::Int64 => "INT64",
            Self::Uint8 => "UINT8",
            Self::Uint16 => "UINT16",
            Self::Uint32 => "UINT32",
            Self::Uint64 => "UINT64",
            Self::Float16 => "FP16",
            Self::BFloat16 => "BF16",
            Self::Float32 => "FP32",
            Self::Float64 => "FP64",
            Self::String => "BYTES",
        }
    }

    #[must_use]
    pub fn from_datatype(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|element| element.datatype() == name)
    }

    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(
            self,
            Self::Float16 | Self::BFloat16 | Self::Float32 | Self::Float64
        )
    }
}

/// Elements in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Bool(Vec<bool>),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Uint8(Vec<u8>),
    Uint16(Vec<u16>),
    Uint32(Vec<u32>),
    Uint64(Vec<u64>),
    Float16(Vec<f16>),
    BFloat16(Vec<bf16>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    String(Vec<String>),
}

/// Runs one expression for whichever element type `$data` has, with `$items` bound to its vector.
macro_rules! for_each_type {
    ($data:expr, $items:ident => $body:expr) => {
        match $data {
            $crate::tensor::Data::Bool($items) => $body,
            $crate::tensor::Data::Int8($items) => $body,
            $crate::tensor::Data::Int16($items) => $body,
            $crate::tensor::Data::Int32($items) => $body,
            $crate::tensor::Data::Int64($items) => $body,
            $crate::tensor::Data::Uint8($items) => $body,
            $crate::tensor::Data::Uint16($items) => $body,
            $crate::tensor::Data::Uint32($items) => $body,
            $crate::tensor::Data::Uint64($items) => $body,
            $crate::tensor::Data::Float16($items) => $body,
            $crate::tensor::Data::BFloat16($items) => $body,
            $crate::tensor::Data::Float32($items) => $body,
            $crate::tensor::Data::Float64($items) => $body,
            $crate::tensor::Data::String($items) => $body,
        }
    };
}
pub(crate) use for_each_type;

/// A shape and as many elements as it holds. No dims is a scalar.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Data,
}

impl Tensor {
    /// # Errors
    /// When `data` does not hold as many elements as `shape`.
    pub fn new(shape: Vec<usize>, data: Data) -> Result<Self, EngineError> {
        let wanted = element_count(&shape)?;
        let tensor = Self { shape, data };
        if tensor.len() != wanted {
            let reason = format!(
                "shape {:?} holds {wanted} elements, but {} were given",
                tensor.shape,
                tensor.len()
            );
            return Err(EngineError::input("", reason));
        }
        Ok(tensor)
    }

    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    #[must_use]
    pub fn data(&self) -> &Data {
        &self.data
    }

    #[must_use]
    pub fn into_data(self) -> Data {
        self.data
    }

    #[must_use]
    pub fn len(&self) -> usize {
        for_each_type!(&self.data, items => items.len())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[must_use]
    pub fn element_type(&self) -> ElementType {
        match &self.data {
            Data::Bool(_) => ElementType::Bool,
            Data::Int8(_) => ElementType::Int8,
            Data::Int16(_) => ElementType::Int16,
            Data::Int32(_) => ElementType::Int32,
            Data::Int64(_) => ElementType::Int64,
            Data::Uint8(_) => ElementType::Uint8,
            Data::Uint16(_) => ElementType::Uint16,
            Data::Uint32(_) => ElementType::Uint32,
            Data::Uint64(_) => ElementType::Uint64,
            Data::Float16(_) => ElementType::Float16,
            Data::BFloat16(_) => ElementType::BFloat16,
            Data::Float32(_) => ElementType::Float32,
            Data::Float64(_) => ElementType::Float64,
            Data::String(_) => ElementType::String,
        }
    }

    /// Elements `range` in row-major order, as a tensor of one dim; `None` beyond the end.
    #[must_use]
    pub(crate) fn slice_flat(&self, range: std::ops::Range<usize>) -> Option<Self> {
        macro_rules! slices {
            ($($kind:ident),*) => {
                match &self.data {
                    $(Data::$kind(items) => Data::$kind(items.get(range)?.to_vec()),)*
                }
            };
        }
        let data = slices!(
            Bool, Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64, Float16, BFloat16,
            Float32, Float64, String
        );
        let shape = vec![for_each_type!(&data, items => items.len())];
        Some(Self { shape, data })
    }

    /// The elements as `f64`; booleans are 0 and 1, strings have none. Integers beyond 2^53 round.
    #[must_use]
    pub fn to_f64(&self) -> Option<Vec<f64>> {
        let values = match &self.data {
            Data::Bool(items) => items
                .iter()
                .map(|&item| f64::from(u8::from(item)))
                .collect(),
            Data::Int8(items) => items.iter().map(|&item| f64::from(item)).collect(),
            Data::Int16(items) => items.iter().map(|&item| f64::from(item)).collect(),
            Data::Int32(items) => items.iter().map(|&item| f64::from(item)).collect(),
            Data::Int64(items) => items.iter().map(|&item| item as f64).collect(),
            Data::Uint8(items) => items.iter().map(|&item| f64::from(item)).collect(),
            Data::Uint16(items) => items.iter().map(|&item| f64::from(item)).collect(),
            Data::Uint32(items) => items.iter().map(|&item| f64::from(item)).collect(),
            Data::Uint64(items) => items.iter().map(|&item| item as f64).collect(),
            Data::Float16(items) => items.iter().map(|item| item.to_f64()).collect(),
            Data::BFloat16(items) => items.iter().map(|item| item.to_f64()).collect(),
            Data::Float32(items) => items.iter().map(|&item| f64::from(item)).collect(),
            Data::Float64(items) => items.clone(),
            Data::String(_) => return None,
        };
        Some(values)
    }
}

/// How many elements a shape holds.
pub(crate) fn element_count(shape: &[usize]) -> Result<usize, EngineError> {
    let count = shape
        .iter()
        .try_fold(1_usize, |count, dim| count.checked_mul(*dim));
    count.ok_or_else(|| {
        EngineError::input(
            "",
            format!("shape {shape:?} holds more elements than memory can"),
        )
    })
}
