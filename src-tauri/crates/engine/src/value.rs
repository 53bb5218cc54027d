//! Between our tensors and the runtime's values. Inputs are borrowed, not copied (strings excepted); outputs are copied
//! out, so that nothing outlives its session by accident.

use std::collections::BTreeMap;
use std::fmt::Debug;

use half::{bf16, f16};
use ort::session::SessionInputValue;
use ort::value::{
    DynMap, DynSequence, DynTensorValueType, DynValue, PrimitiveTensorElementType,
    Tensor as OrtTensor, TensorRef, ValueType,
};

use crate::EngineError;
use crate::error::ort_text;
use crate::signature;
use crate::tensor::{Data, ElementType, Tensor};

/// A view of `tensor` that the runtime can read.
pub(crate) fn input<'a>(tensor: &'a Tensor) -> Result<SessionInputValue<'a>, EngineError> {
    fn view<'a, T>(tensor: &'a Tensor, items: &'a [T]) -> Result<SessionInputValue<'a>, EngineError>
    where
        T: PrimitiveTensorElementType + Debug + Clone + 'static,
    {
        let view = TensorRef::from_array_view((tensor.shape(), items))
            .map_err(|error| EngineError::run(ort_text(&error)))?;
        Ok(view.into())
    }
    match tensor.data() {
        Data::Bool(items) => view(tensor, items),
        Data::Int8(items) => view(tensor, items),
        Data::Int16(items) => view(tensor, items),
        Data::Int32(items) => view(tensor, items),
        Data::Int64(items) => view(tensor, items),
        Data::Uint8(items) => view(tensor, items),
        Data::Uint16(items) => view(tensor, items),
        Data::Uint32(items) => view(tensor, items),
        Data::Uint64(items) => view(tensor, items),
        Data::Float16(items) => view::<f16>(tensor, items),
        Data::BFloat16(items) => view::<bf16>(tensor, items),
        Data::Float32(items) => view(tensor, items),
        Data::Float64(items) => view(tensor, items),
        Data::String(items) => {
            let strings = OrtTensor::from_string_array((tensor.shape(), items.as_slice()));
            Ok(strings
                .map_err(|error| EngineError::run(ort_text(&error)))?
                .into())
        }
    }
}

/// Copies an output out. Class scores become one column a class, named `output.class`.
pub(crate) fn output(
    name: &str,
    value: DynValue,
    into: &mut Vec<(String, Tensor)>,
) -> Result<(), EngineError> {
    let failed =
        |error: &ort::Error| EngineError::run(format!("output '{name}': {}", ort_text(error)));
    match value.dtype() {
        ValueType::Tensor { ty, .. } => {
            let element =
                signature::element(*ty).ok_or_else(|| unsupported(name, value.dtype()))?;
            into.push((
                name.to_owned(),
                tensor(element, &value).map_err(|error| failed(&error))?,
            ));
        }
        ValueType::Sequence(_) => {
            let text = value.dtype().clone();
            let sequence: DynSequence = value.downcast().map_err(|error| failed(&error))?;
            let maps: Vec<DynMap> = sequence
                .try_extract_sequence()
                .map_err(|_| unsupported(name, &text))?;
            let rows: Result<Vec<_>, _> = maps.iter().map(class_scores).collect();
            columns(name, &rows.map_err(|error| failed(&error))?, into);
        }
        other => return Err(unsupported(name, other)),
    }
    Ok(())
}

fn unsupported(name: &str, kind: &ValueType) -> EngineError {
    EngineError::run(format!(
        "output '{name}' is {kind}, which cannot be read yet; tensors and class scores can"
    ))
}

pub(crate) fn tensor(element: ElementType, value: &DynValue) -> ort::Result<Tensor> {
    fn items<T: PrimitiveTensorElementType + Clone>(
        value: &ort::value::ValueRef<'_, DynTensorValueType>,
    ) -> ort::Result<Vec<T>> {
        value
            .try_extract_tensor::<T>()
            .map(|(_, items)| items.to_vec())
    }
    let value = value.view().downcast::<DynTensorValueType>()?;
    let shape: Vec<usize> = value
        .shape()
        .iter()
        .map(|&dim| dim.max(0) as usize)
        .collect();
    let data = match element {
        ElementType::Bool => Data::Bool(items(&value)?),
        ElementType::Int8 => Data::Int8(items(&value)?),
        ElementType::Int16 => Data::Int16(items(&value)?),
        ElementType::Int32 => Data::Int32(items(&value)?),
        ElementType::Int64 => Data::Int64(items(&value)?),
        ElementType::Uint8 => Data::Uint8(items(&value)?),
        ElementType::Uint16 => Data::Uint16(items(&value)?),
        ElementType::Uint32 => Data::Uint32(items(&value)?),
        ElementType::Uint64 => Data::Uint64(items(&value)?),
        ElementType::Float16 => Data::Float16(items(&value)?),
        ElementType::BFloat16 => Data::BFloat16(items(&value)?),
        ElementType::Float32 => Data::Float32(items(&value)?),
        ElementType::Float64 => Data::Float64(items(&value)?),
        ElementType::String => Data::String(value.try_extract_strings()?.1),
    };
    Tensor::new(shape, data).map_err(|error| ort::Error::new(error.to_string()))
}

/// One row of scores, keyed so that numbers sort as numbers and names as names.
type Scores = BTreeMap<Class, f32>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Number(i64),
    Name(String),
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

fn class_scores(map: &DynMap) -> ort::Result<Scores> {
    if let Ok(numbered) = map.try_extract_key_values::<i64, f32>() {
        return Ok(numbered
            .into_iter()
            .map(|(class, score)| (Class::Number(class), score))
            .collect());
    }
    let named = map.try_extract_key_values::<String, f32>()?;
    Ok(named
        .into_iter()
        .map(|(class, score)| (Class::Name(class), score))
        .collect())
}

/// A class that a row does not mention scores NaN there: unknown, not zero.
fn columns(name: &str, rows: &[Scores], into: &mut Vec<(String, Tensor)>) {
    let mut columns: BTreeMap<Class, Vec<f32>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        for (class, score) in row {
            let column = columns
                .entry(class.clone())
                .or_insert_with(|| vec![f32::NAN; rows.len()]);
            column[index] = *score;
        }
    }
    for (class, scores) in columns {
        if let Ok(column) = Tensor::new(vec![rows.len()], Data::Float32(scores)) {
            into.push((format!("{name}.{class}"), column));
        }
    }
}
