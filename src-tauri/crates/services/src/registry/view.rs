//! Registry rows put together for those who look: the window and MLflow's wire.

use std::collections::HashMap;

use domain::deployment::Verdict;
use domain::registry::{LegalMove, Stage};
use serde::{Deserialize, Serialize};
use store::Pool;
use store::registry::{self as rows, ModelRow, VersionRow};

use crate::error::Result;
use crate::tracking::{Pair, RunMetric};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Alias {
    pub alias: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredModel {
    pub name: String,
    pub description: String,
    pub tags: Vec<Pair>,
    pub aliases: Vec<Alias>,
    #[specta(type = specta_typescript::Number)]
    pub created_at_ms: i64,
    #[specta(type = specta_typescript::Number)]
    pub updated_at_ms: i64,
    #[specta(type = specta_typescript::Number)]
    pub version_count: i64,
    #[specta(type = Option<specta_typescript::Number>)]
    pub latest_version: Option<i64>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub staging_version: Option<i64>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub production_version: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GateSummary {
    pub verdict: Verdict,
    pub passed: u32,
    pub total: u32,
    #[specta(type = specta_typescript::Number)]
    pub checked_at_ms: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelVersion {
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    pub stage: Stage,
    pub legal_moves: Vec<LegalMove>,
    pub aliases: Vec<String>,
    pub run_id: Option<String>,
    pub run_name: Option<String>,
    /// Of the run, so that one click opens it.
    pub experiment_id: Option<String>,
    pub description: String,
    pub source: String,
    pub digest: Option<String>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub size_bytes: Option<i64>,
    #[specta(type = specta_typescript::Number)]
    pub created_at_ms: i64,
    #[specta(type = specta_typescript::Number)]
    pub updated_at_ms: i64,
    pub status: String,
    pub tags: Vec<Pair>,
    pub metrics: Vec<RunMetric>,
    pub gate: Option<GateSummary>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct StageTransition {
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    pub from: Stage,
    pub to: Stage,
    pub actor: String,
    pub reason: String,
    #[specta(type = specta_typescript::Number)]
    pub at_ms: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelDetail {
    pub model: RegisteredModel,
    pub versions: Vec<ModelVersion>,
    pub transitions: Vec<StageTransition>,
}

/// A model with what hangs on it.
#[derive(Debug, Clone)]
pub struct ModelView {
    pub row: ModelRow,
    pub tags: Vec<Pair>,
    pub aliases: Vec<Alias>,
    /// Newest first.
    pub versions: Vec<VersionView>,
}

/// A version with what hangs on it.
#[derive(Debug, Clone)]
pub struct VersionView {
    pub row: VersionRow,
    pub tags: Vec<Pair>,
    pub aliases: Vec<String>,
}

/// One model by name, or all, with versions, tags and aliases: four statements however many there are.
pub async fn model_views(pool: &Pool, name: Option<&str>) -> Result<Vec<ModelView>> {
    let models = match name {
        Some(name) => rows::model(pool, name).await?.into_iter().collect(),
        None => rows::all_models(pool).await?,
    };
    let mut versions: HashMap<String, Vec<VersionView>> = HashMap::new();
    for view in version_views(pool, rows::versions(pool, name).await?, name).await? {
        versions
            .entry(view.row.name.clone())
            .or_default()
            .push(view);
    }
    let mut tags: HashMap<String, Vec<Pair>> = HashMap::new();
    for tag in rows::model_tags(pool, name).await? {
        tags.entry(tag.name).or_default().push(Pair {
            key: tag.key,
            value: tag.value,
        });
    }
    let mut aliases: HashMap<String, Vec<Alias>> = HashMap::new();
    for row in rows::aliases(pool, name).await? {
        aliases.entry(row.name).or_default().push(Alias {
            alias: row.alias,
            version: row.version,
        });
    }
    Ok(models
        .into_iter()
        .map(|row| ModelView {
            tags: tags.remove(&row.name).unwrap_or_default(),
            aliases: aliases.remove(&row.name).unwrap_or_default(),
            versions: versions.remove(&row.name).unwrap_or_default(),
            row,
        })
        .collect())
}

/// Tags and aliases joined to version rows. `name` narrows the reading when all rows are of one model.
pub async fn version_views(
    pool: &Pool,
    versions: Vec<VersionRow>,
    name: Option<&str>,
) -> Result<Vec<VersionView>> {
    let mut tags: HashMap<(String, i64), Vec<Pair>> = HashMap::new();
    for tag in rows::version_tags(pool, name).await? {
        tags.entry((tag.name, tag.version)).or_default().push(Pair {
            key: tag.key,
            value: tag.value,
        });
    }
    let mut aliases: HashMap<(String, i64), Vec<String>> = HashMap::new();
    for row in rows::aliases(pool, name).await? {
        aliases
            .entry((row.name, row.version))
            .or_default()
            .push(row.alias);
    }
    Ok(versions
        .into_iter()
        .map(|row| {
            let key = (row.name.clone(), row.version);
            VersionView {
                tags: tags.remove(&key).unwrap_or_default(),
                aliases: aliases.remove(&key).unwrap_or_default(),
                row,
            }
        })
        .collect())
}

impl From<&ModelView> for RegisteredModel {
    fn from(view: &ModelView) -> Self {
        let standing = |stage: Stage| {
            view.versions
                .iter()
                .find(|v| v.row.stage.0 == stage)
                .map(|v| v.row.version)
        };
        Self {
            name: view.row.name.clone(),
            description: view.row.description.clone(),
            tags: view.tags.clone(),
            aliases: view.aliases.clone(),
            created_at_ms: view.row.created_at_ms,
            updated_at_ms: view.row.updated_at_ms,
            version_count: view.versions.len() as i64,
            latest_version: view.versions.first().map(|v| v.row.version),
            staging_version: standing(Stage::Staging),
            production_version: standing(Stage::Production),
        }
    }
}

/// Which version is meant.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct VersionInput {
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
}
