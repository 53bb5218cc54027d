//! Values that JSON has no word for: odd numbers and bytes, written so that they can be read back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value};

/// Under this key stands a number that JSON cannot say.
const ODD_NUMBER: &str = "mlflow.double";

pub fn double(number: f64) -> Value {
    if let Some(number) = Number::from_f64(number) {
        return Value::Number(number);
    }
    let word = match number {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    };
    Value::Object(Map::from_iter([(ODD_NUMBER.to_owned(), Value::from(word))]))
}

/// The number that [`double`] could not say in JSON.
pub fn odd_number(map: &Map<String, Value>) -> Option<f64> {
    let word = map.get(ODD_NUMBER).filter(|_| map.len() == 1)?.as_str()?;
    match word {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// In which protobuf's JSON writes bytes.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
