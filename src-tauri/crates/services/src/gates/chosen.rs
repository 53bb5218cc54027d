//! Which gate file holds: the newest revision in the registry, else the model's tags, else the defaults; or a file that
//! was named.

use std::path::{Path, PathBuf};

use domain::gates::GateFile;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::Tx;
use store::registry as rows;

use super::tags;
use crate::Context;
use crate::error::{Result, ServiceError};

/// Where the limits come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum GateFileOrigin {
    /// A revision in the registry.
    Registry,
    /// The model's tags `gate.*`.
    Tags,
    /// Neither: what every model is asked.
    Default,
    /// A file on disk.
    Disk,
}

/// What names a gate file in the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GateFileRef {
    pub origin: GateFileOrigin,
    #[specta(type = Option<specta_typescript::Number>)]
    pub revision: Option<i64>,
    /// Of its text.
    pub sha256: String,
    /// Of a file on disk.
    pub file_name: Option<String>,
}

/// A gate file, read.
#[derive(Debug, Clone)]
pub struct ChosenGateFile {
    pub about: GateFileRef,
    /// Where a file on disk lies: the files that it names may lie beside it.
    pub folder: Option<PathBuf>,
    pub text: String,
    pub file: GateFile,
}

impl ChosenGateFile {
    fn new(origin: GateFileOrigin, text: String, whose: &str) -> Result<Self> {
        Ok(Self {
            about: GateFileRef {
                origin,
                revision: None,
                sha256: sha256(&text),
                file_name: None,
            },
            folder: None,
            file: tags::read(&text, whose)?,
            text,
        })
    }

    /// What every model is asked that has nothing of its own.
    pub(super) fn by_default() -> Result<Self> {
        Self::new(
            GateFileOrigin::Default,
            tags::default_text().to_owned(),
            "the default gate file",
        )
    }
}

pub(super) fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// The gate file that holds for a model now.
pub(super) async fn of_model(ctx: &Context, name: &str) -> Result<ChosenGateFile> {
    if let Some(row) = rows::latest_gate_file(ctx.store.pool(), name).await? {
        let whose = format!("gate file revision {} of {name}", row.revision);
        let mut chosen = ChosenGateFile::new(GateFileOrigin::Registry, row.body, &whose)?;
        chosen.about.revision = Some(row.revision);
        return Ok(chosen);
    }
    let model_tags = rows::model_tags(ctx.store.pool(), Some(name)).await?;
    match tags::text_of(name, &model_tags)? {
        Some(text) => ChosenGateFile::new(GateFileOrigin::Tags, text, "the model's gate tags"),
        None => ChosenGateFile::by_default(),
    }
}

/// Whether a gate file is still the one that holds, read in the transaction that rests on it.
pub(crate) async fn still_holds(tx: &mut Tx, name: &str, about: &GateFileRef) -> Result<bool> {
    let latest = rows::latest_gate_file(tx, name).await?;
    Ok(latest.map(|row| row.revision) == about.revision)
}

/// A gate file on disk.
pub async fn gate_file_on_disk(path: &Path) -> Result<ChosenGateFile> {
    let text = tokio::fs::read_to_string(path).await.map_err(|error| {
        ServiceError::invalid("file", format!("cannot read {}: {error}", path.display()))
    })?;
    let mut chosen = ChosenGateFile::new(GateFileOrigin::Disk, text, &path.display().to_string())?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    chosen.about.file_name = name;
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    chosen.folder = path.parent().map(Path::to_owned);
    Ok(chosen)
}
