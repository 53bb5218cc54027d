//! Experiments: made, found, renamed, tagged, deleted, restored.

use std::collections::HashMap;

use domain::artifact::{ArtifactLocations, ArtifactUri};
use domain::audit::Actor;
use domain::names::{
    TAG_VALUE_CHARS_MAX, check_experiment_name, check_experiment_tag_value, check_key, shortened,
    truncated,
};
use domain::search::Entity;
use domain::tracking::{Experiment as ExperimentNoun, ExperimentId, Lifecycle, Tag, ViewType};
use store::search::Page;
use store::tracking::experiments as rows;

use super::view::Experiment;
use crate::audit::note;
use crate::conflict::Conflicts;
use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context, Paged, SearchQuery, search};

const EXPERIMENTS_PER_PAGE_MAX: i64 = 50_000;

#[derive(Debug, Clone, Default)]
pub struct NewExperiment {
    pub name: String,
    /// Where artifacts go; the workspace's own store when the client names no place.
    pub artifact_location: Option<String>,
    pub tags: Vec<Tag>,
}

/// The experiment that runs land in when a script names none. Made when the workspace is first opened.
pub async fn ensure_default_experiment(ctx: &Context) -> Result<()> {
    let id = ExperimentId::default_experiment();
    if rows::by_id(ctx.store.pool(), &id).await?.is_some() {
        return Ok(());
    }
    let now_ms = ctx.now_ms();
    let experiment = ExperimentNoun {
        artifact_location: own_location(&id),
        id,
        name: "Default".to_owned(),
        lifecycle: Lifecycle::Active,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        tags: Vec::new(),
    };
    let mut tx = ctx.store.begin().await?;
    rows::insert(&mut tx, &experiment).await?;
    tx.commit().await?;
    Ok(())
}

fn own_location(id: &ExperimentId) -> String {
    format!("mlflow-artifacts:/{id}")
}

pub async fn create_experiment(
    ctx: &Context,
    actor: &Actor,
    new: NewExperiment,
) -> Result<ExperimentId> {
    check_experiment_name(&new.name)?;
    let location = new
        .artifact_location
        .filter(|location| !location.is_empty());
    if let Some(location) = &location {
        check_location(ctx.workspace.artifact_locations, location)?;
    }
    for tag in &new.tags {
        check_own_tag(tag)?;
    }
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    let id = rows::next_id(&mut tx).await?;
    let experiment = ExperimentNoun {
        artifact_location: location.unwrap_or_else(|| own_location(&id)),
        id: id.clone(),
        name: new.name,
        lifecycle: Lifecycle::Active,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        tags: new.tags,
    };
    if !rows::insert(&mut tx, &experiment).await? {
        drop(tx);
        return Err(name_taken(ctx, &experiment.name).await);
    }
    audit(
        &mut tx,
        now_ms,
        actor,
        "experiment.create",
        &id,
        &experiment.name,
    )
    .await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Experiments.of(id.as_str())]);
    Ok(id)
}

/// A place that this server serves, or a bucket that clients reach by themselves; never a path on this machine, unless
/// the operator wants whatever clients write to be kept. What does not name a place of this server is never opened.
fn check_location(kept: ArtifactLocations, location: &str) -> Result<()> {
    match (ArtifactUri::parse("artifact_location", location), kept) {
        (Ok(ArtifactUri::Proxied(_) | ArtifactUri::External(_)), _)
        | (_, ArtifactLocations::Any) => Ok(()),
        (Err(invalid), ArtifactLocations::Known) => Err(invalid.into()),
        (Ok(ArtifactUri::Run { .. } | ArtifactUri::Model(_)), ArtifactLocations::Known) => {
            Err(ServiceError::invalid(
                "artifact_location",
                format!(
                    "Invalid value '{location}' for parameter 'artifact_location' supplied: it names no place."
                ),
            ))
        }
    }
}

async fn name_taken(ctx: &Context, name: &str) -> ServiceError {
    match rows::by_name(ctx.store.pool(), name).await {
        Ok(Some(other)) if other.lifecycle == Lifecycle::Deleted => ServiceError::exists(format!(
            "Experiment '{name}' already exists in deleted state. You can restore the experiment, or permanently \
             delete the experiment to create a new one."
        )),
        _ => ServiceError::exists(format!("Experiment '{name}' already exists.")),
    }
}

fn check_own_tag(tag: &Tag) -> Result<()> {
    check_key("key", &tag.key)?;
    Ok(check_experiment_tag_value(&tag.value)?)
}

/// A tag of a run or a logged model, cut to what is kept of it.
pub(super) fn checked_tag(tag: Tag) -> Result<Tag> {
    check_key("key", &tag.key)?;
    Ok(Tag {
        value: truncated(&tag.value, TAG_VALUE_CHARS_MAX).to_owned(),
        ..tag
    })
}

pub async fn experiment(ctx: &Context, id: &str) -> Result<ExperimentNoun> {
    let id = ExperimentId::parse(id)?;
    rows::by_id(ctx.store.pool(), &id)
        .await?
        .ok_or_else(|| missing(&id))
}

pub async fn experiment_by_name(ctx: &Context, name: &str) -> Result<ExperimentNoun> {
    let found = rows::by_name(ctx.store.pool(), name).await?;
    found.ok_or_else(|| {
        ServiceError::not_found(format!("Could not find experiment with name '{name}'"))
    })
}

pub(crate) fn missing(id: &ExperimentId) -> ServiceError {
    ServiceError::not_found(format!("No Experiment with id={id} exists"))
}

pub(crate) fn must_be_active(experiment: &ExperimentNoun) -> Result<()> {
    if experiment.lifecycle == Lifecycle::Active {
        return Ok(());
    }
    Err(ServiceError::invalid(
        "experiment_id",
        format!(
            "The experiment {} must be in the 'active' state. Current state is deleted.",
            experiment.id
        ),
    ))
}

pub async fn rename_experiment(ctx: &Context, actor: &Actor, id: &str, name: &str) -> Result<()> {
    check_experiment_name(name)?;
    let id = ExperimentId::parse(id)?;
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    let experiment = rows::lock(&mut tx, &id)
        .await?
        .ok_or_else(|| missing(&id))?;
    must_be_active(&experiment)?;
    if !rows::rename(&mut tx, &id, name, now_ms).await? {
        drop(tx);
        return Err(name_taken(ctx, name).await);
    }
    let told = format!("{} to {name}", experiment.name);
    audit(&mut tx, now_ms, actor, "experiment.rename", &id, &told).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Experiments.of(id.as_str())]);
    Ok(())
}

/// Soft: the experiment and its runs leave the lists and can be restored.
pub async fn delete_experiment(ctx: &Context, actor: &Actor, id: &str) -> Result<()> {
    move_to(ctx, actor, id, Lifecycle::Deleted, "experiment.delete").await
}

pub async fn restore_experiment(ctx: &Context, actor: &Actor, id: &str) -> Result<()> {
    move_to(ctx, actor, id, Lifecycle::Active, "experiment.restore").await
}

async fn move_to(
    ctx: &Context,
    actor: &Actor,
    id: &str,
    to: Lifecycle,
    action: &str,
) -> Result<()> {
    let id = ExperimentId::parse(id)?;
    let mut conflicts = Conflicts::default();
    loop {
        let outcome = try_to_move(ctx, actor, &id, to, action).await;
        if !conflicts.again(&outcome).await {
            return outcome;
        }
    }
}

async fn try_to_move(
    ctx: &Context,
    actor: &Actor,
    id: &ExperimentId,
    to: Lifecycle,
    action: &str,
) -> Result<()> {
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    let experiment = rows::lock(&mut tx, id).await?.ok_or_else(|| missing(id))?;
    if experiment.lifecycle == to {
        return Err(ServiceError::not_found(format!(
            "No Experiment with id={id} exists that is not {to} already"
        )));
    }
    rows::set_lifecycle(&mut tx, id, to, now_ms).await?;
    audit(&mut tx, now_ms, actor, action, id, &experiment.name).await?;
    tx.commit().await?;
    ctx.publish([
        ChangeKind::Experiments.of(id.as_str()),
        ChangeKind::Runs.of(id.as_str()),
    ]);
    Ok(())
}

pub async fn set_experiment_tag(ctx: &Context, actor: &Actor, id: &str, tag: Tag) -> Result<()> {
    let now_ms = ctx.now_ms();
    let id = ExperimentId::parse(id)?;
    check_own_tag(&tag)?;
    let mut tx = ctx.store.begin().await?;
    let experiment = rows::lock(&mut tx, &id)
        .await?
        .ok_or_else(|| missing(&id))?;
    must_be_active(&experiment)?;
    rows::set_tag(&mut tx, &id, &tag).await?;
    // A note is a tag too, and may be long; the log says how it begins.
    let detail = format!("{} = {}", tag.key, shortened(&tag.value, 120));
    audit(&mut tx, now_ms, actor, "experiment.tag", &id, &detail).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Experiments.of(id.as_str())]);
    Ok(())
}

pub async fn delete_experiment_tag(
    ctx: &Context,
    actor: &Actor,
    id: &str,
    key: &str,
) -> Result<()> {
    let now_ms = ctx.now_ms();
    let id = ExperimentId::parse(id)?;
    let mut tx = ctx.store.begin().await?;
    let experiment = rows::lock(&mut tx, &id)
        .await?
        .ok_or_else(|| missing(&id))?;
    must_be_active(&experiment)?;
    if !rows::delete_tag(&mut tx, &id, key).await? {
        return Err(ServiceError::not_found(format!(
            "No tag with name: {key} in experiment with id {id}"
        )));
    }
    let detail = format!("{key} removed");
    audit(&mut tx, now_ms, actor, "experiment.tag", &id, &detail).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Experiments.of(id.as_str())]);
    Ok(())
}

pub async fn search_experiments(
    ctx: &Context,
    view: ViewType,
    query: SearchQuery,
) -> Result<Paged<ExperimentNoun>> {
    if query.max_results == 0 {
        return Err(ServiceError::invalid(
            "max_results",
            "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer.",
        ));
    }
    let wanted = query.read(Entity::Experiments, EXPERIMENTS_PER_PAGE_MAX)?;
    let found = rows::search(
        ctx.store.pool(),
        view,
        wanted.filter.as_ref(),
        &wanted.order,
        wanted.window.with_lookahead(),
    )
    .await?;
    Ok(wanted.window.finish(found))
}

/// Every active experiment with its run counts, most recently changed first.
pub async fn list_experiments(ctx: &Context) -> Result<Vec<Experiment>> {
    let pool = ctx.store.pool();
    let all = Page {
        offset: 0,
        limit: EXPERIMENTS_PER_PAGE_MAX,
    };
    let order = search::order(Entity::Experiments, &["last_update_time DESC".to_owned()])?;
    let experiments = rows::search(pool, ViewType::ActiveOnly, None, &order, all).await?;
    let counts = rows::run_counts(pool).await?;
    let counts: HashMap<_, _> = counts
        .into_iter()
        .map(|c| (c.experiment_id, (c.run_count, c.live_run_count)))
        .collect();
    let shown = experiments.into_iter().map(|experiment| {
        let (all, live) = counts
            .get(experiment.id.as_str())
            .copied()
            .unwrap_or_default();
        Experiment::new(experiment, all, live)
    });
    Ok(shown.collect())
}

async fn audit(
    tx: &mut store::Tx,
    at_ms: i64,
    actor: &Actor,
    action: &str,
    id: &ExperimentId,
    detail: &str,
) -> Result<()> {
    let subject = format!("experiment/{id}");
    Ok(note(tx, at_ms, actor, action, &subject, detail).await?)
}
