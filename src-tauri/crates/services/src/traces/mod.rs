//! Traces: recorded span by span or as a whole, found, read back, tagged, judged, deleted.

mod assessments;
mod change;
mod ingest;
mod read;
mod record;

use std::collections::BTreeMap;

use domain::names::{Invalid, truncated};
use domain::traces::{KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TraceId, keys};
use domain::tracking::{Experiment, ExperimentId};
use store::traces as rows;
use store::tracking::experiments;

pub use assessments::{
    AssessmentUpdate, assessment, create_assessment, delete_assessment, update_assessment,
};
pub(crate) use change::erase;
pub use change::{
    DeleteTraces, delete_trace_tag, delete_traces, link_prompts, link_to_run, set_trace_tag,
};
pub use ingest::{SpanBatch, record_spans};
pub use read::{search_traces, trace, trace_info, trace_infos, traces};
pub use record::{NewTrace, record_trace};

use crate::Context;
use crate::error::{Result, ServiceError};

fn missing(id: &TraceId) -> ServiceError {
    ServiceError::not_found(format!("Trace with ID '{id}' not found."))
}

/// The trace, kept from changing until the transaction ends.
async fn locked(tx: &mut store::Tx, id: &TraceId) -> Result<rows::TraceRow> {
    rows::lock(tx, id).await?.ok_or_else(|| missing(id))
}

/// The experiment that traces are sent to: there, and not deleted.
async fn open_experiment(ctx: &Context, id: &str) -> Result<Experiment> {
    let id = ExperimentId::parse(id)?;
    let experiment = experiments::by_id(ctx.store.pool(), &id)
        .await?
        .ok_or_else(|| crate::tracking::missing_experiment(&id))?;
    crate::tracking::must_be_active(&experiment)?;
    Ok(experiment)
}

/// Where files that belong to a trace go: attachments, and spans of clients that keep them as a file.
fn artifact_location(experiment: &Experiment, id: &TraceId) -> String {
    let location = experiment.artifact_location.trim_end_matches('/');
    format!("{location}/traces/{id}/artifacts")
}

/// A tag as it is kept: the value is cut to what MLflow keeps of it.
fn checked_tag(key: &str, value: &str) -> Result<(String, String), Invalid> {
    check_key("key", key)?;
    Ok((
        key.to_owned(),
        truncated(value, TAG_VALUE_CHARS_MAX).to_owned(),
    ))
}

/// Keys of traces are freer than those of runs: they never become file names.
fn check_key(field: &str, key: &str) -> Result<(), Invalid> {
    if key.is_empty() || key.chars().count() > KEY_CHARS_MAX || key.chars().any(char::is_control) {
        return Err(Invalid::new(field, key, "1 to 250 printable characters"));
    }
    Ok(())
}

/// Tags by which the server says where things are: nobody else may, for clients open what they name.
fn is_servers_own(key: &str) -> bool {
    key.starts_with("mlflow.trace.spans")
        || key.starts_with("mlflow.trace.archive")
        || key == keys::ARTIFACT_LOCATION
}

fn pairs(labels: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    labels
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
}
