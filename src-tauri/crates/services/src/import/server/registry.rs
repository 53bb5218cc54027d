//! Registered models and versions of a server.

use serde::Deserialize;

use super::Server;
use super::wire::{ModelVersion, RegisteredModel};
use crate::import::source::{Read, SourceError, SourceModel, SourceVersion};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Models {
    registered_models: Vec<RegisteredModel>,
    next_page_token: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Versions {
    model_versions: Vec<ModelVersion>,
    next_page_token: String,
}

#[derive(Deserialize)]
struct DownloadUri {
    artifact_uri: String,
}

impl Server {
    pub async fn models(&self) -> Read<Vec<SourceModel>> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let mut query = vec![("max_results", "100")];
            if !token.is_empty() {
                query.push(("page_token", &token));
            }
            let page: Models = match self
                .get("api/2.0/mlflow/registered-models/search", &query)
                .await
            {
                Ok(page) => page,
                // A server on a plain folder may have no registry at all.
                Err(SourceError::Refused(text)) if text.contains("ENDPOINT_NOT_FOUND") => {
                    return Ok(all);
                }
                Err(other) => return Err(other),
            };
            all.extend(page.registered_models.into_iter().map(SourceModel::from));
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(all);
            }
        }
    }

    pub async fn versions(&self, model: &SourceModel) -> Read<Vec<SourceVersion>> {
        // A name in quotes that it does not hold itself.
        let filter = if model.name.contains('\'') {
            format!("name=\"{}\"", model.name)
        } else {
            format!("name='{}'", model.name)
        };
        let mut all: Vec<SourceVersion> = Vec::new();
        let mut token = String::new();
        loop {
            let mut query = vec![("filter", filter.as_str()), ("max_results", "1000")];
            if !token.is_empty() {
                query.push(("page_token", &token));
            }
            let page: Versions = self
                .get("api/2.0/mlflow/model-versions/search", &query)
                .await?;
            all.extend(page.model_versions.into_iter().map(SourceVersion::from));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        all.sort_by_key(|version| version.version);
        for version in &mut all {
            // `models:/...` says which model, not where its files stand.
            if version.source.starts_with("models:") {
                version.storage_location = self.download_uri(&model.name, version.version).await?;
            }
        }
        Ok(all)
    }

    async fn download_uri(&self, name: &str, version: i64) -> Read<Option<String>> {
        let number = version.to_string();
        let query = [("name", name), ("version", number.as_str())];
        let found: Read<DownloadUri> = self
            .get("api/2.0/mlflow/model-versions/get-download-uri", &query)
            .await;
        match found {
            Ok(found) => Ok(Some(found.artifact_uri)),
            Err(gone @ SourceError::Gone(_)) => Err(gone),
            Err(_) => Ok(None),
        }
    }
}
