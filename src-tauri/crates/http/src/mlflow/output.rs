//! Small messages that many answers share.

use std::fmt::Write as _;

use domain::tracking::{Lifecycle, Param, Tag};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use services::artifacts::ArtifactEntry;

use super::values::{Int, Text};
use crate::error::{ApiError, Result};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl Files {
    pub fn with_next(self, next_page_token: Option<String>) -> Self {
        Self {
            next_page_token,
            ..self
        }
    }
}

/// A page of a folder: all of it where no size was asked for, since MLflow's clients follow no token.
#[derive(Debug)]
pub struct Page {
    after: String,
    limit: Option<i64>,
}

impl Page {
    pub fn asked(size: Option<Int>, token: Option<Text>) -> Result<Self> {
        let limit = size.map(|size| size.0);
        if limit.is_some_and(|limit| !(1..=50_000).contains(&limit)) {
            return Err(ApiError::invalid(
                "Invalid value for parameter 'max_results': expected 1 to 50000.",
            ));
        }
        let token = token.map(|token| token.0).filter(|token| !token.is_empty());
        let after = match &token {
            None => Some(String::new()),
            Some(token) => hex(token),
        };
        let after = after.ok_or_else(|| ApiError::invalid("Invalid page token."))?;
        Ok(Self { after, limit })
    }

    /// Reads the page, one entry more than is shown, and tells where the next begins.
    pub async fn of<F>(
        self,
        read: impl FnOnce(String, i64) -> F,
    ) -> Result<(Vec<ArtifactEntry>, Option<String>)>
    where
        F: Future<Output = Result<Vec<ArtifactEntry>>>,
    {
        let Some(limit) = self.limit else {
            return Ok((read(self.after, i64::MAX).await?, None));
        };
        let mut entries = read(self.after, limit + 1).await?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        if entries.len() <= shown {
            return Ok((entries, None));
        }
        entries.truncate(shown);
        let last = entries.last().map(|entry| entry.name.as_bytes());
        let token = last
            .unwrap_or_default()
            .iter()
            .fold(String::new(), |mut token, byte| {
                let _ = write!(token, "{byte:02x}");
                token
            });
        Ok((entries, Some(token)))
    }
}

/// The name inside a token.
fn hex(token: &str) -> Option<String> {
    let pairs = token.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let name = String::from_utf8(bytes.collect::<Option<Vec<_>>>()?).ok()?;
    (!name.contains('\0')).then_some(name)
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
        next_page_token: None,
    }
}
