//! `traces/*` of version 3, and those of version 2 that clients of version 3 still call.

use axum::Json;
use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use services::traces::{self, DeleteTraces};
use services::{Context, SearchQuery};

use super::input::{Input, required};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::traces_wire::{LocationIn, TraceInfoIn, TraceInfoOut, TraceOut};
use super::values::{Flag, Int, Many, Text};
use super::{Done, caller, done};
use crate::error::{ApiError, Result};

const TRACES_PER_PAGE: i64 = 100;

/// Below `/3.0/mlflow`.
pub fn routes() -> Routes {
    Routes::of("traces")
        .post("/traces", Writes, start)
        .post("/traces/search", Reads, search)
        .get("/traces/get", Reads, whole)
        .get("/traces/batchGet", Reads, several)
        .post("/traces/batchGetInfos", Reads, several_heads)
        .post("/traces/delete-traces", Writes, delete_traces)
        .get("/traces/{trace_id}", Reads, by_id)
        .patch("/traces/{trace_id}/tags", Writes, set_tag)
        .delete("/traces/{trace_id}/tags", Writes, delete_tag)
}

/// Below `/2.0/mlflow`: clients of version 3 send these there.
pub fn version_2_routes() -> Routes {
    Routes::of("traces")
        .post("/traces/delete-traces", Writes, delete_traces)
        .post("/traces/link-to-run", Writes, link_to_run)
        .post("/traces/link-prompts", Writes, link_prompts)
        .patch("/traces/{request_id}/tags", Writes, set_tag)
        .delete("/traces/{request_id}/tags", Writes, delete_tag)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TraceIn {
    trace_info: Option<TraceInfoIn>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct StartIn {
    trace: Option<TraceIn>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OneTrace {
    trace: TraceOut,
}

async fn start(State(ctx): State<Context>, Input(input): Input<StartIn>) -> Result<Json<OneTrace>> {
    let info = input.trace.and_then(|trace| trace.trace_info);
    let info = info.ok_or_else(|| {
        ApiError::invalid("Missing value for required parameter 'trace.trace_info'.")
    })?;
    let recorded = traces::record_trace(&ctx, info.into_new()?).await?;
    Ok(Json(OneTrace {
        trace: TraceOut::head(recorded),
    }))
}

async fn by_id(State(ctx): State<Context>, Path(id): Path<String>) -> Result<Json<OneTrace>> {
    let info = traces::trace_info(&ctx, &id).await?;
    Ok(Json(OneTrace {
        trace: TraceOut::head(info),
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct WholeIn {
    trace_id: Option<Text>,
    allow_partial: Option<Flag>,
}

async fn whole(State(ctx): State<Context>, Input(input): Input<WholeIn>) -> Result<Json<OneTrace>> {
    let id = required(input.trace_id, "trace_id")?.0;
    let partial = input.allow_partial.unwrap_or_default().0;
    Ok(Json(OneTrace {
        trace: traces::trace(&ctx, &id, partial).await?.into(),
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SeveralIn {
    #[serde(default)]
    trace_ids: Many<Text>,
    /// Traces of other experiments are left out.
    #[serde(default)]
    experiment_ids: Option<Many<Text>>,
}

impl SeveralIn {
    fn wanted(self) -> Result<(Vec<String>, Option<Vec<String>>)> {
        let ids = self.trace_ids.into_strings();
        if ids.is_empty() {
            return Err(ApiError::invalid(
                "Missing value for required parameter 'trace_ids'.",
            ));
        }
        Ok((ids, self.experiment_ids.map(Many::into_strings)))
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct Traces {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traces: Vec<TraceOut>,
}

fn is_among(experiments: Option<&Vec<String>>, id: &str) -> bool {
    experiments.is_none_or(|known| known.iter().any(|known| known == id))
}

async fn several(
    State(ctx): State<Context>,
    Input(input): Input<SeveralIn>,
) -> Result<Json<Traces>> {
    let (ids, experiments) = input.wanted()?;
    let mut found = traces::traces(&ctx, &ids).await?;
    found.retain(|trace| is_among(experiments.as_ref(), trace.info.experiment_id.as_str()));
    Ok(Json(Traces {
        traces: found.into_iter().map(Into::into).collect(),
    }))
}

#[derive(Debug, Serialize, JsonSchema)]
struct Heads {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trace_infos: Vec<TraceInfoOut>,
}

async fn several_heads(
    State(ctx): State<Context>,
    Input(input): Input<SeveralIn>,
) -> Result<Json<Heads>> {
    let (ids, experiments) = input.wanted()?;
    let mut found = traces::trace_infos(&ctx, &ids).await?;
    found.retain(|info| is_among(experiments.as_ref(), info.experiment_id.as_str()));
    Ok(Json(Heads {
        trace_infos: found.into_iter().map(Into::into).collect(),
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SearchIn {
    #[serde(default)]
    locations: Many<LocationIn>,
    filter: Option<Text>,
    max_results: Option<Int>,
    #[serde(default)]
    order_by: Many<Text>,
    page_token: Option<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traces: Vec<TraceInfoOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn search(State(ctx): State<Context>, Input(input): Input<SearchIn>) -> Result<Json<Found>> {
    let locations = input.locations.0.into_iter();
    let experiment_ids: Vec<String> = locations.filter_map(LocationIn::experiment_id).collect();
    if experiment_ids.is_empty() {
        return Err(ApiError::invalid(
            "Missing value for required parameter 'locations': name at least one experiment.",
        ));
    }
    let query = SearchQuery {
        experiment_ids,
        filter: input.filter.unwrap_or_default().0,
        order_by: input.order_by.into_strings(),
        max_results: input.max_results.map_or(TRACES_PER_PAGE, |max| max.0),
        page_token: input.page_token.map(|text| text.0),
    };
    let page = traces::search_traces(&ctx, query).await?;
    Ok(Json(Found {
        traces: page.items.into_iter().map(Into::into).collect(),
        next_page_token: page.next_page_token,
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DeleteIn {
    experiment_id: Option<Text>,
    max_timestamp_millis: Option<Int>,
    max_traces: Option<Int>,
    #[serde(default)]
    request_ids: Many<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Deleted {
    traces_deleted: usize,
}

async fn delete_traces(
    State(ctx): State<Context>,
    Input(input): Input<DeleteIn>,
) -> Result<Json<Deleted>> {
    let wanted = DeleteTraces {
        experiment_id: required(input.experiment_id, "experiment_id")?.0,
        trace_ids: input.request_ids.into_strings(),
        until_ms: input.max_timestamp_millis.map(|ms| ms.0),
        traces_max: input.max_traces.map(|max| max.0),
    };
    let traces_deleted = traces::delete_traces(&ctx, &caller(), wanted).await?;
    Ok(Json(Deleted { traces_deleted }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TagIn {
    key: Option<Text>,
    value: Option<Text>,
}

async fn set_tag(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<TagIn>,
) -> Result<Done> {
    let key = required(input.key, "key")?.0;
    let value = input.value.unwrap_or_default().0;
    traces::set_trace_tag(&ctx, &id, &key, &value).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct KeyIn {
    key: Option<Text>,
}

async fn delete_tag(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<KeyIn>,
) -> Result<Done> {
    let key = required(input.key, "key")?.0;
    traces::delete_trace_tag(&ctx, &id, &key).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct LinkIn {
    #[serde(default)]
    trace_ids: Many<Text>,
    run_id: Option<Text>,
}

async fn link_to_run(State(ctx): State<Context>, Input(input): Input<LinkIn>) -> Result<Done> {
    let run_id = required(input.run_id, "run_id")?.0;
    traces::link_to_run(&ctx, &input.trace_ids.into_strings(), &run_id).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PromptIn {
    name: Option<Text>,
    version: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PromptsIn {
    trace_id: Option<Text>,
    #[serde(default)]
    prompt_versions: Many<PromptIn>,
}

async fn link_prompts(State(ctx): State<Context>, Input(input): Input<PromptsIn>) -> Result<Done> {
    let trace_id = required(input.trace_id, "trace_id")?.0;
    let prompts = input.prompt_versions.0.into_iter().map(|prompt| {
        Ok((
            required(prompt.name, "prompt_versions.name")?.0,
            required(prompt.version, "prompt_versions.version")?.0,
        ))
    });
    let prompts = prompts.collect::<Result<Vec<_>>>()?;
    traces::link_prompts(&ctx, &trace_id, &prompts).await?;
    Ok(done())
}
