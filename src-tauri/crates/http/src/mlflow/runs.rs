//! `runs/*` and `metrics/*`

use axum::Json;
use axum::extract::State;
use domain::tracking::{LoggedModelId, Metric, ModelOutput, Param, RunStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use services::Context;
use services::tracking::{self, Batch, NewRun, RunInputs, RunUpdate};

use super::experiments::{TagIn, tags};
use super::input::{Input, required};
use super::runs_wire::{DatasetInputIn, InfoOut, MetricIn, RunOut, RunRef};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::{Double, Int, Many, Text};
use super::{Done, caller, done, runs_search};
use crate::error::{ApiError, Result};

pub fn routes() -> Routes {
    Routes::of("runs")
        .post("/runs/create", Writes, create)
        .get("/runs/get", Reads, runs_search::by_id)
        .giving::<OneRun>()
        .post("/runs/update", Writes, update)
        .post("/runs/delete", Writes, delete)
        .post("/runs/restore", Writes, restore)
        .post("/runs/search", Reads, runs_search::search)
        .giving::<runs_search::Runs>()
        .post("/runs/log-metric", Writes, log_metric)
        .post("/runs/log-parameter", Writes, log_param)
        .post("/runs/log-batch", Writes, log_batch)
        .post("/runs/set-tag", Writes, set_tag)
        .post("/runs/delete-tag", Writes, delete_tag)
        .post("/runs/log-inputs", Writes, log_inputs)
        .post("/runs/outputs", Writes, log_outputs)
        .post("/runs/log-model", Writes, log_model)
}

#[derive(Debug, Serialize, JsonSchema)]
struct OneRun {
    run: RunOut,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CreateIn {
    experiment_id: Option<Text>,
    user_id: Option<Text>,
    run_name: Option<Text>,
    start_time: Option<Int>,
    #[serde(default)]
    tags: Many<TagIn>,
}

async fn create(State(ctx): State<Context>, Input(input): Input<CreateIn>) -> Result<Json<OneRun>> {
    let new = NewRun {
        experiment_id: input.experiment_id.unwrap_or_default().0,
        name: input.run_name.map(|text| text.0),
        user: input.user_id.unwrap_or_default().0,
        started_at_ms: input.start_time.map(|time| time.0),
        tags: tags(input.tags)?,
    };
    let run = tracking::create_run(&ctx, new).await?.into();
    Ok(Json(OneRun { run }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct UpdateIn {
    #[serde(flatten)]
    run: RunRef,
    status: Option<Text>,
    end_time: Option<Int>,
    run_name: Option<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Updated {
    run_info: InfoOut,
}

fn status(text: &str) -> Result<RunStatus, ApiError> {
    match text {
        // The numbers of the protobuf enumeration.
        "1" => Ok(RunStatus::Running),
        "2" => Ok(RunStatus::Scheduled),
        "3" => Ok(RunStatus::Finished),
        "4" => Ok(RunStatus::Failed),
        "5" => Ok(RunStatus::Killed),
        word => word
            .parse()
            .map_err(|error| ApiError::invalid(format!("Invalid run status: {error}."))),
    }
}

async fn update(
    State(ctx): State<Context>,
    Input(input): Input<UpdateIn>,
) -> Result<Json<Updated>> {
    let update = RunUpdate {
        name: input.run_name.map(|text| text.0),
        status: input
            .status
            .filter(|text| !text.0.is_empty())
            .map(|text| status(&text.0))
            .transpose()?,
        ended_at_ms: input.end_time.map(|time| time.0),
    };
    let info = tracking::update_run(&ctx, &input.run.read()?, update).await?;
    Ok(Json(Updated {
        run_info: info.into(),
    }))
}

async fn delete(State(ctx): State<Context>, Input(input): Input<RunRef>) -> Result<Done> {
    tracking::delete_run(&ctx, &caller(), &input.read()?).await?;
    Ok(done())
}

async fn restore(State(ctx): State<Context>, Input(input): Input<RunRef>) -> Result<Done> {
    tracking::restore_run(&ctx, &caller(), &input.read()?).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct LogMetricIn {
    // Written out, not flattened: this is the message that scripts send most, and flattening reads it twice.
    run_id: Option<Text>,
    run_uuid: Option<Text>,
    key: Option<Text>,
    value: Option<Double>,
    timestamp: Option<Int>,
    step: Option<Int>,
    model_id: Option<Text>,
    dataset_name: Option<Text>,
    dataset_digest: Option<Text>,
}

impl LogMetricIn {
    fn read(self) -> Result<(String, Metric), ApiError> {
        let run = RunRef {
            run_id: self.run_id,
            run_uuid: self.run_uuid,
        };
        let metric = MetricIn {
            key: self.key,
            value: self.value,
            timestamp: self.timestamp,
            step: self.step,
            model_id: self.model_id,
            dataset_name: self.dataset_name,
            dataset_digest: self.dataset_digest,
        };
        // The metric first: that is what is said to be missing first.
        let metric = metric.read()?;
        Ok((run.read()?, metric))
    }
}

async fn log_metric(State(ctx): State<Context>, Input(input): Input<LogMetricIn>) -> Result<Done> {
    let (run_id, metric) = input.read()?;
    let batch = Batch {
        metrics: vec![metric],
        ..Batch::default()
    };
    tracking::log_batch(&ctx, &run_id, batch).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ParamIn {
    key: Option<Text>,
    value: Option<Text>,
}

impl ParamIn {
    fn read(self) -> Result<Param, ApiError> {
        Ok(Param {
            key: required(self.key, "key")?.0,
            value: self.value.unwrap_or_default().0,
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct LogParamIn {
    #[serde(flatten)]
    run: RunRef,
    #[serde(flatten)]
    param: ParamIn,
}

async fn log_param(State(ctx): State<Context>, Input(input): Input<LogParamIn>) -> Result<Done> {
    let batch = Batch {
        params: vec![input.param.read()?],
        ..Batch::default()
    };
    tracking::log_batch(&ctx, &input.run.read()?, batch).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct LogBatchIn {
    run_id: Option<Text>,
    #[serde(default)]
    metrics: Many<MetricIn>,
    #[serde(default)]
    params: Many<ParamIn>,
    #[serde(default)]
    tags: Many<TagIn>,
}

async fn log_batch(State(ctx): State<Context>, Input(input): Input<LogBatchIn>) -> Result<Done> {
    let batch = Batch {
        metrics: input
            .metrics
            .0
            .into_iter()
            .map(MetricIn::read)
            .collect::<Result<_>>()?,
        params: input
            .params
            .0
            .into_iter()
            .map(ParamIn::read)
            .collect::<Result<_>>()?,
        tags: tags(input.tags)?,
    };
    tracking::log_batch(&ctx, &required(input.run_id, "run_id")?.0, batch).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SetTagIn {
    #[serde(flatten)]
    run: RunRef,
    #[serde(flatten)]
    tag: TagIn,
}

async fn set_tag(State(ctx): State<Context>, Input(input): Input<SetTagIn>) -> Result<Done> {
    tracking::set_run_tag(&ctx, &input.run.read()?, input.tag.read()?).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DeleteTagIn {
    #[serde(flatten)]
    run: RunRef,
    key: Option<Text>,
}

async fn delete_tag(State(ctx): State<Context>, Input(input): Input<DeleteTagIn>) -> Result<Done> {
    let key = required(input.key, "key")?.0;
    tracking::delete_run_tag(&ctx, &input.run.read()?, &key).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ModelRef {
    model_id: Option<Text>,
    step: Option<Int>,
}

impl ModelRef {
    fn read(self) -> Result<ModelOutput, ApiError> {
        let id = required(self.model_id, "model_id")?.0;
        Ok(ModelOutput {
            model_id: LoggedModelId::parse(&id)?,
            step: self.step.unwrap_or_default().0,
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct LogInputsIn {
    run_id: Option<Text>,
    #[serde(default)]
    datasets: Many<DatasetInputIn>,
    #[serde(default)]
    models: Many<ModelRef>,
}

async fn log_inputs(State(ctx): State<Context>, Input(input): Input<LogInputsIn>) -> Result<Done> {
    let model = |model: ModelRef| model.read().map(|read| read.model_id);
    let inputs = RunInputs {
        datasets: input
            .datasets
            .0
            .into_iter()
            .map(DatasetInputIn::read)
            .collect::<Result<_>>()?,
        models: input
            .models
            .0
            .into_iter()
            .map(model)
            .collect::<Result<_>>()?,
    };
    tracking::log_inputs(&ctx, &required(input.run_id, "run_id")?.0, inputs).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct LogOutputsIn {
    run_id: Option<Text>,
    #[serde(default)]
    models: Many<ModelRef>,
}

async fn log_outputs(
    State(ctx): State<Context>,
    Input(input): Input<LogOutputsIn>,
) -> Result<Done> {
    let outputs = input
        .models
        .0
        .into_iter()
        .map(ModelRef::read)
        .collect::<Result<Vec<_>>>()?;
    tracking::log_outputs(&ctx, &required(input.run_id, "run_id")?.0, &outputs).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct LogModelIn {
    run_id: Option<Text>,
    model_json: Option<Text>,
}

async fn log_model(State(ctx): State<Context>, Input(input): Input<LogModelIn>) -> Result<Done> {
    let model_json = required(input.model_json, "model_json")?.0;
    tracking::log_model_record(&ctx, &required(input.run_id, "run_id")?.0, &model_json).await?;
    Ok(done())
}
