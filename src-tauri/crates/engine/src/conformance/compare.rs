//! Whether a value is the expected one, as ONNX's own backend test judges it.

use crate::tensor::{Data, Tensor};
use crate::values::Value;

/// The tolerances of `onnx.backend.test.loader` for node cases: |found - expected| <= ATOL + RTOL * |expected|.
const RTOL: f64 = 1e-3;
const ATOL: f64 = 1e-7;

/// # Errors
/// What is different, in words.
pub(super) fn same(expected: &Value, found: &Value) -> Result<(), String> {
    match (expected, found) {
        (Value::Tensor(expected), Value::Tensor(found)) => tensors(expected, found),
        (Value::Packed(wanted), Value::Packed(given))
            if wanted.element() == given.element() && wanted.shape() == given.shape() =>
        {
            numbers(&wanted.to_f64(), &given.to_f64())
        }
        (Value::Sequence(wanted), Value::Sequence(given)) if wanted.len() == given.len() => {
            for (index, (wanted, given)) in wanted.iter().zip(given).enumerate() {
                same(wanted, given).map_err(|reason| format!("item {index}: {reason}"))?;
            }
            Ok(())
        }
        (
            Value::Map { keys, values },
            Value::Map {
                keys: found_keys,
                values: found_values,
            },
        ) => {
            tensors(keys, found_keys)?;
            tensors(values, found_values)
        }
        (Value::Nothing, Value::Nothing) => Ok(()),
        _ => Err(format!(
            "{} instead of {}",
            found.describe(),
            expected.describe()
        )),
    }
}

fn tensors(expected: &Tensor, found: &Tensor) -> Result<(), String> {
    if expected.element_type() != found.element_type() || expected.shape() != found.shape() {
        let (found, expected) = (Value::from(found.clone()), Value::from(expected.clone()));
        return Err(format!(
            "{} instead of {}",
            found.describe(),
            expected.describe()
        ));
    }
    if let (Data::String(expected), Data::String(found)) = (expected.data(), found.data()) {
        let differs = expected.iter().zip(found).position(|(a, b)| a != b);
        return differs.map_or(Ok(()), |at| {
            Err(format!(
                "element {at} is '{}', not '{}'",
                found[at], expected[at]
            ))
        });
    }
    let all = |tensor: &Tensor| tensor.to_f64().unwrap_or_default();
    numbers(&all(expected), &all(found))
}

fn numbers(expected: &[f64], found: &[f64]) -> Result<(), String> {
    let close = |(expected, found): (&f64, &f64)| {
        // Infinities are equal or not; a difference of two would be NaN.
        expected == found
            || (expected.is_nan() && found.is_nan())
            // An infinite expected value would make the limit infinite, too.
            || (expected.is_finite() && (found - expected).abs() <= ATOL + RTOL * expected.abs())
    };
    let pairs = || expected.iter().zip(found);
    let wrong = pairs().filter(|pair| !close(*pair)).count();
    let Some(at) = pairs().position(|pair| !close(pair)) else {
        return Ok(());
    };
    Err(format!(
        "{wrong} of {} elements differ; element {at} is {}, not {}",
        expected.len(),
        found[at],
        expected[at]
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn floats(values: &[f32]) -> Value {
        Tensor::new(vec![values.len()], Data::Float32(values.to_vec()))
            .unwrap()
            .into()
    }

    #[test]
    fn tolerance_is_relative_to_what_is_expected() {
        let close =
            |expected: f32, found: f32| same(&floats(&[expected]), &floats(&[found])).is_ok();
        assert!(close(100.0, 100.09) && !close(100.0, 100.11));
        assert!(close(0.0, 0.9e-7) && !close(0.0, 1.1e-7));
        assert!(close(f32::NAN, f32::NAN) && !close(f32::NAN, 0.0) && !close(0.0, f32::NAN));
        assert!(close(f32::INFINITY, f32::INFINITY) && !close(f32::INFINITY, f32::MAX));
        assert!(!close(f32::INFINITY, f32::NEG_INFINITY));
    }

    #[test]
    fn differences_are_named() {
        let error = |a: &Value, b: &Value| same(a, b).unwrap_err();
        let one = floats(&[1.0, 2.0, 3.0]);
        assert_eq!(
            error(&one, &floats(&[1.0, 5.0, 6.0])),
            "2 of 3 elements differ; element 1 is 5, not 2"
        );
        assert_eq!(error(&one, &floats(&[1.0])), "FP32[1] instead of FP32[3]");
        let many = |item: &Value| Value::Sequence(vec![item.clone()]);
        assert!(error(&many(&one), &many(&floats(&[1.0, 2.0, 4.0]))).starts_with("item 0: 1 of 3"));
        assert_eq!(error(&one, &Value::Nothing), "nothing instead of FP32[3]");
    }
}
