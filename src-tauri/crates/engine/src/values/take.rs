//! Values out of the runtime, copied.

use ort::value::{
    DynMap, DynSequence, DynTensorValueType, DynValue, PrimitiveTensorElementType,
    TensorElementType, ValueType,
};

use super::{PackedTensor, PackedType, Value};
use crate::error::ort_text;
use crate::tensor::{Data, Tensor};
use crate::{EngineError, signature, value};

pub(crate) fn take(name: &str, out: DynValue) -> Result<Value, EngineError> {
    let failed =
        |error: ort::Error| EngineError::run(format!("output '{name}': {}", ort_text(&error)));
    match out.dtype().clone() {
        ValueType::Tensor { ty, .. } => match signature::element(ty) {
            Some(element) => Ok(Value::Tensor(value::tensor(element, &out).map_err(failed)?)),
            None => packed(name, ty, &out),
        },
        ValueType::Sequence(_) => {
            let sequence: DynSequence = out.downcast().map_err(failed)?;
            let items: Vec<DynValue> = sequence.try_extract_sequence().map_err(failed)?;
            let items = items.into_iter().map(|item| take(name, item));
            Ok(Value::Sequence(items.collect::<Result<_, _>>()?))
        }
        ValueType::Map { key, value } => {
            let map: DynMap = out.downcast().map_err(failed)?;
            let unread = || {
                EngineError::run(format!(
                    "output '{name}': maps from {key} to {value} are not read"
                ))
            };
            of_map(&map, key, value).ok_or_else(unread)?.map_err(failed)
        }
        ValueType::Optional(_) => Ok(Value::Nothing),
    }
}

#[allow(unsafe_code)]
fn packed(name: &str, element: TensorElementType, out: &DynValue) -> Result<Value, EngineError> {
    let unread = || {
        EngineError::run(format!(
            "output '{name}': elements of type {element} are not read"
        ))
    };
    let element = PackedType::of_runtime(element).ok_or_else(unread)?;
    let tensor = out
        .view()
        .downcast::<DynTensorValueType>()
        .map_err(|error| EngineError::run(ort_text(&error)))?;
    let shape: Vec<usize> = tensor
        .shape()
        .iter()
        .map(|dim| (*dim).max(0) as usize)
        .collect();
    let count: usize = shape.iter().product();
    let length = (count * element.bits()).div_ceil(8);
    let from = tensor.data_ptr().cast::<u8>();
    let bytes = if length == 0 || from.is_null() {
        Vec::new()
    } else {
        // SAFETY: the runtime says that this tensor has `count` elements of this type, and outputs lie in the CPU's memory;
        // the view keeps them alive while they are copied.
        unsafe { std::slice::from_raw_parts(from, length) }.to_vec()
    };
    Ok(Value::Packed(PackedTensor::new(element, shape, bytes)?))
}

/// `None` for kinds that the binding does not read.
fn of_map(
    map: &DynMap,
    key: TensorElementType,
    value: TensorElementType,
) -> Option<ort::Result<Value>> {
    match value {
        TensorElementType::Float32 => entries(map, key, Data::Float32),
        TensorElementType::Float64 => entries(map, key, Data::Float64),
        TensorElementType::Int64 => entries(map, key, Data::Int64),
        _ => None,
    }
}

fn entries<V>(
    map: &DynMap,
    key: TensorElementType,
    data: fn(Vec<V>) -> Data,
) -> Option<ort::Result<Value>>
where
    V: PrimitiveTensorElementType + Clone,
{
    let vector = |data: Data, length: usize| {
        Tensor::new(vec![length], data).map_err(|error| ort::Error::new(error.to_string()))
    };
    let made = |keys: Data, values: Vec<V>| {
        let length = values.len();
        Ok(Value::Map {
            keys: vector(keys, length)?,
            values: vector(data(values), length)?,
        })
    };
    match key {
        TensorElementType::Int64 => Some(map.try_extract_key_values::<i64, V>().and_then(|all| {
            let (keys, values) = all.into_iter().unzip();
            made(Data::Int64(keys), values)
        })),
        TensorElementType::String => {
            Some(map.try_extract_key_values::<String, V>().and_then(|all| {
                let (keys, values) = all.into_iter().unzip();
                made(Data::String(keys), values)
            }))
        }
        _ => None,
    }
}
