//! What can be asked, as it comes from a window or a terminal.

use std::path::{Path, PathBuf};

use engine::compare::stream::{ModelSide, RowSource};
use engine::compare::{ColumnMapping, Tolerance};
use engine::{ModelOptions, Optimisation, Provider};
use serde::Deserialize;

use crate::Context;
use crate::error::{Result, ServiceError};
use crate::inspection::{ModelSource, path_of};

/// A model, and how it is to be run.
#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ProveSide {
    pub source: ModelSource,
    /// In order of preference; none is the CPU.
    pub providers: Vec<Provider>,
    /// Threads inside one run; 0 is every core.
    pub threads: u32,
    pub optimisation: Optimisation,
    /// Another ONNX Runtime than the usual one: its library, or the folder of it.
    pub library: Option<PathBuf>,
}

/// Where rows come from.
#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum ProveRows {
    File { path: PathBuf },
    Generated { rows: u32, seed: u32 },
}

/// One side against another, or against the expected outputs in the file.
#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct CompareOutputsInput {
    pub side: ProveSide,
    pub against: Option<ProveSide>,
    pub rows: ProveRows,
    /// Which columns are expected of which output, where their names do not say it.
    pub mapping: Vec<ColumnMapping>,
    pub tolerance: Tolerance,
    /// Rows that a model is given at once.
    pub batch_rows: u32,
    /// Rows that are furthest off and shown.
    pub worst_rows: u32,
    pub task_id: String,
}

/// The first tensor that differs between two sides.
#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DivergenceInput {
    pub side: ProveSide,
    pub against: ProveSide,
    pub rows: ProveRows,
    /// The first rows of the source that are looked at.
    pub sample_rows: u32,
    pub tolerance: Tolerance,
    /// For the tensors of one side that are looked at together.
    pub memory_mb_max: u32,
    pub task_id: String,
}

/// One side, again and again.
#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RepeatRunsInput {
    pub side: ProveSide,
    pub rows: ProveRows,
    pub sample_rows: u32,
    pub repeats: u32,
    /// Numbers of threads to repeat with; 0 is every core.
    pub threads: Vec<u32>,
    pub task_id: String,
}

impl ProveSide {
    /// The file of it, and what to call it. A file on this machine needs no workspace.
    pub(super) async fn resolve(self, ctx: Option<&Context>) -> Result<ModelSide> {
        let label = label(&self.source);
        let path = match (self.source, ctx) {
            (ModelSource::File { path }, _) => path,
            (source, Some(ctx)) => path_of(ctx, source).await?,
            (_, None) => return Err(ServiceError::state("no workspace is open")),
        };
        let providers = match self.providers.is_empty() {
            true => vec![Provider::Cpu],
            false => self.providers,
        };
        Ok(ModelSide {
            label,
            path: absolute(&path)?,
            options: ModelOptions {
                providers,
                threads: self.threads as usize,
                optimisation: self.optimisation,
                warm_up_runs: 0,
                ..ModelOptions::default()
            },
        })
    }

    /// Whether finding the model needs the open workspace.
    #[must_use]
    pub fn needs_workspace(&self) -> bool {
        !matches!(self.source, ModelSource::File { .. })
    }
}

impl ProveRows {
    pub(super) fn source(self) -> Result<RowSource> {
        Ok(match self {
            Self::File { path } => RowSource::File {
                path: absolute(&path)?,
            },
            Self::Generated { rows, seed } => RowSource::Generated {
                rows: u64::from(rows),
                seed: u64::from(seed),
            },
        })
    }
}

/// Workers stand elsewhere.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(ServiceError::io(format!("{} has no place", path.display())))
}

fn label(source: &ModelSource) -> String {
    let file = |path: &str| {
        let name = path.rsplit(['/', '\\']).next();
        name.unwrap_or(path).to_owned()
    };
    match source {
        ModelSource::Version(version) => format!("{} v{}", version.name, version.version),
        ModelSource::Artifact { file: artifact } => file(&artifact.path),
        ModelSource::File { path } => file(&path.to_string_lossy()),
    }
}
