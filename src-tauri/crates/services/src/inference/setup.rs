//! What a model can be run on: read from its file and from what lies beside it, before anything runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::data::bind::plan;
use engine::inference::RowSource;
use engine::inputs::{GeneratedInputs, SEED, fixed_rows, index_limits, signature_of};
use engine::{PortKind, Signature};
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::RunInputs;
use crate::Context;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::inspection::OpenModels;

/// Rows that are made up where nobody asks for another number.
const ROWS: u64 = 256;
/// As MLflow names the example that was logged with a model.
const EXAMPLES: [&str; 2] = ["serving_input_example.json", "input_example.json"];
/// A larger example is no example.
const EXAMPLE_BYTES_MAX: u64 = 64 << 20;

/// What a model takes, and what it can be given.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RunSetup {
    pub inputs: Vec<RunInputPort>,
    /// What would be made up; change it and send it back.
    pub generated: GeneratedInputs,
    /// The model takes exactly so many rows at a time.
    #[specta(type = Option<Number>)]
    pub fixed_rows: Option<u64>,
    /// The file of the logged input example, where there is one.
    pub example: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RunInputPort {
    pub name: String,
    /// `FP32[N, 20]`
    pub kind: String,
    pub is_tensor: bool,
    pub is_float: bool,
    pub is_text: bool,
    /// Size of the table that this input picks rows from, where the graph tells.
    #[specta(type = Option<Number>)]
    pub index_limit: Option<u64>,
}

pub async fn setup(models: Arc<OpenModels>, path: PathBuf) -> Result<RunSetup> {
    blocking(move || {
        let model = models.open(&path)?;
        let signature = signature_of(&model);
        let limits = index_limits(&model);
        let port = |port: &engine::Port| {
            let element = match &port.kind {
                PortKind::Tensor { element, .. } => Some(*element),
                _ => None,
            };
            RunInputPort {
                name: port.name.clone(),
                kind: port.kind.to_string(),
                is_tensor: element.is_some(),
                is_float: element.is_some_and(engine::ElementType::is_float),
                is_text: element == Some(engine::ElementType::String),
                index_limit: limits
                    .iter()
                    .find(|(name, _)| *name == port.name)
                    .map(|(_, size)| *size),
            }
        };
        Ok(RunSetup {
            inputs: signature.inputs.iter().map(port).collect(),
            generated: GeneratedInputs::usual(&signature, ROWS, SEED, &limits),
            fixed_rows: fixed_rows(&signature).map(|rows| rows as u64),
            example: example_beside(&path).map(|path| file_name(&path)),
        })
    })
    .await
}

fn example_beside(model: &Path) -> Option<PathBuf> {
    let folder = model.parent()?;
    EXAMPLES
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// A data file, and what the model would take from it.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RunDataLook {
    pub path: String,
    pub format: String,
    #[specta(type = Option<Number>)]
    pub rows: Option<u64>,
    pub columns: Vec<RunDataColumn>,
    pub notes: Vec<String>,
    pub bindings: Vec<BoundInput>,
    /// Why the model cannot be run on it.
    pub problem: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RunDataColumn {
    pub name: String,
    pub datatype: String,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct BoundInput {
    pub input: String,
    pub columns: Vec<String>,
}

/// Looks at a data file for the model at `model`.
pub async fn look(models: Arc<OpenModels>, model: PathBuf, file: PathBuf) -> Result<RunDataLook> {
    blocking(move || {
        let signature = signature_of(&*models.open(&model)?);
        Ok(looked(&signature, &file)?)
    })
    .await
}

fn looked(signature: &Signature, file: &Path) -> Result<RunDataLook, engine::EngineError> {
    let table = engine::data::open(file)?;
    let (bindings, problem) = match plan(table.columns(), signature) {
        Ok(bindings) => (bindings, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let column = |column: &engine::data::DataColumn| RunDataColumn {
        name: column.name.clone(),
        datatype: column.element.datatype().to_owned(),
        note: column.unreadable.clone().or_else(|| column.note.clone()),
    };
    Ok(RunDataLook {
        path: file.display().to_string(),
        format: table.format().to_string(),
        rows: table.rows(),
        columns: table.columns().iter().map(column).collect(),
        notes: table.notes().to_vec(),
        bindings: bindings
            .into_iter()
            .map(|binding| BoundInput {
                input: binding.input,
                columns: binding.columns,
            })
            .collect(),
        problem,
    })
}

impl RunInputs {
    /// The rows that this names, for the model at `model`. Only a dataset needs the workspace.
    pub async fn rows(self, model: &Path, ctx: Option<&Context>) -> Result<RowSource> {
        Ok(match self {
            Self::File { path } => RowSource::File(super::absolute(&path)),
            Self::Generated { inputs } => RowSource::Generated(inputs),
            Self::Json { text } => RowSource::Text {
                text,
                label: "pasted JSON".to_owned(),
            },
            Self::Example => {
                let path = example_beside(model).ok_or_else(|| {
                    ServiceError::not_found(
                        "no input example was logged with this model".to_owned(),
                    )
                })?;
                RowSource::Text {
                    text: example_text(&path).await?,
                    label: format!("logged input example, {}", file_name(&path)),
                }
            }
            Self::Dataset { id } => {
                let ctx = ctx.ok_or_else(|| {
                    ServiceError::state("a dataset needs an open workspace".to_owned())
                })?;
                dataset_rows(ctx, &id).await?
            }
        })
    }
}

async fn example_text(path: &Path) -> Result<String> {
    let doing = || ServiceError::io(format!("cannot read {}", path.display()));
    let size = tokio::fs::metadata(path).await.map_err(doing())?.len();
    if size > EXAMPLE_BYTES_MAX {
        return Err(ServiceError::state(format!(
            "{} holds {size} bytes, which is no example; run on it as a file",
            path.display()
        )));
    }
    tokio::fs::read_to_string(path).await.map_err(doing())
}

/// Records of one dataset that are read.
const RECORDS_PAGE: i64 = 1000;
const RECORDS_MAX: usize = 100_000;

/// The inputs of all records, as a table of records.
async fn dataset_rows(ctx: &Context, id: &str) -> Result<RowSource> {
    let dataset = crate::datasets::dataset(ctx, id).await?;
    let mut records = Vec::new();
    let mut page: Option<String> = None;
    loop {
        let found = crate::datasets::records(ctx, id, RECORDS_PAGE, page.as_deref()).await?;
        records.extend(found.items.into_iter().map(|record| record.body.inputs));
        page = found.next_page_token;
        if page.is_none() || records.len() >= RECORDS_MAX {
            break;
        }
    }
    if page.is_some() {
        return Err(ServiceError::state(format!(
            "dataset '{}' has more than {RECORDS_MAX} records; export it to a file",
            dataset.name
        )));
    }
    let text = serde_json::to_string(&serde_json::json!({ "dataframe_records": records }))
        .map_err(|error| ServiceError::state(error.to_string()))?;
    Ok(RowSource::Text {
        text,
        label: format!("dataset {}, {} records", dataset.name, dataset.record_count),
    })
}
