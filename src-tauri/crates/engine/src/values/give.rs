//! Values into the runtime.

use ort::memory::Allocator;
use ort::session::SessionInputValue;
use ort::value::{
    DynMap, DynTensor, DynTensorValueType, DynValue, Map, MapValueType, Sequence,
    SequenceValueType, Tensor as OrtTensor,
};

use super::{PackedTensor, Value};
use crate::error::ort_text;
use crate::tensor::{Data, Tensor};
use crate::{EngineError, value};

/// Tensors are borrowed, as in every run; the rest is copied.
pub(crate) fn give<'a>(name: &str, given: &'a Value) -> Result<SessionInputValue<'a>, EngineError> {
    match given {
        Value::Tensor(tensor) => value::input(tensor),
        other => Ok(owned(name, other)?.into()),
    }
}

fn owned(name: &str, given: &Value) -> Result<DynValue, EngineError> {
    let refused = |error: ort::Error| EngineError::input(name, ort_text(&error));
    match given {
        Value::Tensor(tensor) => Ok(copied(tensor).map_err(refused)?.into_dyn()),
        Value::Packed(tensor) => Ok(packed(tensor).map_err(refused)?.into_dyn()),
        Value::Sequence(items) => sequence(name, items),
        Value::Map { keys, values } => map(keys, values)
            .ok_or_else(|| {
                EngineError::input(
                    name,
                    "maps from INT64 or BYTES to INT64, FP32 or FP64 can be given, no other",
                )
            })?
            .map_err(refused),
        Value::Nothing => Err(EngineError::input(
            name,
            "ONNX Runtime's interface has no way to give an optional that holds nothing",
        )),
    }
}

/// The runtime takes the element type of a sequence from its first item.
fn sequence(name: &str, items: &[Value]) -> Result<DynValue, EngineError> {
    let refused = |error: ort::Error| EngineError::input(name, ort_text(&error));
    if items.is_empty() {
        return Err(EngineError::input(
            name,
            "ONNX Runtime's interface has no way to give an empty sequence",
        ));
    }
    let mut tensors: Vec<DynTensor> = Vec::with_capacity(items.len());
    let mut maps: Vec<DynMap> = Vec::new();
    for item in items {
        let item_of = owned(name, item)?;
        match item {
            Value::Map { .. } => maps.push(item_of.downcast().map_err(refused)?),
            _ => tensors.push(item_of.downcast().map_err(refused)?),
        }
    }
    if maps.is_empty() {
        let made: ort::Result<Sequence<DynTensorValueType>> =
            ort::value::Value::<SequenceValueType<DynTensorValueType>>::new(tensors);
        return Ok(made.map_err(refused)?.into_dyn());
    }
    let made: ort::Result<Sequence<ort::value::DynMapValueType>> =
        ort::value::Value::<SequenceValueType<ort::value::DynMapValueType>>::new(maps);
    Ok(made.map_err(refused)?.into_dyn())
}

fn copied(tensor: &Tensor) -> ort::Result<DynTensor> {
    let shape = tensor.shape();
    Ok(match tensor.data() {
        Data::Bool(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Int8(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Int16(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Int32(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Int64(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Uint8(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Uint16(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Uint32(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Uint64(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Float16(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::BFloat16(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Float32(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::Float64(items) => OrtTensor::from_array((shape, items.clone()))?.upcast(),
        Data::String(items) => OrtTensor::from_string_array((shape, items.as_slice()))?.upcast(),
    })
}

#[allow(unsafe_code)]
fn packed(tensor: &PackedTensor) -> ort::Result<DynTensor> {
    let shape: Vec<i64> = tensor.shape().iter().map(|dim| *dim as i64).collect();
    let mut made = DynTensor::new(&Allocator::default(), tensor.element().runtime(), shape)?;
    if !tensor.bytes().is_empty() {
        // SAFETY: the runtime has just allocated memory of the CPU for as many elements of this type as the shape says,
        // and `PackedTensor::new` has counted that the bytes are exactly those.
        unsafe {
            let to = made.data_ptr_mut().cast::<u8>();
            std::ptr::copy_nonoverlapping(tensor.bytes().as_ptr(), to, tensor.bytes().len());
        }
    }
    Ok(made)
}

/// `None` for kinds that the binding does not make.
fn map(keys: &Tensor, values: &Tensor) -> Option<ort::Result<DynValue>> {
    fn made<V>(keys: &Tensor, values: &[V]) -> Option<ort::Result<DynValue>>
    where
        V: ort::value::PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static,
    {
        let values = values.iter().cloned();
        Some(match keys.data() {
            Data::Int64(keys) => Map::<i64, V>::new(keys.iter().copied().zip(values))
                .map(ort::value::Value::<MapValueType<i64, V>>::into_dyn),
            Data::String(keys) => Map::<String, V>::new(keys.iter().cloned().zip(values))
                .map(ort::value::Value::<MapValueType<String, V>>::into_dyn),
            _ => return None,
        })
    }
    match values.data() {
        Data::Float32(values) => made(keys, values),
        Data::Float64(values) => made(keys, values),
        Data::Int64(values) => made(keys, values),
        _ => None,
    }
}
