//! The tree ensembles of a model: what they are, one tree of them, the way of a row.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::CancelToken;
use engine::job::{FollowRowJob, TreeCoverJob};
use engine::trees::{FollowRowRequest, FollowedRow, TreeCover};
use engine::worker::Use;
use onnx::trees::{Ensemble, EnsemblePlace, EnsembleSummary, TreeView, find, summary};
use serde::Serialize;
use serde_json::Value;

use crate::Context;
use crate::benchmark::TaskProgress;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::inspection::{ModelSource, OpenModels};
use crate::lab::Lab;
use crate::models::materialise_to_look;
use crate::registry::declared_columns;

/// An example of this size is a data set; nobody edits a row of it by hand.
const EXAMPLE_BYTES_MAX: u64 = 256 << 10;

/// The ensembles of a model.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct EnsembleList {
    pub ensembles: Vec<EnsembleSummary>,
    /// Of ensembles that cannot be read: why.
    pub problems: Vec<String>,
    pub logged: LoggedColumns,
}

/// What was logged with a registered version about the rows that it takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct LoggedColumns {
    /// Names of the columns, from the input example or the `MLmodel` file.
    pub names: Vec<String>,
    /// The input example as it was logged.
    pub example: Option<String>,
}

/// What is told of the rows of a version. Files and artifacts come without.
pub async fn logged_columns(ctx: &Context, source: &ModelSource) -> Result<LoggedColumns> {
    let ModelSource::Version(version) = source else {
        return Ok(LoggedColumns::default());
    };
    let files = materialise_to_look(ctx, &version.name, version.version).await?;
    blocking(move || {
        let example = files.input_example.as_deref().and_then(small_text);
        let declared = small_text(&files.dir.join("MLmodel"));
        let mut names = example.as_deref().map_or_else(Vec::new, example_columns);
        if names.is_empty() {
            names = declared.as_deref().map_or_else(Vec::new, declared_columns);
        }
        Ok(LoggedColumns { names, example })
    })
    .await
}

fn small_text(path: &Path) -> Option<String> {
    let size = std::fs::metadata(path).ok()?.len();
    (size <= EXAMPLE_BYTES_MAX)
        .then(|| std::fs::read_to_string(path).ok())
        .flatten()
}

fn example_columns(text: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let split = value.get("dataframe_split").unwrap_or(&value);
    let columns = split["columns"].as_array();
    columns.map_or_else(Vec::new, |columns| {
        let name = |column: &Value| {
            column
                .as_str()
                .map_or_else(|| column.to_string(), str::to_owned)
        };
        columns.iter().map(name).collect()
    })
}

/// Every ensemble of the model, in the order of its nodes.
pub async fn list(
    models: Arc<OpenModels>,
    path: PathBuf,
    logged: LoggedColumns,
) -> Result<EnsembleList> {
    blocking(move || {
        let model = models.open(&path)?;
        let mut list = EnsembleList {
            ensembles: Vec::new(),
            problems: Vec::new(),
            logged,
        };
        for place in find(model.proto()) {
            match summary(model.proto(), &place) {
                Ok(found) => list.ensembles.push(found),
                Err(error) => list.problems.push(error.to_string()),
            }
        }
        Ok(list)
    })
    .await
}

/// One tree of an ensemble.
pub async fn tree(
    models: Arc<OpenModels>,
    path: PathBuf,
    place: EnsemblePlace,
    tree: u32,
) -> Result<TreeView> {
    blocking(move || {
        let model = models.open(&path)?;
        let ensemble = read(&model, &place)?;
        ensemble.view(tree).ok_or_else(|| {
            let trees = ensemble.trees.len();
            ServiceError::invalid(
                "tree",
                format!("{tree} is asked for, but there are {trees} trees"),
            )
        })
    })
    .await
}

fn read(model: &onnx::Model, place: &EnsemblePlace) -> Result<Ensemble> {
    Ensemble::read(model.proto(), place)
        .map_err(|error| ServiceError::invalid("place", error.to_string()))
}

/// Follows a row through all trees, beside ONNX Runtime in a worker.
pub async fn follow(
    lab: &Lab,
    path: PathBuf,
    request: FollowRowRequest,
    cancel: &CancelToken,
) -> Result<FollowedRow> {
    let job = FollowRowJob { path, request };
    lab.call(Use::default(), job, |()| {}, cancel).await
}

/// Counts where the rows of a file go: through which splits, to which leaves.
pub async fn cover(
    lab: &Lab,
    path: PathBuf,
    place: EnsemblePlace,
    rows: PathBuf,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<TreeCover> {
    let told = move |rows| {
        progress(TaskProgress {
            step: "count".to_owned(),
            detail: format!("{rows} rows"),
            fraction: None,
        });
    };
    let job = TreeCoverJob { path, place, rows };
    lab.call(Use::default(), job, told, cancel).await
}
