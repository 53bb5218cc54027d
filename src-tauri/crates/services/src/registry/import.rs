//! Writes that keep what another registry has given already: version numbers with their gaps, stages, times.
//!
//! Only an import calls these; everyone else gets the next number, and stages by legal moves.

use domain::audit::Actor;
use domain::names::{MODEL_TAG_VALUE_CHARS_MAX, check_model_name, truncated};
use domain::registry::Stage;
use domain::tracking::Tag;
use store::Tx;
use store::registry::{self as rows, ModelRow, StageText, TransitionRow, VersionRow};

use super::change::{audit, commit};
use crate::Context;
use crate::error::Result;
use crate::models::manifest;

/// A model with those of its versions that are to be written.
#[derive(Debug)]
pub(crate) struct KeptModel {
    pub row: ModelRow,
    /// Whether description, tags and aliases are to be written too.
    pub told_anew: bool,
    pub tags: Vec<Tag>,
    pub aliases: Vec<(String, i64)>,
    pub versions: Vec<(VersionRow, Vec<Tag>)>,
    /// Where it comes from, for the history of stages.
    pub source: String,
}

/// Writes a model in one transaction: all of it as its source has it, or nothing.
pub(crate) async fn keep_model(ctx: &Context, actor: &Actor, mut model: KeptModel) -> Result<()> {
    check_model_name(&model.row.name)?;
    for (version, _) in &mut model.versions {
        if let Some(path) = &version.artifact_path
            && let Some(taken) = manifest(ctx, path).await?
        {
            version.digest = Some(taken.digest);
            version.size_bytes = Some(taken.size_bytes);
        }
    }
    let name = model.row.name.clone();
    let mut tx = ctx.store.begin().await?;
    match rows::lock_model(&mut tx, &name).await? {
        None => rows::insert_model(&mut tx, &model.row).await?,
        Some(_) if model.told_anew => {
            let row = &model.row;
            rows::set_model_description(&mut tx, &name, &row.description, row.updated_at_ms)
                .await?;
        }
        Some(_) => {}
    }
    for (version, tags) in &model.versions {
        keep_version(&mut tx, actor, version, tags, &model.source).await?;
    }
    if model.told_anew {
        for tag in &model.tags {
            let value = truncated(&tag.value, MODEL_TAG_VALUE_CHARS_MAX);
            rows::set_model_tag(&mut tx, &name, &tag.key, value).await?;
        }
        for (alias, version) in &model.aliases {
            rows::set_alias(&mut tx, &name, alias, *version).await?;
        }
    }
    let told = format!("{} versions from {}", model.versions.len(), model.source);
    audit(&mut tx, ctx.now_ms(), actor, "model.import", &name, &told).await?;
    commit(ctx, tx, &name).await
}

async fn keep_version(
    tx: &mut Tx,
    actor: &Actor,
    version: &VersionRow,
    tags: &[Tag],
    source: &str,
) -> Result<()> {
    let (name, number) = (&version.name, version.version);
    let at_ms = version.updated_at_ms;
    let stood = rows::version(&mut *tx, name, number).await?;
    let from = match &stood {
        None => {
            rows::insert_version(tx, version).await?;
            Stage::None
        }
        Some(stood) => {
            let text = &version.description;
            rows::set_version_description(tx, name, number, text, at_ms).await?;
            if let (Some(digest), Some(size_bytes)) = (&version.digest, version.size_bytes) {
                rows::set_version_digest(tx, name, number, digest, size_bytes).await?;
            }
            stood.stage.0
        }
    };
    for tag in tags {
        let value = truncated(&tag.value, MODEL_TAG_VALUE_CHARS_MAX);
        rows::set_version_tag(tx, name, number, &tag.key, value).await?;
    }
    let to = version.stage.0;
    if from != to {
        rows::set_stage(tx, name, number, to, at_ms).await?;
        rows::insert_transition(
            tx,
            &TransitionRow {
                transition_id: uuid::Uuid::now_v7().to_string(),
                name: name.clone(),
                version: number,
                from_stage: StageText(from),
                to_stage: StageText(to),
                actor: actor.name.clone(),
                reason: format!("stood in {to} at {source} when it was imported"),
                at_ms,
            },
        )
        .await?;
    }
    Ok(())
}
