//! Spans as they arrive, in any order, of any number of traces at once.
//!
//! A request is all or nothing. A span that comes again replaces itself, so an exporter that retries changes nothing.
//! What spans imply of their trace (its time, state, tokens, session) stands until the client tells the trace as a whole.

use std::collections::BTreeMap;

use domain::names::truncated;
use domain::traces::{
    METADATA_VALUE_CHARS_MAX, SPANS_PER_TRACE_MAX, Span, SpanStatus, Speaker, TAG_VALUE_CHARS_MAX,
    TraceId, TraceState, complete, cost_of, keys, preview, spaced_json, usage_of,
};
use domain::tracking::{Experiment, RunId};
use serde_json::{Map, Value};
use store::Tx;
use store::traces::{self as rows, TraceRow, spans as span_rows};
use store::tracking::labels::{self, Labels};
use store::tracking::runs;

use super::{artifact_location, checked_tag, is_servers_own, open_experiment};
use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context};

const NS_PER_MS: i64 = 1_000_000;

/// Spans of one process, with what is known of it.
#[derive(Debug, Clone, Default)]
pub struct SpanBatch {
    pub resource: Map<String, Value>,
    pub spans: Vec<Span>,
}

/// Stores spans; returns how many there were.
pub async fn record_spans(
    ctx: &Context,
    experiment_id: &str,
    run_id: Option<&str>,
    batches: Vec<SpanBatch>,
) -> Result<usize> {
    let experiment = open_experiment(ctx, experiment_id).await?;
    let run_id = run_id
        .filter(|id| !id.is_empty())
        .map(RunId::parse)
        .transpose()?;
    if let Some(id) = &run_id
        && runs::info(ctx.store.pool(), id).await?.is_none()
    {
        return Err(ServiceError::not_found(format!(
            "Run with id={id} not found"
        )));
    }
    let arrivals = by_trace(batches);
    let count = arrivals.values().map(|arrival| arrival.spans.len()).sum();
    let mut tx = ctx.store.begin().await?;
    // In the order of the ids, so that two requests never wait for each other.
    for (id, arrival) in &arrivals {
        record(&mut tx, &experiment, id, arrival).await?;
        if let Some(run_id) = &run_id {
            rows::link(&mut tx, id, "run", run_id.as_str()).await?;
        }
    }
    tx.commit().await?;
    ctx.publish([ChangeKind::Traces.of(experiment.id.as_str())]);
    Ok(count)
}

/// What one request says of one trace; each span once, the last word on it.
#[derive(Debug, Default)]
struct Arrival {
    spans: BTreeMap<String, Span>,
    resource: Map<String, Value>,
}

fn by_trace(batches: Vec<SpanBatch>) -> BTreeMap<TraceId, Arrival> {
    let mut arrivals: BTreeMap<TraceId, Arrival> = BTreeMap::new();
    for batch in batches {
        for mut span in batch.spans {
            complete(&mut span.body);
            let arrival = arrivals.entry(span.trace_id.clone()).or_default();
            if arrival.resource.is_empty() {
                arrival.resource.clone_from(&batch.resource);
            }
            arrival.spans.insert(span.id.as_str().to_owned(), span);
        }
    }
    arrivals
}

async fn record(
    tx: &mut Tx,
    experiment: &Experiment,
    id: &TraceId,
    arrival: &Arrival,
) -> Result<()> {
    let implied = arrival.head(experiment, id);
    let made = rows::ensure(tx, &implied).await?;
    let mut row = super::locked(tx, id).await?;
    let spans: Vec<&Span> = arrival.spans.values().collect();
    span_rows::put(tx, &spans).await?;
    if span_rows::count(tx, id).await? > SPANS_PER_TRACE_MAX {
        return Err(ServiceError::invalid(
            "spans",
            format!("Trace '{id}' would have more than {SPANS_PER_TRACE_MAX} spans."),
        ));
    }
    if !made {
        arrival.widen(&mut row, &implied);
        rows::update(tx, &row).await?;
    }
    record_tags(tx, experiment, id, arrival).await?;
    record_metadata(tx, id, arrival, row.is_final).await
}

/// What a person or the client set stands; what the root span says in so many words replaces it.
async fn record_tags(
    tx: &mut Tx,
    experiment: &Experiment,
    id: &TraceId,
    arrival: &Arrival,
) -> Result<()> {
    let mut implied = arrival.implied_tags();
    implied.insert(
        keys::ARTIFACT_LOCATION.to_owned(),
        artifact_location(experiment, id),
    );
    let mut told = arrival.told_tags();
    told.insert(
        keys::SPANS_LOCATION.to_owned(),
        keys::IN_TRACKING_STORE.to_owned(),
    );
    labels::add(tx, Labels::TraceTags, id.as_str(), super::pairs(&implied)).await?;
    labels::set(tx, Labels::TraceTags, id.as_str(), super::pairs(&told)).await?;
    Ok(())
}

/// The client's own figures stand; what it did not say is added up from all spans that are there.
async fn record_metadata(
    tx: &mut Tx,
    id: &TraceId,
    arrival: &Arrival,
    is_final: bool,
) -> Result<()> {
    let known = labels::of_owner(tx, Labels::TraceMetadata, id.as_str()).await?;
    let mut told: BTreeMap<&str, String> = BTreeMap::new();
    let speaks = |key: &str| {
        arrival
            .spans
            .values()
            .any(|span| span.body.attributes.contains_key(key))
    };
    let wanted = |key: &str| !(is_final && known.contains_key(key));
    let (usage, cost) = (
        speaks(keys::SPAN_USAGE) && wanted(keys::TOKEN_USAGE),
        speaks(keys::SPAN_COST) && wanted(keys::COST),
    );
    if usage || cost {
        let (tokens, prices) = span_rows::figures(tx, id).await?;
        let mut tell = |key, total: Option<Map<String, Value>>| {
            if let Some(total) = total {
                told.insert(key, spaced_json(&Value::Object(total)));
            }
        };
        if usage {
            tell(keys::TOKEN_USAGE, usage_of(&tokens));
        }
        if cost {
            tell(keys::COST, cost_of(&prices));
        }
    }
    for (key, attributes) in [
        (keys::SESSION, &["session.id", "gen_ai.conversation.id"][..]),
        (keys::USER, &["user.id"]),
    ] {
        let said = || {
            arrival.spans.values().find_map(|span| {
                attributes
                    .iter()
                    .find_map(|attribute| span.text(attribute).filter(|text| !text.is_empty()))
            })
        };
        if !known.contains_key(key)
            && let Some(value) = said()
        {
            told.insert(key, truncated(value, METADATA_VALUE_CHARS_MAX).to_owned());
        }
    }
    let told = told.iter().map(|(key, value)| (*key, value.as_str()));
    labels::set(tx, Labels::TraceMetadata, id.as_str(), told).await?;
    Ok(())
}

impl Arrival {
    fn root(&self) -> Option<&Span> {
        self.spans.values().find(|span| span.parent_id.is_none())
    }

    /// The trace as these spans alone imply it.
    fn head(&self, experiment: &Experiment, id: &TraceId) -> TraceRow {
        let started_ms = self
            .spans
            .values()
            .map(|span| span.started_ns / NS_PER_MS)
            .min();
        let ended_ms = self
            .spans
            .values()
            .filter_map(|span| Some(span.ended_ns? / NS_PER_MS))
            .max();
        let requested_at_ms = started_ms.unwrap_or(0);
        let root = self.root();
        let seen = |key: &str, speaker| {
            let value = root?.body.attributes.get(key)?;
            Some(preview(value, speaker))
        };
        TraceRow {
            trace_id: id.clone(),
            experiment_id: experiment.id.clone(),
            requested_at_ms,
            duration_ms: ended_ms.map(|ended| ended.saturating_sub(requested_at_ms).max(0)),
            state: match root.map(|span| span.status) {
                None => TraceState::InProgress,
                Some(SpanStatus::Error) => TraceState::Error,
                Some(SpanStatus::Ok | SpanStatus::Unset) => TraceState::Ok,
            },
            client_request_id: None,
            request_preview: seen(keys::SPAN_INPUTS, Speaker::User),
            response_preview: seen(keys::SPAN_OUTPUTS, Speaker::Assistant),
            is_final: false,
        }
    }

    /// Adds what these spans imply to what was known before.
    fn widen(&self, row: &mut TraceRow, implied: &TraceRow) {
        row.request_preview = row
            .request_preview
            .take()
            .or(implied.request_preview.clone());
        row.response_preview = row
            .response_preview
            .take()
            .or(implied.response_preview.clone());
        if matches!(row.state, TraceState::InProgress | TraceState::Unspecified)
            && self.root().is_some()
        {
            row.state = implied.state;
        }
        if row.is_final {
            return;
        }
        let end = |row: &TraceRow| Some(row.requested_at_ms.saturating_add(row.duration_ms?));
        let ended_ms = end(row).max(end(implied));
        row.requested_at_ms = row.requested_at_ms.min(implied.requested_at_ms);
        row.duration_ms = ended_ms.map(|ended| ended.saturating_sub(row.requested_at_ms));
    }

    /// What the process and the name of the root span say of the trace; what cannot be a tag is left out.
    fn implied_tags(&self) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::new();
        for (key, value) in &self.resource {
            let internal = key.starts_with("telemetry.sdk.") || key.starts_with("mlflow.");
            if !internal && let Ok((key, value)) = checked_tag(key, &text_of(value)) {
                tags.insert(key, value);
            }
        }
        if let Some(root) = self.root() {
            let name = truncated(&root.name, TAG_VALUE_CHARS_MAX);
            tags.insert(keys::TRACE_NAME.to_owned(), name.to_owned());
        }
        tags
    }

    /// Tags that the root span carries for its trace.
    fn told_tags(&self) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::new();
        let attributes = self.root().map(|root| &root.body.attributes);
        for (key, value) in attributes.into_iter().flatten() {
            if let Some(key) = key.strip_prefix(keys::TAG_PREFIX)
                && !is_servers_own(key)
                && let Ok((key, value)) = checked_tag(key, &text_of(value))
            {
                tags.insert(key, value);
            }
        }
        tags
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => spaced_json(other),
    }
}
