//! Small messages that many answers share.

use domain::tracking::{Lifecycle, Param, Tag};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use services::artifacts::ArtifactEntry;

#[derive(Debug, Serialize, JsonSchema)]
pub struct Empty {}

/// A key and its value, both borrowed from what is answered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Label {
    pub key: String,
    pub value: String,
}

impl From<Tag> for Label {
    fn from(tag: Tag) -> Self {
        Self {
            key: tag.key,
            value: tag.value,
        }
    }
}

impl From<Param> for Label {
    fn from(param: Param) -> Self {
        Self {
            key: param.key,
            value: param.value,
        }
    }
}

impl From<domain::pair::Pair> for Label {
    fn from(pair: domain::pair::Pair) -> Self {
        Self {
            key: pair.key,
            value: pair.value,
        }
    }
}

pub fn labels<L: Into<Label>>(labels: Vec<L>) -> Vec<Label> {
    labels.into_iter().map(Into::into).collect()
}

pub fn lifecycle_stage(lifecycle: Lifecycle) -> &'static str {
    lifecycle.as_str()
}

/// Protobuf's JSON for doubles: numbers, and names for what JSON has no number for.
pub fn double<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match *value {
        v if v.is_nan() => serializer.serialize_str("NaN"),
        f64::INFINITY => serializer.serialize_str("Infinity"),
        f64::NEG_INFINITY => serializer.serialize_str("-Infinity"),
        v => serializer.serialize_f64(v),
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct FileOut {
    path: String,
    is_dir: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Files {
    #[serde(skip_serializing_if = "Option::is_none")]
    root_uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileOut>,
}

pub fn files_of(root_uri: Option<String>, entries: Vec<ArtifactEntry>) -> Files {
    let file = |entry: ArtifactEntry| FileOut {
        path: entry.path,
        is_dir: entry.is_dir,
        file_size: entry.size_bytes,
    };
    Files {
        root_uri,
        files: entries.into_iter().map(file).collect(),
    }
}
