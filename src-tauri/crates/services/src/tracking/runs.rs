//! Runs: begun, ended, found, deleted, restored.

use std::collections::HashMap;

use domain::artifact::ArtifactUri;
use domain::audit::Actor;
use domain::tracking::{
    Experiment, ExperimentId, Lifecycle, Run as RunNoun, RunId, RunInfo, RunStatus, Tag,
};
use store::tracking::{experiments, metrics, runs as rows, whole};

use super::experiments::{checked_tag, missing as missing_experiment, must_be_active};
use super::group::{self, Write};
use super::names::run_name;
use super::view::{Run, RunMetric};
use crate::audit::note;
use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context};

/// The tag that MLflow's clients read a run's name from.
pub(super) const RUN_NAME_TAG: &str = "mlflow.runName";

#[derive(Debug, Clone, Default)]
pub struct NewRun {
    /// The default experiment when empty.
    pub experiment_id: String,
    pub name: Option<String>,
    pub user: String,
    pub started_at_ms: Option<i64>,
    pub tags: Vec<Tag>,
}

/// What of a run is to change.
#[derive(Debug, Clone, Default)]
pub struct RunUpdate {
    pub name: Option<String>,
    pub status: Option<RunStatus>,
    pub ended_at_ms: Option<i64>,
}

/// A run's name and figures, for those who only cite it.
#[derive(Debug, Clone)]
pub struct RunCard {
    pub name: String,
    pub experiment_id: String,
    pub metrics: Vec<RunMetric>,
}

/// A run that is about to be made, checked.
#[derive(Debug, Clone)]
pub(super) struct PlannedRun {
    pub id: RunId,
    pub experiment_id: ExperimentId,
    pub name: String,
    pub user: String,
    pub started_at_ms: i64,
    /// Keys do not repeat; the name is among them.
    pub tags: Vec<Tag>,
}

impl PlannedRun {
    fn read(new: NewRun, now_ms: i64) -> Result<Self> {
        let experiment_id = match new.experiment_id.as_str() {
            "" => ExperimentId::default_experiment(),
            text => ExperimentId::parse(text)?,
        };
        let random = uuid::Uuid::new_v4();
        let mut tags: Vec<Tag> = Vec::new();
        for tag in new.tags.into_iter().map(checked_tag) {
            let tag = tag?;
            tags.retain(|known| known.key != tag.key);
            tags.push(tag);
        }
        let name = chosen_name(new.name.as_deref(), &tags, random)?;
        tags.retain(|tag| tag.key != RUN_NAME_TAG);
        tags.push(Tag {
            key: RUN_NAME_TAG.to_owned(),
            value: name.clone(),
        });
        Ok(Self {
            id: RunId::new(random),
            experiment_id,
            name,
            user: new.user,
            started_at_ms: new.started_at_ms.unwrap_or(now_ms),
            tags,
        })
    }

    pub(super) fn in_experiment(&self, experiment: &Experiment) -> RunInfo {
        let root = experiment.artifact_location.trim_end_matches('/');
        RunInfo {
            artifact_uri: format!("{root}/{}/artifacts", self.id),
            id: self.id.clone(),
            experiment_id: self.experiment_id.clone(),
            name: self.name.clone(),
            user: self.user.clone(),
            status: RunStatus::Running,
            lifecycle: Lifecycle::Active,
            started_at_ms: self.started_at_ms,
            ended_at_ms: None,
        }
    }
}

pub async fn create_run(ctx: &Context, new: NewRun) -> Result<RunNoun> {
    let planned = PlannedRun::read(new, ctx.now_ms())?;
    let tags = planned.tags.clone();
    let info = group::write(ctx, Write::Create(planned)).await?;
    Ok(RunNoun {
        info,
        params: Vec::new(),
        tags,
        metrics: Vec::new(),
        datasets: Vec::new(),
        model_inputs: Vec::new(),
        model_outputs: Vec::new(),
    })
}

fn chosen_name(given: Option<&str>, tags: &[Tag], random: uuid::Uuid) -> Result<String> {
    let given = given.filter(|name| !name.is_empty());
    let tagged = tags
        .iter()
        .find(|tag| tag.key == RUN_NAME_TAG)
        .map(|tag| tag.value.as_str());
    match (given, tagged) {
        (Some(given), Some(tagged)) if given != tagged => Err(ServiceError::invalid(
            "run_name",
            format!(
                "Both 'run_name' argument and '{RUN_NAME_TAG}' tag are specified, but with different values (run_name='{given}', \
                 {RUN_NAME_TAG}='{tagged}')."
            ),
        )),
        (Some(name), _) | (None, Some(name)) => Ok(name.to_owned()),
        (None, None) => Ok(run_name(random)),
    }
}

/// Tells the windows that a run of this experiment changed.
pub(super) fn changed(ctx: &Context, run: &RunInfo) {
    ctx.publish([ChangeKind::Runs.of(run.experiment_id.as_str())]);
}

pub(super) fn missing(id: &RunId) -> ServiceError {
    ServiceError::not_found(format!("Run with id={id} not found"))
}

pub async fn run(ctx: &Context, id: &str) -> Result<RunNoun> {
    let id = RunId::parse(id)?;
    whole::by_id(ctx.store.pool(), &id)
        .await?
        .ok_or_else(|| missing(&id))
}

/// The window's view of a run.
pub async fn get_run(ctx: &Context, id: &str) -> Result<Run> {
    run(ctx, id).await.map(Run::from)
}

/// The run, locked and active, ready to be written to.
pub(super) async fn writable(tx: &mut store::Tx, id: &RunId) -> Result<RunInfo> {
    let run = rows::lock(tx, id).await?.ok_or_else(|| missing(id))?;
    must_be_writable(&run)?;
    Ok(run)
}

pub(super) fn must_be_writable(run: &RunInfo) -> Result<()> {
    if run.lifecycle == Lifecycle::Active {
        return Ok(());
    }
    Err(ServiceError::invalid(
        "run_id",
        format!(
            "The run {} must be in the 'active' state. Current state is deleted.",
            run.id
        ),
    ))
}

pub async fn update_run(ctx: &Context, id: &str, update: RunUpdate) -> Result<RunInfo> {
    let id = RunId::parse(id)?;
    group::write(ctx, Write::Update(id, update)).await
}

pub async fn delete_run(ctx: &Context, actor: &Actor, id: &str) -> Result<()> {
    move_to(ctx, actor, id, Lifecycle::Deleted, "run.delete").await
}

pub async fn restore_run(ctx: &Context, actor: &Actor, id: &str) -> Result<()> {
    move_to(ctx, actor, id, Lifecycle::Active, "run.restore").await
}

async fn move_to(
    ctx: &Context,
    actor: &Actor,
    id: &str,
    to: Lifecycle,
    action: &str,
) -> Result<()> {
    let id = RunId::parse(id)?;
    let mut tx = ctx.store.begin().await?;
    // Experiments are locked before runs, by all who lock both.
    if to == Lifecycle::Active {
        let run = rows::info(&mut tx, &id)
            .await?
            .ok_or_else(|| missing(&id))?;
        let experiment = experiments::lock(&mut tx, &run.experiment_id).await?;
        must_be_active(&experiment.ok_or_else(|| missing_experiment(&run.experiment_id))?)?;
    }
    let run = rows::lock(&mut tx, &id)
        .await?
        .ok_or_else(|| missing(&id))?;
    let at_ms = ctx.now_ms();
    rows::set_lifecycle(&mut tx, &id, to, at_ms).await?;
    let subject = format!("run/{id}");
    note(&mut tx, at_ms, actor, action, &subject, &run.name).await?;
    tx.commit().await?;
    changed(ctx, &run);
    ctx.publish([ChangeKind::Experiments.of(run.experiment_id.as_str())]);
    Ok(())
}

/// Names and figures of runs, by run id. Ids that are no run's are left out.
pub async fn run_cards(ctx: &Context, run_ids: &[String]) -> Result<HashMap<String, RunCard>> {
    let pool = ctx.store.pool();
    let mut cards = HashMap::new();
    let ids: Vec<RunId> = run_ids
        .iter()
        .filter_map(|id| RunId::parse(id).ok())
        .collect();
    for piece in ids.chunks(500) {
        let words: Vec<&str> = piece.iter().map(RunId::as_str).collect();
        let mut metrics = metrics::summaries(pool, &words).await?;
        for title in rows::titles(pool, &words).await? {
            let metrics = metrics.remove(&title.run_id).unwrap_or_default();
            let card = RunCard {
                name: title.name,
                experiment_id: title.experiment_id,
                metrics: metrics.into_iter().map(RunMetric::from).collect(),
            };
            cards.insert(title.run_id, card);
        }
    }
    Ok(cards)
}

/// Where the run's artifacts stand under the artifact root; `None` when there is no such run, or they are elsewhere.
pub async fn run_artifact_path(ctx: &Context, run_id: &str) -> Result<Option<String>> {
    let Ok(id) = RunId::parse(run_id) else {
        return Ok(None);
    };
    let Some(info) = rows::info(ctx.store.pool(), &id).await? else {
        return Ok(None);
    };
    Ok(
        match ArtifactUri::parse("artifact_uri", &info.artifact_uri) {
            Ok(ArtifactUri::Proxied(path)) => Some(path.as_str().to_owned()),
            _ => None,
        },
    )
}
