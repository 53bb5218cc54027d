//! Registered models and their versions.

use domain::tracking::Tag;
use serde::Deserialize;

use super::{KeyValue, int};
use crate::import::source::{SourceModel, SourceVersion};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RegisteredModel {
    name: String,
    description: String,
    #[serde(deserialize_with = "int")]
    creation_timestamp: i64,
    #[serde(deserialize_with = "int")]
    last_updated_timestamp: i64,
    tags: Vec<KeyValue>,
    aliases: Vec<AliasWire>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AliasWire {
    alias: String,
    #[serde(deserialize_with = "int")]
    version: i64,
}

impl From<RegisteredModel> for SourceModel {
    fn from(wire: RegisteredModel) -> Self {
        Self {
            name: wire.name,
            description: wire.description,
            created_at_ms: wire.creation_timestamp,
            updated_at_ms: wire.last_updated_timestamp,
            tags: wire.tags.into_iter().map(Tag::from).collect(),
            aliases: wire
                .aliases
                .into_iter()
                .map(|a| (a.alias, a.version))
                .collect(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ModelVersion {
    #[serde(deserialize_with = "int")]
    version: i64,
    #[serde(deserialize_with = "int")]
    creation_timestamp: i64,
    #[serde(deserialize_with = "int")]
    last_updated_timestamp: i64,
    user_id: String,
    current_stage: String,
    description: String,
    source: String,
    run_id: String,
    run_link: String,
    model_id: String,
    status: String,
    status_message: String,
    tags: Vec<KeyValue>,
}

impl From<ModelVersion> for SourceVersion {
    fn from(wire: ModelVersion) -> Self {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            version: wire.version,
            stage: wire.current_stage,
            description: wire.description,
            source: wire.source,
            storage_location: None,
            run_id: some(wire.run_id),
            run_link: wire.run_link,
            model_id: some(wire.model_id),
            user: wire.user_id,
            status: wire.status,
            status_message: wire.status_message,
            created_at_ms: wire.creation_timestamp,
            updated_at_ms: wire.last_updated_timestamp,
            tags: wire.tags.into_iter().map(Tag::from).collect(),
        }
    }
}
