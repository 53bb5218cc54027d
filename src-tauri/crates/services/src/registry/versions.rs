//! Model versions: registered from a run or a logged model, described, tagged, deleted.

use domain::audit::Actor;
use domain::names::{check_key, check_model_name, check_model_tag_value};
use domain::registry::Stage;
use domain::webhook::WebhookEvent;
use serde_json::json;
use store::registry::{self as rows, StageText, VersionRow};

use super::change::{audit, close_history, commit, refuse_if_serving};
use super::find::{get_model_row, get_version_row, missing};
use super::models::tag_map;
use super::source::locate;
use super::view::{GateSummary, ModelVersion, VersionView, version_views};
use crate::Context;
use crate::error::{Result, ServiceError};
use crate::gates::gate_summaries;
use crate::models::manifest;
use crate::tracking::{Pair, run_cards};
use crate::webhooks::tell;

/// What a client says of a version to be made.
#[derive(Debug, Clone, Default)]
pub struct CreateVersion {
    pub name: String,
    pub source: String,
    pub run_id: Option<String>,
    pub run_link: String,
    pub model_id: Option<String>,
    pub description: String,
    pub tags: Vec<Pair>,
}

/// Registers the next version of a model. Its digest is taken now, over the files that stand at its source.
pub async fn create_version(
    ctx: &Context,
    actor: &Actor,
    new: CreateVersion,
) -> Result<VersionView> {
    check_model_name(&new.name)?;
    for tag in &new.tags {
        check_key("tags.key", &tag.key)?;
        check_model_tag_value(&tag.value)?;
    }
    let located = locate(
        ctx,
        &new.source,
        new.run_id.as_deref(),
        new.model_id.as_deref(),
    )
    .await?;
    let taken = match &located.artifact_path {
        Some(path) => manifest(ctx, path).await?,
        None => None,
    };
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    rows::lock_model(&mut tx, &new.name)
        .await?
        .ok_or_else(|| missing(&new.name))?;
    let row = VersionRow {
        version: rows::next_version(&mut tx, &new.name).await?,
        name: new.name.clone(),
        stage: StageText(Stage::None),
        description: new.description,
        source: located.source.unwrap_or(new.source),
        artifact_path: located.artifact_path,
        run_id: located.run_id,
        run_link: new.run_link,
        model_id: located.model_id,
        user_id: actor.name.clone(),
        digest: taken.as_ref().map(|m| m.digest.clone()),
        size_bytes: taken.as_ref().map(|m| m.size_bytes),
        status: "READY".to_owned(),
        status_message: String::new(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    rows::insert_version(&mut tx, &row).await?;
    for tag in &new.tags {
        let value = &tag.value;
        rows::set_version_tag(&mut tx, &row.name, row.version, &tag.key, value).await?;
    }
    rows::touch_model(&mut tx, &row.name, now_ms).await?;
    audit(
        &mut tx,
        now_ms,
        actor,
        "version.create",
        &row.name,
        &format!("v{} from {}", row.version, row.source),
    )
    .await?;
    let told = json!({
        "name": row.name,
        "version": row.version.to_string(),
        "source": row.source,
        "run_id": row.run_id,
        "tags": tag_map(&new.tags),
        "description": Some(&row.description).filter(|text| !text.is_empty()),
    });
    tell(&mut tx, now_ms, WebhookEvent::VERSION_CREATED, &told).await?;
    commit(ctx, tx, &new.name).await?;
    Ok(VersionView {
        row,
        tags: new.tags,
        aliases: Vec::new(),
    })
}

pub async fn update_version(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    version: i64,
    text: &str,
) -> Result<VersionRow> {
    get_version_row(ctx, name, version).await?;
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    rows::set_version_description(&mut tx, name, version, text, now_ms).await?;
    audit(
        &mut tx,
        now_ms,
        actor,
        "version.describe",
        name,
        &format!("v{version}: {text}"),
    )
    .await?;
    commit(ctx, tx, name).await?;
    get_version_row(ctx, name, version).await
}

pub async fn delete_version(ctx: &Context, actor: &Actor, name: &str, version: i64) -> Result<()> {
    let row = get_version_row(ctx, name, version).await?;
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    refuse_if_serving(&mut tx, name, Some(version)).await?;
    // The history keeps the number, so that it is never given again and past stages stay answerable.
    close_history(&mut tx, actor, &row, "version deleted", now_ms).await?;
    rows::delete_version(&mut tx, name, version).await?;
    audit(
        &mut tx,
        now_ms,
        actor,
        "version.delete",
        name,
        &format!("v{version}"),
    )
    .await?;
    commit(ctx, tx, name).await
}

pub async fn set_version_tag(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    version: i64,
    key: &str,
    value: &str,
) -> Result<()> {
    check_key("key", key)?;
    get_version_row(ctx, name, version).await?;
    let now_ms = ctx.now_ms();
    check_model_tag_value(value)?;
    let mut tx = ctx.store.begin().await?;
    rows::set_version_tag(&mut tx, name, version, key, value).await?;
    let told = format!("v{version}: {key} = {value}");
    audit(&mut tx, now_ms, actor, "version.tag", name, &told).await?;
    let told = json!({ "name": name, "version": version.to_string(), "key": key, "value": value });
    tell(&mut tx, now_ms, WebhookEvent::VERSION_TAG_SET, &told).await?;
    commit(ctx, tx, name).await
}

pub async fn delete_version_tag(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    version: i64,
    key: &str,
) -> Result<()> {
    get_version_row(ctx, name, version).await?;
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    rows::delete_version_tag(&mut tx, name, version, key).await?;
    let told = format!("v{version}: {key} removed");
    audit(&mut tx, now_ms, actor, "version.tag", name, &told).await?;
    let told = json!({ "name": name, "version": version.to_string(), "key": key });
    tell(&mut tx, now_ms, WebhookEvent::VERSION_TAG_DELETED, &told).await?;
    commit(ctx, tx, name).await
}

/// The newest version in each of the named stages; all stages when none is named.
pub async fn latest_versions(
    ctx: &Context,
    name: &str,
    stages: &[Stage],
) -> Result<Vec<VersionView>> {
    get_model_row(ctx, name).await?;
    let pool = ctx.store.pool();
    let mut newest: Vec<VersionRow> = Vec::new();
    for row in rows::versions(pool, Some(name)).await? {
        let asked = stages.is_empty() || stages.contains(&row.stage.0);
        if asked && !newest.iter().any(|seen| seen.stage.0 == row.stage.0) {
            newest.push(row);
        }
    }
    version_views(pool, newest, Some(name)).await
}

/// A version as the window shows it.
pub async fn describe_version(ctx: &Context, row: VersionRow) -> Result<ModelVersion> {
    let name = row.name.clone();
    let views = version_views(ctx.store.pool(), vec![row], Some(&name)).await?;
    let described = describe_versions(ctx, views).await?.pop();
    described.ok_or_else(|| {
        ServiceError::not_found(format!("Registered Model with name={name} not found"))
    })
}

/// Versions of one model with their runs' names and metrics and their newest gate evidence.
pub(super) async fn describe_versions(
    ctx: &Context,
    views: Vec<VersionView>,
) -> Result<Vec<ModelVersion>> {
    let Some(name) = views.first().map(|v| v.row.name.clone()) else {
        return Ok(Vec::new());
    };
    let run_ids: Vec<String> = views.iter().filter_map(|v| v.row.run_id.clone()).collect();
    let runs = run_cards(ctx, &run_ids).await?;
    let gates = gate_summaries(ctx, &name).await?;
    Ok(views
        .into_iter()
        .map(|view| {
            let run = view.row.run_id.as_ref().and_then(|id| runs.get(id));
            let gate: Option<GateSummary> = gates.get(&view.row.version).cloned();
            ModelVersion {
                stage: view.row.stage.0,
                legal_moves: view.row.stage.0.legal_moves(ctx.workspace.stage_policy),
                run_name: run.map(|run| run.name.clone()),
                experiment_id: run.map(|run| run.experiment_id.clone()),
                metrics: run.map(|run| run.metrics.clone()).unwrap_or_default(),
                name: view.row.name,
                version: view.row.version,
                aliases: view.aliases,
                run_id: view.row.run_id,
                description: view.row.description,
                source: view.row.source,
                digest: view.row.digest,
                size_bytes: view.row.size_bytes,
                created_at_ms: view.row.created_at_ms,
                updated_at_ms: view.row.updated_at_ms,
                status: view.row.status,
                tags: view.tags,
                gate,
            }
        })
        .collect())
}
