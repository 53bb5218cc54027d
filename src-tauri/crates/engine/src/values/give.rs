//! Values into the runtime.

use std::ptr::NonNull;

use ort::AsPointer as _;
use ort::memory::Allocator;
use ort::session::SessionInputValue;
use ort::value::{
    DynMap, DynTensor, DynTensorValueType, DynValue, Map, MapValueType, Sequence,
    SequenceValueType, Tensor as OrtTensor, TensorElementType,
};

use super::{PackedTensor, Value};
use crate::error::ort_text;
use crate::tensor::{Data, Tensor};
use crate::{EngineError, assignment, value};

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
        Value::Packed(tensor) => Ok(packed(tensor)
            .map_err(|reason| EngineError::input(name, reason))?
            .into_dyn()),
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

/// The runtime (seen in 1.30) takes the type of a new tensor by ONNX's own number (`TensorProto.DataType`) where its interface has
/// another for the three newest types, and tells the type by the interface's: both are tried, and what came of it looked at.
fn packed(tensor: &PackedTensor) -> Result<DynTensor, String> {
    let wanted = tensor.element().runtime();
    let by_onnx = match wanted {
        TensorElementType::Float8E8M0 => TensorElementType::Uint2,
        TensorElementType::Uint2 => TensorElementType::Int2,
        TensorElementType::Int2 => TensorElementType::Float8E8M0,
        other => other,
    };
    for asked in [by_onnx, wanted] {
        let mut made = new_tensor(asked, tensor.shape())?;
        if made.data_type() == &wanted {
            fill(&mut made, tensor.bytes());
            return Ok(made);
        }
    }
    Err(format!(
        "this ONNX Runtime makes no tensors of {}",
        tensor.element().name()
    ))
}

/// Not by the binding, which clears as many bytes as the type has that it asked for.
#[allow(unsafe_code)]
fn new_tensor(element: TensorElementType, shape: &[usize]) -> Result<DynTensor, String> {
    let allocator = Allocator::default();
    let shape: Vec<i64> = shape.iter().map(|dim| *dim as i64).collect();
    let mut made = std::ptr::null_mut();
    // SAFETY: the allocator is the runtime's own and lives for ever; the shape lives for the whole call; the result is a
    // plain out-parameter.
    unsafe {
        assignment::check((ort::api().CreateTensorAsOrtValue)(
            allocator.ptr().cast_mut(),
            shape.as_ptr(),
            shape.len(),
            element.into(),
            &raw mut made,
        ))
    }
    .map_err(|error| error.to_string())?;
    let made = NonNull::new(made).ok_or("the runtime made no tensor")?;
    // SAFETY: a tensor that was just made with this allocator, and that nobody else has.
    Ok(unsafe { DynTensor::from_ptr(made, Some(&allocator)) })
}

#[allow(unsafe_code)]
fn fill(tensor: &mut DynTensor, bytes: &[u8]) {
    if !bytes.is_empty() {
        // SAFETY: the tensor lies in the CPU's memory and has the type and shape for which `PackedTensor::new` has counted
        // that these are exactly its bytes.
        unsafe {
            let to = tensor.data_ptr_mut().cast::<u8>();
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
        }
    }
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
