//! What a source tells of: the nouns that a server and a folder have in common.
//!
//! Everything is read in pieces: a page of runs, a piece of a history, a listing, a stream of bytes.

use std::pin::Pin;

use bytes::Bytes;
use domain::tracking::{
    DatasetInput, LoggedModelMetric, LoggedModelStatus, MetricPoint, Param, RunStatus, Tag,
};
use futures_util::Stream;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::ServiceError;

/// What a source may answer instead of what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SourceError {
    /// It cannot be reached at all: going on makes no sense now.
    #[error("{0}")]
    Gone(String),
    /// It does not give this one thing.
    #[error("{0}")]
    Refused(String),
    /// What it gave cannot be understood; names the place.
    #[error("{place}: {message}")]
    Malformed { place: String, message: String },
}

impl SourceError {
    pub fn malformed(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Malformed {
            place: place.into(),
            message: message.into(),
        }
    }
}

impl From<SourceError> for ServiceError {
    fn from(error: SourceError) -> Self {
        let message = error.to_string();
        match error {
            SourceError::Gone(_) => Self::Unavailable {
                message,
                hint: "see that it runs and can be reached, then try again; what was imported so far is kept"
                    .to_owned(),
            },
            SourceError::Refused(_) | SourceError::Malformed { .. } => {
                Self::invalid("from", message)
            }
        }
    }
}

pub type Read<T> = Result<T, SourceError>;
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, String>> + Send>>;

#[derive(Debug, Clone, Serialize)]
pub struct SourceExperiment {
    pub id: String,
    pub name: String,
    pub artifact_location: String,
    pub deleted: bool,
    pub created_at_ms: i64,
    /// Not part of the fingerprint: a new run touches it.
    #[serde(skip)]
    pub updated_at_ms: i64,
    #[serde(serialize_with = "tags")]
    pub tags: Vec<Tag>,
}

#[derive(Debug, Clone, Serialize)]
pub struct SourceRun {
    pub id: String,
    pub experiment_id: String,
    pub name: String,
    pub user: String,
    pub status: RunStatus,
    pub deleted: bool,
    pub started_at_ms: i64,
    pub ended_at_ms: Option<i64>,
    pub artifact_uri: String,
    #[serde(serialize_with = "params")]
    pub params: Vec<Param>,
    #[serde(serialize_with = "tags")]
    pub tags: Vec<Tag>,
    pub metrics: Vec<SourceMetric>,
    #[serde(serialize_with = "datasets")]
    pub datasets: Vec<DatasetInput>,
    pub model_inputs: Vec<String>,
    pub model_outputs: Vec<(String, i64)>,
}

/// A series by its key, and whatever shows that it grew.
#[derive(Debug, Clone, Serialize)]
pub struct SourceMetric {
    pub key: String,
    pub mark: String,
}

#[derive(Debug, Clone)]
pub struct SourceLoggedModel {
    pub id: String,
    pub experiment_id: String,
    pub name: String,
    pub artifact_uri: String,
    pub status: LoggedModelStatus,
    pub status_message: Option<String>,
    pub model_type: Option<String>,
    pub source_run_id: Option<String>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
    pub metrics: Vec<LoggedModelMetric>,
}

#[derive(Debug, Clone)]
pub struct SourceModel {
    pub name: String,
    pub description: String,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    pub tags: Vec<Tag>,
    pub aliases: Vec<(String, i64)>,
}

#[derive(Debug, Clone, Default)]
pub struct SourceVersion {
    pub version: i64,
    pub stage: String,
    pub description: String,
    pub source: String,
    /// Where the files really stand, where the source says so.
    pub storage_location: Option<String>,
    pub run_id: Option<String>,
    pub run_link: String,
    pub model_id: Option<String>,
    pub user: String,
    pub status: String,
    pub status_message: String,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    pub tags: Vec<Tag>,
}

/// Whose files are meant.
#[derive(Debug, Clone)]
pub struct Owner {
    pub kind: OwnerKind,
    pub experiment_id: String,
    pub id: String,
    pub artifact_uri: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerKind {
    Run,
    LoggedModel,
}

impl Owner {
    pub fn subject(&self) -> String {
        match self.kind {
            OwnerKind::Run => format!("run {}", self.id),
            OwnerKind::LoggedModel => format!("logged model {}", self.id),
        }
    }
}

/// A file or folder of an owner; `path` is relative to the owner's root.
#[derive(Debug, Clone)]
pub struct SourceFile {
    pub path: String,
    pub is_dir: bool,
    /// `None` where the source does not say.
    pub size_bytes: Option<i64>,
    /// When it last changed, where the source can say.
    pub modified_at_ms: Option<i64>,
}

/// Page of runs, oldest first.
#[derive(Debug)]
pub struct RunsPage {
    pub runs: Vec<SourceRun>,
    /// What could not be read of this page.
    pub problems: Vec<SourceError>,
    pub next: Option<String>,
}

/// A list, and what of it could not be read.
pub type Partly<T> = (Vec<T>, Vec<SourceError>);

/// A piece of a series.
#[derive(Debug)]
pub struct HistoryPiece {
    pub run_id: String,
    pub points: Vec<MetricPoint>,
}

/// Changes when anything that the source says of a thing changes.
pub fn fingerprint(of: &impl Serialize) -> String {
    let text = serde_json::to_vec(of).unwrap_or_default();
    hex::encode(&Sha256::digest(&text)[..16])
}

/// Everything about a registered thing that may change later.
pub fn fingerprint_of(parts: &impl std::fmt::Debug) -> String {
    hex::encode(&Sha256::digest(format!("{parts:?}"))[..16])
}

fn tags<S: serde::Serializer>(tags: &[Tag], serializer: S) -> Result<S::Ok, S::Error> {
    let mut pairs: Vec<(&str, &str)> = tags.iter().map(|t| (&*t.key, &*t.value)).collect();
    pairs.sort_unstable();
    serializer.collect_seq(pairs)
}

fn params<S: serde::Serializer>(params: &[Param], serializer: S) -> Result<S::Ok, S::Error> {
    let mut pairs: Vec<(&str, &str)> = params.iter().map(|p| (&*p.key, &*p.value)).collect();
    pairs.sort_unstable();
    serializer.collect_seq(pairs)
}

fn datasets<S: serde::Serializer>(all: &[DatasetInput], serializer: S) -> Result<S::Ok, S::Error> {
    let mut told: Vec<String> = all.iter().map(|dataset| format!("{dataset:?}")).collect();
    told.sort_unstable();
    serializer.collect_seq(told)
}
