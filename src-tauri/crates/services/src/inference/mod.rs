//! Running a model over rows that somebody looks at: what it can be asked, the run itself, and its outputs for as long as
//! they are looked at. Works on any model file, in a worker process; no workspace need be open.

mod kept;
mod setup;

use std::path::{Path, PathBuf};

use engine::inference::{
    BATCH_ROWS, InferenceProgress, InferenceReport, InferenceRequest, OutputPage, RowSource,
};
use engine::inputs::GeneratedInputs;
use engine::job::InferenceJob;
use engine::worker::{Use, WorkerReport};
use engine::{CancelToken, ModelOptions};
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::benchmark::TaskProgress;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::lab::Lab;

pub use kept::KeptRuns;
pub use setup::{BoundInput, RunDataColumn, RunDataLook, RunInputPort, RunSetup, look, setup};

/// Jobs of this use share a worker, which keeps the model loaded from one run to the next.
const USE: &str = "run";

/// What to run on.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum RunInputs {
    /// The example that was logged with the model.
    Example,
    File {
        path: PathBuf,
    },
    Generated {
        inputs: GeneratedInputs,
    },
    /// JSON in any form that an input example may have.
    Json {
        text: String,
    },
    /// The `inputs` of the records of an evaluation dataset in this workspace.
    Dataset {
        id: String,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RunModelInput {
    pub inputs: RunInputs,
    /// Rows beyond this are not read.
    #[specta(type = Option<Number>)]
    pub rows_max: Option<u64>,
    /// Rows of one run; `null` for the usual number.
    #[specta(type = Option<Number>)]
    pub batch_rows: Option<u64>,
    /// The caller's name for this run, with which it can be cancelled.
    pub task_id: String,
}

/// A run that is kept until three later ones: its outputs can be paged through and saved under `id`.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct KeptRun {
    pub id: String,
    pub report: InferenceReport,
    /// The process that it ran in, and the memory that it holds now.
    pub worker: Option<WorkerReport>,
    #[specta(type = Option<Number>)]
    pub worker_memory_bytes: Option<u64>,
}

/// Runs the model at `path`.
///
/// # Errors
/// What does not fit, by input, row and column; [`ServiceError::Cancelled`].
pub async fn run(
    lab: &Lab,
    kept: &KeptRuns,
    path: &Path,
    source: RowSource,
    input: &RunModelInput,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<KeptRun> {
    let (id, keep) = kept.place()?;
    let job = InferenceJob {
        path: absolute(path),
        options: ModelOptions {
            // The run is what is asked for: no run before it.
            warm_up_runs: 0,
            ..ModelOptions::default()
        },
        request: InferenceRequest {
            source,
            rows_max: input.rows_max,
            batch_rows: input.batch_rows.unwrap_or(BATCH_ROWS),
            keep: keep.clone(),
        },
    };
    progress(TaskProgress {
        step: "load".to_owned(),
        detail: "loading in a worker process".to_owned(),
        fraction: None,
    });
    let tell = move |at: InferenceProgress| {
        progress(TaskProgress {
            step: "run".to_owned(),
            detail: format!("{} rows", at.rows),
            fraction: at
                .rows_total
                .filter(|total| *total > 0)
                .map(|total| at.rows as f64 / total as f64),
        });
    };
    let report = lab.call(Use::warm(USE), job, tell, cancel).await?;
    kept.add(&id, keep, report.outputs.clone());
    let idle = lab.workers().idle_bytes();
    Ok(KeptRun {
        id,
        report,
        worker: lab.workers().last_started(),
        worker_memory_bytes: idle
            .into_iter()
            .find(|(name, _)| *name == USE)
            .map(|(_, bytes)| bytes),
    })
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Cells of a kept run's output.
pub async fn page(
    kept: &KeptRuns,
    id: &str,
    output: &str,
    rows: std::ops::Range<u64>,
    columns: std::ops::Range<u64>,
) -> Result<OutputPage> {
    let run = kept.get(id)?;
    let view = run.outputs.iter().find(|view| view.name == output);
    let view = view
        .ok_or_else(|| ServiceError::not_found(format!("the run has no output '{output}'")))?
        .clone();
    blocking(move || Ok(engine::inference::page(&run.file, &view, rows, columns)?)).await
}

/// Writes all outputs of a kept run to `target`, in the format of its extension.
pub async fn save(kept: &KeptRuns, id: &str, target: PathBuf) -> Result<()> {
    let run = kept.get(id)?;
    blocking(move || {
        let table = engine::data::open(&run.file)?;
        let is_table = table.rows().is_some();
        if !is_table {
            return Ok(engine::data::write::save(&target, &table.arrays()?)?);
        }
        let mut writer = engine::data::write::create(&target)?;
        for batch in table.batches(BATCH_ROWS as usize * 16)? {
            writer.write(&batch?)?;
        }
        Ok(writer.finish()?)
    })
    .await
}
