//! Tensors as JSON: flat and nested lists, and back.
//!
//! JSON has no NaN or infinity. They are written as the strings `"NaN"`, `"Infinity"`, `"-Infinity"`, and read from those
//! and from `null` (NaN).

use half::{bf16, f16};
use serde_json::{Number, Value};

use crate::EngineError;
use crate::tensor::{Data, ElementType, Tensor, element_count, for_each_type};

impl Tensor {
    /// All elements as one flat list, as the Open Inference Protocol wants them.
    #[must_use]
    pub fn to_json_flat(&self) -> Value {
        Value::Array(self.elements())
    }

    /// Lists in lists, one level for each dim; a scalar is its element.
    #[must_use]
    pub fn to_json_nested(&self) -> Value {
        let mut elements = self.elements();
        for &dim in self.shape().iter().skip(1).rev() {
            // An empty inner dim still leaves the outer ones their lengths.
            let groups = self.shape().iter().product::<usize>().checked_div(dim);
            elements = match groups {
                None => Vec::new(),
                Some(_) => group(elements, dim),
            };
        }
        if self.shape().is_empty() {
            return elements.pop().unwrap_or(Value::Null);
        }
        Value::Array(elements)
    }

    fn elements(&self) -> Vec<Value> {
        for_each_type!(self.data(), items => items.iter().map(ToJson::to_json).collect())
    }

    /// Reads flat or nested lists of `element` into a tensor of `shape`.
    ///
    /// # Errors
    /// When an element is of another kind or out of range, or the number of elements is not what `shape` holds.
    pub fn from_json(
        element: ElementType,
        shape: &[usize],
        data: &Value,
    ) -> Result<Self, EngineError> {
        let mut flat = Vec::with_capacity(element_count(shape)?.min(1 << 20));
        flatten(data, &mut flat);
        Self::new(shape.to_vec(), convert(element, &flat)?)
    }

    /// Reads nested lists of `element`; their nesting is the shape.
    ///
    /// # Errors
    /// As [`Tensor::from_json`], and when inner lists have different lengths.
    pub fn from_json_nested(element: ElementType, data: &Value) -> Result<Self, EngineError> {
        let mut shape = Vec::new();
        let mut level = data;
        while let Value::Array(items) = level {
            shape.push(items.len());
            match items.first() {
                Some(first) => level = first,
                None => break,
            }
        }
        check_nesting(data, &shape)?;
        Self::from_json(element, &shape, data)
    }
}

fn group(elements: Vec<Value>, size: usize) -> Vec<Value> {
    let mut groups = Vec::with_capacity(elements.len() / size.max(1));
    let mut elements = elements.into_iter();
    loop {
        let group: Vec<Value> = elements.by_ref().take(size).collect();
        if group.is_empty() {
            return groups;
        }
        groups.push(Value::Array(group));
    }
}

/// JSON that reached this point was parsed, so its depth is bounded by the parser's own limit.
fn flatten<'a>(data: &'a Value, flat: &mut Vec<&'a Value>) {
    match data {
        Value::Array(items) => items.iter().for_each(|item| flatten(item, flat)),
        element => flat.push(element),
    }
}

fn check_nesting(data: &Value, shape: &[usize]) -> Result<(), EngineError> {
    let ragged = || {
        EngineError::input(
            "",
            "the lists are ragged: inner lists have different lengths",
        )
    };
    match (data, shape.split_first()) {
        (Value::Array(items), Some((length, inner))) if items.len() == *length => {
            items.iter().try_for_each(|item| check_nesting(item, inner))
        }
        (Value::Array(_), _) | (_, Some(_)) => Err(ragged()),
        (_, None) => Ok(()),
    }
}

fn convert(element: ElementType, flat: &[&Value]) -> Result<Data, EngineError> {
    fn all<T: FromJson>(flat: &[&Value]) -> Result<Vec<T>, EngineError> {
        let read = |value: &&Value| {
            T::from_json(value).ok_or_else(|| {
                let shown: String = value.to_string().chars().take(40).collect();
                EngineError::input("", format!("{shown} is not a valid {}", T::NAME))
            })
        };
        flat.iter().map(read).collect()
    }
    let data = match element {
        ElementType::Bool => Data::Bool(all(flat)?),
        ElementType::Int8 => Data::Int8(all(flat)?),
        ElementType::Int16 => Data::Int16(all(flat)?),
        ElementType::Int32 => Data::Int32(all(flat)?),
        ElementType::Int64 => Data::Int64(all(flat)?),
        ElementType::Uint8 => Data::Uint8(all(flat)?),
        ElementType::Uint16 => Data::Uint16(all(flat)?),
        ElementType::Uint32 => Data::Uint32(all(flat)?),
        ElementType::Uint64 => Data::Uint64(all(flat)?),
        ElementType::Float16 => Data::Float16(all(flat)?),
        ElementType::BFloat16 => Data::BFloat16(all(flat)?),
        ElementType::Float32 => Data::Float32(all(flat)?),
        ElementType::Float64 => Data::Float64(all(flat)?),
        ElementType::String => Data::String(all(flat)?),
    };
    Ok(data)
}

trait ToJson {
    fn to_json(&self) -> Value;
}

trait FromJson: Sized {
    const NAME: &'static str;
    fn from_json(value: &Value) -> Option<Self>;
}

fn float_to_json(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => Value::from("NaN"),
        None if value > 0.0 => Value::from("Infinity"),
        None => Value::from("-Infinity"),
    }
}

fn float_from_json(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Null => Some(f64::NAN),
        Value::String(text) => match text.as_str() {
            "NaN" | "nan" => Some(f64::NAN),
            "Infinity" | "inf" => Some(f64::INFINITY),
            "-Infinity" | "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// Integers also take floats without a fraction: pandas turns integer columns with a gap into floats.
fn integer_from_json(value: &Value) -> Option<i128> {
    if let Some(integer) = value.as_i64() {
        return Some(i128::from(integer));
    }
    if let Some(integer) = value.as_u64() {
        return Some(i128::from(integer));
    }
    let float = value.as_f64()?;
    (float.fract() == 0.0 && float.abs() < 9.0e15).then_some(float as i128)
}

macro_rules! integers {
    ($($kind:ty => $name:literal),*) => {$(
        impl ToJson for $kind {
            fn to_json(&self) -> Value {
                Value::from(*self)
            }
        }
        impl FromJson for $kind {
            const NAME: &'static str = $name;
            fn from_json(value: &Value) -> Option<Self> {
                Self::try_from(integer_from_json(value)?).ok()
            }
        }
    )*};
}
integers!(i8 => "INT8", i16 => "INT16", i32 => "INT32", i64 => "INT64",
    u8 => "UINT8", u16 => "UINT16", u32 => "UINT32", u64 => "UINT64");

macro_rules! floats {
    ($($kind:ty, $name:literal, $to:expr, $from:expr;)*) => {$(
        impl ToJson for $kind {
            fn to_json(&self) -> Value {
                float_to_json($to(*self))
            }
        }
        impl FromJson for $kind {
            const NAME: &'static str = $name;
            fn from_json(value: &Value) -> Option<Self> {
                float_from_json(value).map($from)
            }
        }
    )*};
}
floats!(
    f32, "FP32", f64::from, |value| value as f32;
    f64, "FP64", std::convert::identity, std::convert::identity;
    f16, "FP16", f16::to_f64, f16::from_f64;
    bf16, "BF16", bf16::to_f64, bf16::from_f64;
);

impl ToJson for bool {
    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }
}

impl FromJson for bool {
    const NAME: &'static str = "BOOL";
    fn from_json(value: &Value) -> Option<Self> {
        match integer_from_json(value) {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => value.as_bool(),
        }
    }
}

impl ToJson for String {
    fn to_json(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl FromJson for String {
    const NAME: &'static str = "BYTES";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn nested_lists_carry_their_shape() {
        let json = json!([[1.5, "NaN", null], ["-Infinity", 2, 3]]);
        let tensor = Tensor::from_json_nested(ElementType::Float32, &json).unwrap();
        assert_eq!(tensor.shape(), [2, 3]);
        let back = tensor.to_json_nested();
        assert_eq!(back, json!([[1.5, "NaN", "NaN"], ["-Infinity", 2.0, 3.0]]));
        assert_eq!(tensor.to_json_flat().as_array().unwrap().len(), 6);
    }

    #[test]
    fn three_levels_and_none() {
        let json = json!([[[1, 2], [3, 4], [5, 6]]]);
        let cube = Tensor::from_json_nested(ElementType::Int64, &json).unwrap();
        assert_eq!(
            (cube.shape(), cube.to_json_nested()),
            (&[1, 3, 2][..], json)
        );
        let scalar = Tensor::from_json_nested(ElementType::Bool, &json!(true)).unwrap();
        assert_eq!(
            (scalar.shape().len(), scalar.to_json_nested()),
            (0, json!(true))
        );
        let empty = Tensor::from_json_nested(ElementType::Float64, &json!([])).unwrap();
        assert_eq!(
            (empty.shape(), empty.to_json_nested()),
            (&[0][..], json!([]))
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let error = |element, json| {
            Tensor::from_json_nested(element, &json)
                .unwrap_err()
                .to_string()
        };
        assert!(error(ElementType::Float32, json!([[1, 2], [3]])).contains("ragged"));
        assert!(error(ElementType::Int8, json!([200])).contains("200 is not a valid INT8"));
        assert!(error(ElementType::Int64, json!([1.5])).contains("INT64"));
        assert!(error(ElementType::Float32, json!(["abc"])).contains("FP32"));
        assert!(error(ElementType::String, json!([1])).contains("BYTES"));
        let flat = Tensor::from_json(ElementType::Int32, &[2, 2], &json!([1, 2, 3])).unwrap_err();
        assert!(
            flat.to_string().contains("holds 4 elements, but 3"),
            "{flat}"
        );
    }

    #[test]
    fn every_element_type_survives_the_trip() {
        for element in ElementType::ALL {
            let json = match element {
                ElementType::Bool => json!([true, false]),
                ElementType::String => json!(["a", "b"]),
                _ if element.is_float() => json!([0.5, 2.0]),
                _ => json!([1, 2]),
            };
            let tensor = Tensor::from_json_nested(element, &json).unwrap();
            assert_eq!(
                (tensor.element_type(), tensor.to_json_flat()),
                (element, json)
            );
            assert_eq!(
                ElementType::from_datatype(element.datatype()),
                Some(element)
            );
        }
    }
}
