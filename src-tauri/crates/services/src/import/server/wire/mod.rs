//! MLflow's JSON, as servers of versions 2 and 3 write it: numbers may be texts, empty lists and fields are left out.

mod logged_models;
mod registry;
mod tracking;

use domain::tracking::{Param, Tag};
use serde::{Deserialize, Deserializer};

use crate::import::source::SourceFile;

pub(super) use logged_models::LoggedModel;
pub(super) use registry::{ModelVersion, RegisteredModel};
pub(super) use tracking::{Experiment, Metric, Run};

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Int(i64),
    Float(f64),
    Text(String),
}

fn int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    match Option::<Number>::deserialize(deserializer)? {
        None => Ok(0),
        Some(Number::Int(value)) => Ok(value),
        Some(Number::Float(value)) => Ok(value as i64),
        Some(Number::Text(text)) => text
            .parse()
            .map_err(|_| serde::de::Error::custom(format!("'{text}' is no whole number"))),
    }
}

fn some_int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    int(deserializer).map(|value| (value != 0).then_some(value))
}

/// MLflow's databases keep no infinity: they write the largest number in its place, so that is what it stands for.
fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let value = match Option::<Number>::deserialize(deserializer)? {
        None => 0.0,
        Some(Number::Int(value)) => value as f64,
        Some(Number::Float(value)) => value,
        Some(Number::Text(text)) => text
            .parse()
            .map_err(|_| serde::de::Error::custom(format!("'{text}' is no number")))?,
    };
    Ok(match value {
        f64::MAX => f64::INFINITY,
        f64::MIN => f64::NEG_INFINITY,
        other => other,
    })
}

#[derive(Deserialize)]
struct KeyValue {
    key: String,
    #[serde(default)]
    value: String,
}

impl From<KeyValue> for Tag {
    fn from(pair: KeyValue) -> Self {
        Self {
            key: pair.key,
            value: pair.value,
        }
    }
}

impl From<KeyValue> for Param {
    fn from(pair: KeyValue) -> Self {
        Self {
            key: pair.key,
            value: pair.value,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct FileInfo {
    path: String,
    is_dir: bool,
    file_size: Option<Number>,
}

impl From<FileInfo> for SourceFile {
    fn from(wire: FileInfo) -> Self {
        let size_bytes = match wire.file_size {
            Some(Number::Int(size)) => Some(size),
            Some(Number::Text(text)) => text.parse().ok(),
            Some(Number::Float(_)) | None => None,
        };
        Self {
            path: wire.path,
            is_dir: wire.is_dir,
            size_bytes,
            modified_at_ms: None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_come_in_three_spellings() {
        let read = |text: &str| serde_json::from_str::<Metric>(text).unwrap();
        assert!(read(r#"{"key":"a","value":"NaN"}"#).value.is_nan());
        assert_eq!(
            read(r#"{"value":1.7976931348623157e+308}"#).value,
            f64::INFINITY
        );
        assert_eq!(read(r#"{"value":"-Infinity"}"#).value, f64::NEG_INFINITY);
        assert_eq!(
            read(r#"{"value":3,"timestamp":"17","step":null}"#).timestamp,
            17
        );
    }
}
