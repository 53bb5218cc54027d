//! All that a run read and made: datasets, logged models, the versions registered from them, the endpoints that answer.

use domain::registry::Stage;
use domain::tracking::{DatasetInput, LoggedModelId, LoggedModelStatus};
use serde::{Deserialize, Serialize};
use store::registry as registry_rows;
use store::tracking::logged_models;

use super::runs::run;
use super::view::{Pair, Run};
use crate::Context;
use crate::artifacts::model_folders;
use crate::deployment::{Endpoint, list_endpoints};
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DatasetUse {
    pub name: String,
    pub digest: String,
    /// `train`, `eval`, ...
    pub context: Option<String>,
    pub source_type: String,
    pub source: String,
    pub schema: Option<String>,
    pub profile: Option<String>,
    pub tags: Vec<Pair>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum ModelRole {
    Input,
    Output,
}

/// A logged model that the run read or made. One of another server, or one deleted for good, has an id and nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelUse {
    pub model_id: String,
    pub role: ModelRole,
    #[specta(type = Option<specta_typescript::Number>)]
    pub step: Option<i64>,
    pub name: Option<String>,
    /// Among the run's files, if the run made it and they stand in this workspace.
    pub folder: Option<String>,
    /// It is in the trash.
    pub deleted: bool,
    pub status: Option<String>,
    pub model_type: Option<String>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub created_at_ms: Option<i64>,
}

/// A registered version that was made from the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RunVersion {
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    pub stage: Stage,
    pub model_id: Option<String>,
    pub digest: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RunDetail {
    pub run: Run,
    pub experiment_name: String,
    pub datasets: Vec<DatasetUse>,
    pub models: Vec<ModelUse>,
    pub versions: Vec<RunVersion>,
    pub endpoints: Vec<Endpoint>,
}

pub async fn run_detail(ctx: &Context, run_id: &str) -> Result<RunDetail> {
    let pool = ctx.store.pool();
    let noun = run(ctx, run_id).await?;
    let experiment = super::experiment(ctx, noun.info.experiment_id.as_str()).await?;
    let mut models = Vec::new();
    for id in &noun.model_inputs {
        models.push(model_use(ctx, id, ModelRole::Input, None).await?);
    }
    let folders = model_folders(ctx, &noun.info.id).await?;
    for output in &noun.model_outputs {
        let made = model_use(ctx, &output.model_id, ModelRole::Output, Some(output.step)).await?;
        let own = folders.iter().find(|own| own.model_id == made.model_id);
        models.push(ModelUse {
            folder: own.map(|own| own.folder.clone()),
            ..made
        });
    }
    let versions: Vec<RunVersion> = registry_rows::versions_of_run(pool, noun.info.id.as_str())
        .await?
        .into_iter()
        .map(|row| RunVersion {
            name: row.name,
            version: row.version,
            stage: row.stage.0,
            model_id: row.model_id,
            digest: row.digest,
        })
        .collect();
    let serves = |endpoint: &Endpoint| {
        versions
            .iter()
            .any(|v| v.name == endpoint.model_name && v.version == endpoint.version)
    };
    let endpoints = list_endpoints(ctx)
        .await?
        .into_iter()
        .filter(serves)
        .collect();
    Ok(RunDetail {
        experiment_name: experiment.name,
        datasets: noun.datasets.iter().map(DatasetUse::from).collect(),
        run: Run::from(noun),
        models,
        versions,
        endpoints,
    })
}

async fn model_use(
    ctx: &Context,
    id: &LoggedModelId,
    role: ModelRole,
    step: Option<i64>,
) -> Result<ModelUse> {
    let known = logged_models::by_id(ctx.store.pool(), id).await?;
    let nothing_more = ModelUse {
        model_id: id.as_str().to_owned(),
        role,
        step,
        name: None,
        folder: None,
        deleted: false,
        status: None,
        model_type: None,
        created_at_ms: None,
    };
    if let Some(model) = known {
        return Ok(ModelUse {
            name: Some(model.name),
            status: Some(status_word(model.status).to_owned()),
            model_type: model.model_type,
            created_at_ms: Some(model.created_at_ms),
            ..nothing_more
        });
    }
    let name = logged_models::deleted_name(ctx.store.pool(), id).await?;
    Ok(ModelUse {
        deleted: name.is_some(),
        name,
        ..nothing_more
    })
}

fn status_word(status: LoggedModelStatus) -> &'static str {
    status.as_str()
}

impl From<&DatasetInput> for DatasetUse {
    fn from(dataset: &DatasetInput) -> Self {
        Self {
            name: dataset.name.clone(),
            digest: dataset.digest.clone(),
            context: dataset.context().map(str::to_owned),
            source_type: dataset.source_type.clone(),
            source: dataset.source.clone(),
            schema: dataset.schema.clone(),
            profile: dataset.profile.clone(),
            tags: dataset
                .tags
                .iter()
                .map(|tag| Pair::new(&tag.key, &tag.value))
                .collect(),
        }
    }
}
