//! Gate files in the registry: each change is a revision, audited, and told to whoever looks.

use domain::audit::Actor;
use domain::gates::{AskedGate, GateFileError, asked, parse};
use domain::names::shortened;
use serde::{Deserialize, Serialize};
use store::registry::{self as rows, GateFileRow};

use super::chosen::{GateFileRef, of_model, sha256};
use crate::error::{Result, ServiceError};
use crate::registry::get_model_row;
use crate::{ChangeKind, Context};

const NOTE_CHARS_MAX: usize = 500;

/// One revision of a model's gate file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GateFileRevision {
    #[specta(type = specta_typescript::Number)]
    pub revision: i64,
    pub text: String,
    pub sha256: String,
    pub actor: String,
    pub note: String,
    #[specta(type = specta_typescript::Number)]
    pub at_ms: i64,
}

/// What holds for a model, and what held before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GateFileView {
    pub model: String,
    pub about: GateFileRef,
    pub text: String,
    pub asked: Vec<AskedGate>,
    /// Newest first; the first one holds.
    pub revisions: Vec<GateFileRevision>,
}

/// What a text would ask, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GateFileCheck {
    pub asked: Vec<AskedGate>,
    pub errors: Vec<GateFileError>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SaveGateFileInput {
    pub name: String,
    pub text: String,
    /// Why.
    pub note: String,
    /// The revision that was changed; another one meanwhile is a conflict. `None` where there was none.
    #[specta(type = Option<specta_typescript::Number>)]
    pub base: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RestoreGateFileInput {
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub revision: i64,
}

/// Reads a gate file that is being written.
#[must_use]
pub fn check_gate_file(text: &str) -> GateFileCheck {
    match parse(text) {
        Ok(file) => GateFileCheck {
            asked: asked(&file),
            errors: Vec::new(),
        },
        Err(errors) => GateFileCheck {
            asked: Vec::new(),
            errors,
        },
    }
}

/// The gate file that holds for a model, with its revisions.
pub async fn gate_file(ctx: &Context, name: &str) -> Result<GateFileView> {
    get_model_row(ctx, name).await?;
    let chosen = of_model(ctx, name).await?;
    let revisions = rows::gate_files(ctx.store.pool(), name).await?;
    Ok(GateFileView {
        model: name.to_owned(),
        asked: asked(&chosen.file),
        about: chosen.about,
        text: chosen.text,
        revisions: revisions.into_iter().map(GateFileRevision::from).collect(),
    })
}

/// Saves a text as the next revision.
///
/// # Errors
/// What is wrong with the text, each with its line; a conflict when somebody saved another revision meanwhile.
pub async fn save_gate_file(
    ctx: &Context,
    actor: &Actor,
    input: SaveGateFileInput,
) -> Result<GateFileView> {
    let note = input.note.trim();
    if note.chars().count() > NOTE_CHARS_MAX {
        return Err(ServiceError::invalid(
            "note",
            format!("a note has at most {NOTE_CHARS_MAX} characters"),
        ));
    }
    super::tags::read(&input.text, "this gate file cannot be saved")?;
    let base = |latest: Option<i64>| {
        if latest == input.base {
            return Ok(());
        }
        Err(ServiceError::state(format!(
            "revision {} of this gate file was saved meanwhile; look at it and save again",
            latest.unwrap_or_default()
        )))
    };
    append(ctx, actor, &input.name, &input.text, note, base).await?;
    gate_file(ctx, &input.name).await
}

/// An older revision holds again, as a new revision.
pub async fn restore_gate_file(
    ctx: &Context,
    actor: &Actor,
    input: RestoreGateFileInput,
) -> Result<GateFileView> {
    get_model_row(ctx, &input.name).await?;
    let older = rows::gate_files(ctx.store.pool(), &input.name)
        .await?
        .into_iter()
        .find(|row| row.revision == input.revision)
        .ok_or_else(|| {
            ServiceError::not_found(format!(
                "{} has no gate file revision {}",
                input.name, input.revision
            ))
        })?;
    let whose = format!("gate file revision {}", input.revision);
    super::tags::read(&older.body, &whose)?;
    let note = format!("revision {} restored", input.revision);
    append(ctx, actor, &input.name, &older.body, &note, |_| Ok(())).await?;
    gate_file(ctx, &input.name).await
}

async fn append(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    text: &str,
    note: &str,
    allowed: impl FnOnce(Option<i64>) -> Result<()>,
) -> Result<()> {
    get_model_row(ctx, name).await?;
    let mut tx = ctx.store.begin().await?;
    rows::lock_model(&mut tx, name).await?;
    let latest = rows::latest_gate_file(&mut tx, name).await?;
    allowed(latest.as_ref().map(|row| row.revision))?;
    let row = GateFileRow {
        model: name.to_owned(),
        revision: latest.map_or(0, |row| row.revision) + 1,
        body: text.to_owned(),
        sha256: sha256(text),
        actor: actor.name.clone(),
        note: note.to_owned(),
        at_ms: ctx.now_ms(),
    };
    rows::insert_gate_file(&mut tx, &row).await?;
    let told = format!(
        "revision {}, sha256 {}: {}",
        row.revision,
        shortened(&row.sha256, 12),
        note
    );
    let subject = format!("model/{name}");
    crate::audit::note(&mut tx, row.at_ms, actor, "gate_file.save", &subject, &told).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Models.of(name)]);
    Ok(())
}

impl From<GateFileRow> for GateFileRevision {
    fn from(row: GateFileRow) -> Self {
        Self {
            revision: row.revision,
            text: row.body,
            sha256: row.sha256,
            actor: row.actor,
            note: row.note,
            at_ms: row.at_ms,
        }
    }
}
