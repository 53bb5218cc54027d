//! The run table as a file: the columns shown, the runs chosen, every number with all its digits.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use domain::tracking::{Lifecycle, ViewType};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::bulk::RunScope;
use super::find::{RunQuery, runs};
use super::runs::get_run;
use super::view::{Reading, Run, RunMetric};
use crate::Context;
use crate::error::{Result, ServiceError};

const PAGE: i64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum ExportFormat {
    Csv,
    Json,
}

/// Which value of a metric stands in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum Aggregate {
    Latest,
    Min,
    Max,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportRunsInput {
    pub scope: RunScope,
    /// `attributes.run_name`, `metrics.loss`, `params.window`, `tags.desk`, as the table names its columns.
    pub columns: Vec<String>,
    pub aggregate: Aggregate,
    pub order_by: Vec<String>,
    pub format: ExportFormat,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportDone {
    pub path: String,
    #[specta(type = specta_typescript::Number)]
    pub rows: i64,
    #[specta(type = specta_typescript::Number)]
    pub size_bytes: i64,
}

/// Writes the table beside its place and moves it there when it is whole.
pub async fn export_runs(
    ctx: &Context,
    input: &ExportRunsInput,
    target: &Path,
) -> Result<ExportDone> {
    if input.columns.is_empty() {
        return Err(ServiceError::invalid(
            "columns",
            "Choose a column at least.",
        ));
    }
    let failed = || ServiceError::io(format!("cannot write {}", target.display()));
    let folder = target.parent().map(PathBuf::from).unwrap_or_default();
    let file = tempfile::NamedTempFile::new_in(&folder).map_err(failed())?;
    let mut sheet = Sheet::new(file, input).map_err(failed())?;
    let mut page_token = None;
    loop {
        let (batch, next) = next_runs(ctx, input, page_token).await?;
        for run in &batch {
            sheet.row(run).map_err(failed())?;
        }
        page_token = next;
        if page_token.is_none() {
            break;
        }
    }
    let rows = sheet.rows;
    let file = sheet.finish().map_err(failed())?;
    file.as_file().sync_all().map_err(failed())?;
    let size_bytes = file.as_file().metadata().map_err(failed())?.len();
    file.persist(target)
        .map_err(|error| failed()(error.error))?;
    Ok(ExportDone {
        path: target.display().to_string(),
        rows,
        size_bytes: i64::try_from(size_bytes).unwrap_or(i64::MAX),
    })
}

async fn next_runs(
    ctx: &Context,
    input: &ExportRunsInput,
    page_token: Option<String>,
) -> Result<(Vec<Run>, Option<String>)> {
    match &input.scope {
        RunScope::Chosen { run_ids } => {
            let mut chosen = Vec::with_capacity(run_ids.len());
            for id in run_ids {
                // One that is gone or in the trash does not keep the others from the file: the row count tells.
                match get_run(ctx, id).await {
                    Ok(run) if run.lifecycle == Lifecycle::Active => chosen.push(run),
                    Ok(_) | Err(ServiceError::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok((chosen, None))
        }
        RunScope::Matching {
            experiment_id,
            filter,
        } => {
            let query = RunQuery {
                experiment_ids: vec![experiment_id.clone()],
                filter: filter.clone(),
                order_by: input.order_by.clone(),
                view: ViewType::ActiveOnly,
                max_results: PAGE,
                page_token,
            };
            let page = runs(ctx, query).await?;
            let items = page.items.into_iter().map(Run::from).collect();
            Ok((items, page.next_page_token))
        }
    }
}

enum Body {
    Csv(Box<csv::Writer<tempfile::NamedTempFile>>),
    Json(std::io::BufWriter<tempfile::NamedTempFile>),
}

struct Sheet<'i> {
    input: &'i ExportRunsInput,
    body: Body,
    rows: i64,
}

impl<'i> Sheet<'i> {
    fn new(file: tempfile::NamedTempFile, input: &'i ExportRunsInput) -> std::io::Result<Self> {
        let body = match input.format {
            ExportFormat::Csv => {
                let mut writer = csv::Writer::from_writer(file);
                let head = ["run_id"].into_iter();
                writer.write_record(head.chain(input.columns.iter().map(|c| heading(c))))?;
                Body::Csv(Box::new(writer))
            }
            ExportFormat::Json => {
                let mut writer = std::io::BufWriter::new(file);
                writer.write_all(b"[")?;
                Body::Json(writer)
            }
        };
        Ok(Self {
            input,
            body,
            rows: 0,
        })
    }

    fn row(&mut self, run: &Run) -> std::io::Result<()> {
        let values = self
            .input
            .columns
            .iter()
            .map(|column| (column, value_of(run, column, self.input.aggregate)));
        match &mut self.body {
            Body::Csv(writer) => {
                let cells = values.map(|(_, value)| cell(value));
                writer.write_record(std::iter::once(run.run_id.clone()).chain(cells))?;
            }
            Body::Json(writer) => {
                let mut object = Map::new();
                object.insert("run_id".to_owned(), Value::from(run.run_id.as_str()));
                object.extend(values.map(|(column, value)| (heading(column).to_owned(), value)));
                writer.write_all(if self.rows == 0 { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut *writer, &Value::Object(object))?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(self) -> std::io::Result<tempfile::NamedTempFile> {
        match self.body {
            Body::Csv(writer) => writer
                .into_inner()
                .map_err(|error| std::io::Error::other(error.to_string())),
            Body::Json(mut writer) => {
                writer.write_all(b"\n]\n")?;
                writer
                    .into_inner()
                    .map_err(std::io::IntoInnerError::into_error)
            }
        }
    }
}

/// Attributes by their own name; the others keep `metrics.` or `params.`, since one name can be both.
fn heading(column: &str) -> &str {
    column.strip_prefix("attributes.").unwrap_or(column)
}

fn value_of(run: &Run, column: &str, aggregate: Aggregate) -> Value {
    let (entity, key) = column.split_once('.').unwrap_or(("attributes", column));
    let of = |pairs: &[super::view::Pair]| {
        let found = pairs.iter().find(|pair| pair.key == key);
        found.map_or(Value::Null, |pair| Value::from(pair.value.as_str()))
    };
    match entity {
        "metrics" => {
            let metric = run.metrics.iter().find(|metric| metric.key == key);
            metric.map_or(Value::Null, |metric| reading(metric, aggregate))
        }
        "params" => of(&run.params),
        "tags" => of(&run.tags),
        _ => attribute(run, key),
    }
}

fn reading(metric: &RunMetric, aggregate: Aggregate) -> Value {
    let reading = match aggregate {
        Aggregate::Latest => Some(&metric.latest),
        Aggregate::Min => metric.min.as_ref(),
        Aggregate::Max => metric.max.as_ref(),
    };
    match reading {
        Some(Reading::Finite(value)) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
        Some(Reading::Named(name)) => Value::from(name.as_str()),
        None => Value::Null,
    }
}

fn attribute(run: &Run, key: &str) -> Value {
    match key {
        "run_name" => Value::from(run.name.as_str()),
        "status" => Value::from(run.status.as_str()),
        "user" => Value::from(run.user.as_str()),
        "experiment_id" => Value::from(run.experiment_id.as_str()),
        "artifact_uri" => Value::from(run.artifact_uri.as_str()),
        "start_time" => Value::from(run.started_at_ms),
        "end_time" => run.ended_at_ms.map_or(Value::Null, Value::from),
        "duration" => run
            .ended_at_ms
            .map_or(Value::Null, |end| Value::from(end - run.started_at_ms)),
        "source" => {
            let source = run.tags.iter().find(|tag| tag.key == "mlflow.source.name");
            source.map_or(Value::Null, |tag| Value::from(tag.value.as_str()))
        }
        _ => Value::Null,
    }
}

fn cell(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        // The shortest text that reads back as the same number.
        other => other.to_string(),
    }
}
