//! Registered models: made, described, renamed, tagged, aliased, deleted.

use std::collections::BTreeMap;

use domain::audit::Actor;
use domain::names::{check_alias, check_key, check_model_name, check_model_tag_value};
use domain::registry::Stage;
use domain::webhook::WebhookEvent;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::StoreError;
use store::registry::{self as rows, ModelRow, VersionRow};

use super::change::{audit, close_history, commit, refuse_if_serving};
use super::find::{get_model_row, get_version_row, missing};
use super::view::{RegisteredModel, StageTransition, model_views};
use crate::Context;
use crate::error::{Result, ServiceError};
use crate::tracking::Pair;
use crate::webhooks::tell;

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct AliasInput {
    pub name: String,
    pub alias: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RemoveAliasInput {
    pub name: String,
    pub alias: String,
}

pub async fn create_model(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    description: &str,
    tags: &[Pair],
) -> Result<ModelRow> {
    check_model_name(name)?;
    for tag in tags {
        check_key("tags.key", &tag.key)?;
        check_model_tag_value(&tag.value)?;
    }
    let now_ms = ctx.now_ms();
    let row = ModelRow {
        name: name.to_owned(),
        description: description.to_owned(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    let mut tx = ctx.store.begin().await?;
    rows::insert_model(&mut tx, &row)
        .await
        .map_err(|e| taken(e, name))?;
    for tag in tags {
        rows::set_model_tag(&mut tx, name, &tag.key, &tag.value).await?;
    }
    audit(&mut tx, now_ms, actor, "model.create", name, description).await?;
    let told = json!({ "name": name, "tags": tag_map(tags), "description": description });
    tell(&mut tx, now_ms, WebhookEvent::MODEL_CREATED, &told).await?;
    commit(ctx, tx, name).await?;
    Ok(row)
}

pub async fn list_models(ctx: &Context) -> Result<Vec<RegisteredModel>> {
    Ok(model_views(ctx.store.pool(), None)
        .await?
        .iter()
        .map(RegisteredModel::from)
        .collect())
}

impl From<rows::TransitionRow> for StageTransition {
    fn from(row: rows::TransitionRow) -> Self {
        Self {
            version: row.version,
            from: row.from_stage.0,
            to: row.to_stage.0,
            actor: row.actor,
            reason: row.reason,
            at_ms: row.at_ms,
        }
    }
}

pub async fn update_model(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    description: &str,
) -> Result<ModelRow> {
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    must_change(
        rows::set_model_description(&mut tx, name, description, now_ms).await?,
        name,
    )?;
    audit(&mut tx, now_ms, actor, "model.describe", name, description).await?;
    commit(ctx, tx, name).await?;
    get_model_row(ctx, name).await
}

pub async fn rename_model(ctx: &Context, actor: &Actor, name: &str, to: &str) -> Result<ModelRow> {
    check_model_name(to)?;
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    let renamed = rows::rename_model(&mut tx, name, to, now_ms)
        .await
        .map_err(|e| taken(e, to))?;
    must_change(renamed, name)?;
    audit(&mut tx, now_ms, actor, "model.rename", to, name).await?;
    commit(ctx, tx, to).await?;
    get_model_row(ctx, to).await
}

/// Deletes a model with its versions. One that serves must be stopped first: nothing live loses its registry entry.
pub async fn delete_model(ctx: &Context, actor: &Actor, name: &str) -> Result<()> {
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    rows::lock_model(&mut tx, name)
        .await?
        .ok_or_else(|| missing(name))?;
    refuse_if_serving(&mut tx, name, None).await?;
    let standing = rows::versions(&mut tx, Some(name)).await?;
    for row in standing.iter().filter(|row| row.stage.0 != Stage::None) {
        close_history(&mut tx, actor, row, "model deleted", now_ms).await?;
    }
    rows::delete_model(&mut tx, name).await?;
    audit(&mut tx, now_ms, actor, "model.delete", name, "").await?;
    commit(ctx, tx, name).await
}

pub async fn set_model_tag(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    key: &str,
    value: &str,
) -> Result<()> {
    check_key("key", key)?;
    get_model_row(ctx, name).await?;
    let now_ms = ctx.now_ms();
    check_model_tag_value(value)?;
    let mut tx = ctx.store.begin().await?;
    rows::set_model_tag(&mut tx, name, key, value).await?;
    let told = format!("{key} = {value}");
    audit(&mut tx, now_ms, actor, "model.tag", name, &told).await?;
    commit(ctx, tx, name).await
}

pub async fn delete_model_tag(ctx: &Context, actor: &Actor, name: &str, key: &str) -> Result<()> {
    get_model_row(ctx, name).await?;
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    rows::delete_model_tag(&mut tx, name, key).await?;
    let told = format!("{key} removed");
    audit(&mut tx, now_ms, actor, "model.tag", name, &told).await?;
    commit(ctx, tx, name).await
}

pub async fn set_alias(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    alias: &str,
    version: i64,
) -> Result<()> {
    check_alias(alias)?;
    get_version_row(ctx, name, version).await?;
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    rows::set_alias(&mut tx, name, alias, version).await?;
    rows::touch_model(&mut tx, name, now_ms).await?;
    audit(
        &mut tx,
        now_ms,
        actor,
        "model.alias",
        name,
        &format!("@{alias} is v{version}"),
    )
    .await?;
    let told = json!({ "name": name, "alias": alias, "version": version.to_string() });
    tell(&mut tx, now_ms, WebhookEvent::ALIAS_CREATED, &told).await?;
    commit(ctx, tx, name).await
}

pub async fn delete_alias(ctx: &Context, actor: &Actor, name: &str, alias: &str) -> Result<()> {
    check_alias(alias)?;
    get_model_row(ctx, name).await?;
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    if rows::delete_alias(&mut tx, name, alias).await? > 0 {
        rows::touch_model(&mut tx, name, now_ms).await?;
        audit(
            &mut tx,
            now_ms,
            actor,
            "model.alias",
            name,
            &format!("@{alias} removed"),
        )
        .await?;
    }
    let told = json!({ "name": name, "alias": alias });
    tell(&mut tx, now_ms, WebhookEvent::ALIAS_DELETED, &told).await?;
    commit(ctx, tx, name).await
}

/// MLflow answers a missing alias with 400, unlike every other missing thing.
pub async fn version_by_alias(ctx: &Context, name: &str, alias: &str) -> Result<VersionRow> {
    check_alias(alias)?;
    get_model_row(ctx, name).await?;
    let known = rows::aliases(ctx.store.pool(), Some(name)).await?;
    let found = known
        .into_iter()
        .find(|row| row.alias == alias)
        .ok_or_else(|| {
            ServiceError::invalid(
                "alias",
                format!("Registered model alias {alias} not found."),
            )
        })?;
    get_version_row(ctx, name, found.version).await
}

/// Tags as the messages of webhooks carry them.
pub(super) fn tag_map(tags: &[Pair]) -> BTreeMap<&str, &str> {
    tags.iter()
        .map(|tag| (tag.key.as_str(), tag.value.as_str()))
        .collect()
}

fn must_change(changed: u64, name: &str) -> Result<()> {
    if changed == 0 {
        Err(missing(name))
    } else {
        Ok(())
    }
}

fn taken(error: StoreError, name: &str) -> ServiceError {
    if error.is_unique_violation() {
        ServiceError::exists(format!("Registered Model (name={name}) already exists."))
    } else {
        error.into()
    }
}
