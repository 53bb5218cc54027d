//! `metrics/*`: histories, written point by point into bodies of bounded size.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use domain::tracking::MetricPoint;
use futures_util::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use services::Context;
use services::tracking::{self, Interval, MetricPieces, RunPoints};

use super::input::{Input, required};
use super::runs_search::json;
use super::runs_wire::{MetricOut, RunRef};
use super::table::Access::Reads;
use super::table::Routes;
use super::values::{Int, Many, Text};
use crate::error::{ApiError, Result};

pub fn routes() -> Routes {
    Routes::of("runs")
        .get("/metrics/get-history", Reads, history)
        .giving::<History>()
        .get("/metrics/get-history-bulk-interval", Reads, interval)
        .giving::<Histories>()
}

/// What only MLflow's pages call.
pub fn page_routes() -> Routes {
    Routes::of("runs")
        .get("/metrics/get-history-bulk", Reads, bulk)
        .giving::<Histories>()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct HistoryIn {
    #[serde(flatten)]
    run: RunRef,
    metric_key: Option<Text>,
    page_token: Option<Text>,
    max_results: Option<Text>,
}

/// What a history looks like: written piece by piece by [`Writer`].
#[derive(Debug, Serialize, JsonSchema)]
struct History {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MetricOfRun {
    #[serde(flatten)]
    metric: MetricOut,
    run_id: String,
}

/// What histories of several runs look like.
#[derive(Debug, Serialize, JsonSchema)]
struct Histories {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricOfRun>,
}

async fn history(State(ctx): State<Context>, Input(input): Input<HistoryIn>) -> Result<Response> {
    let key = required(input.metric_key, "metric_key")?.0;
    let limit = input
        .max_results
        .map(|text| positive(&text.0))
        .transpose()?;
    let token = input.page_token.as_ref().map(|text| text.0.as_str());
    let pieces = tracking::metric_pieces(&ctx, &input.run.read()?, &key, limit, token).await?;
    let mut reading = Reading {
        pieces,
        writer: Writer::new(&key, None),
        ended: false,
    };
    let mut first = reading.piece().await?.unwrap_or_default();
    if let Some(second) = reading.piece().await? {
        first.extend(second);
    }
    if reading.ended {
        return Ok(json(Body::from(first)));
    }
    let rest = stream::try_unfold((Some(first), reading), |(first, mut reading)| async {
        let piece = match first {
            Some(first) => Some(first),
            None => reading.piece().await.map_err(|error| error.message)?,
        };
        Ok::<_, String>(piece.map(|piece| (Bytes::from(piece), (None, reading))))
    });
    Ok(json(Body::from_stream(rest)))
}

struct Reading {
    pieces: MetricPieces,
    writer: Writer,
    ended: bool,
}

impl Reading {
    /// The next part of the answer's text; `None` after its end.
    async fn piece(&mut self) -> Result<Option<Vec<u8>>, ApiError> {
        if self.ended {
            return Ok(None);
        }
        let points = self.pieces.next().await?;
        let mut text = Vec::new();
        if let Some(points) = &points {
            self.writer.points(points, &mut text);
        } else {
            self.ended = true;
            self.writer.end(self.pieces.next_page_token(), &mut text);
        }
        Ok(Some(text))
    }
}

/// Writes `{"metrics":[{"key":...,"value":...,"timestamp":...,"step":...},...]}`.
struct Writer {
    /// `{"key":"loss","value":`, the same for every point.
    head: Vec<u8>,
    /// `,"run_id":"..."}` or `}`.
    tail: Vec<u8>,
    begun: bool,
}

impl Writer {
    fn new(key: &str, run_id: Option<&str>) -> Self {
        let mut writer = Self {
            head: b"{\"key\":".to_vec(),
            tail: Vec::new(),
            begun: false,
        };
        put(&mut writer.head, key);
        writer.head.extend_from_slice(b",\"value\":");
        writer.of_run(run_id);
        writer
    }

    fn of_run(&mut self, run_id: Option<&str>) {
        self.tail.clear();
        if let Some(run_id) = run_id {
            self.tail.extend_from_slice(b",\"run_id\":");
            put(&mut self.tail, run_id);
        }
        self.tail.push(b'}');
    }

    fn points(&mut self, points: &[MetricPoint], text: &mut Vec<u8>) {
        text.reserve(points.len() * (self.head.len() + self.tail.len() + 64));
        for point in points {
            text.extend_from_slice(if self.begun { b"," } else { b"{\"metrics\":[" });
            self.begun = true;
            text.extend_from_slice(&self.head);
            match point.value {
                value if value.is_nan() => text.extend_from_slice(b"\"NaN\""),
                f64::INFINITY => text.extend_from_slice(b"\"Infinity\""),
                f64::NEG_INFINITY => text.extend_from_slice(b"\"-Infinity\""),
                value => put(text, &value),
            }
            text.extend_from_slice(b",\"timestamp\":");
            put(text, &point.timestamp_ms);
            text.extend_from_slice(b",\"step\":");
            put(text, &point.step);
            text.extend_from_slice(&self.tail);
        }
    }

    fn end(&self, next_page_token: Option<&str>, text: &mut Vec<u8>) {
        text.extend_from_slice(if self.begun { b"]" } else { b"{" });
        if let Some(token) = next_page_token {
            text.extend_from_slice(if self.begun {
                b",\"next_page_token\":"
            } else {
                b"\"next_page_token\":"
            });
            put(text, token);
        }
        text.push(b'}');
    }
}

fn put<T: Serialize + ?Sized>(text: &mut Vec<u8>, value: &T) {
    // Finite numbers and texts, into memory: nothing in it can fail.
    let _ = serde_json::to_writer(text, value);
}

fn positive(text: &str) -> Result<i64, ApiError> {
    text.parse().ok().filter(|limit| *limit > 0).ok_or_else(|| {
        ApiError::invalid(format!("Invalid value '{text}' for parameter 'max_results' supplied: expected a positive integer."))
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct BulkIn {
    #[serde(default)]
    run_id: Many<Text>,
    metric_key: Option<Text>,
    max_results: Option<Int>,
}

async fn bulk(State(ctx): State<Context>, Input(input): Input<BulkIn>) -> Result<Response> {
    let key = input.metric_key.ok_or_else(|| {
        ApiError::invalid("GetMetricHistoryBulk request must specify a metric_key.")
    })?;
    let limit = input.max_results.map(|limit| limit.0);
    let runs = tracking::bulk_history(&ctx, input.run_id.into_strings(), &key.0, limit).await?;
    // Unlike the others, this one says so when there is nothing.
    Ok(written(&key.0, &runs, "{\"metrics\":[]}"))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct IntervalIn {
    #[serde(default)]
    run_ids: Many<Text>,
    metric_key: Option<Text>,
    start_step: Option<Int>,
    end_step: Option<Int>,
    max_results: Option<Int>,
}

async fn interval(State(ctx): State<Context>, Input(input): Input<IntervalIn>) -> Result<Response> {
    let key = required(input.metric_key, "metric_key")?.0;
    let interval = Interval {
        from_step: input.start_step.map(|step| step.0),
        to_step: input.end_step.map(|step| step.0),
        max_results: input.max_results.map(|limit| limit.0),
    };
    let runs =
        tracking::sampled_history(&ctx, input.run_ids.into_strings(), &key, interval).await?;
    Ok(written(&key, &runs, "{}"))
}

fn written(key: &str, runs: &[RunPoints], nothing: &'static str) -> Response {
    let (mut writer, mut text) = (Writer::new(key, None), Vec::new());
    for run in runs {
        writer.of_run(Some(&run.run_id));
        writer.points(&run.points, &mut text);
    }
    if !writer.begun {
        return json(Body::from(nothing));
    }
    writer.end(None, &mut text);
    json(Body::from(text))
}
