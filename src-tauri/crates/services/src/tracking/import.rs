//! Writes that keep what another tracking server has given already: ids, times, users.
//!
//! Only an import calls these. A client cannot choose an id or a time of creation, and must not be able to; a run that
//! moves house keeps both, so that its links stay.

use domain::audit::Actor;
use domain::names::{PARAM_VALUE_CHARS_MAX, TAG_VALUE_CHARS_MAX, truncated};
use domain::tracking::{
    Experiment as ExperimentNoun, ExperimentId, Lifecycle, LoggedModel, Metric, RunId, RunInfo, Tag,
};
use store::tracking::labels::{self, Labels};
use store::tracking::{experiments, logged_models, runs};

use super::runs::changed;
use crate::audit::note;
use crate::error::Result;
use crate::{ChangeKind, Context};

/// The artifact root that a run of this workspace has.
pub(crate) fn own_run_location(experiment: &ExperimentId, run: &RunId) -> String {
    format!("mlflow-artifacts:/{experiment}/{run}/artifacts")
}

/// Inserts an experiment under its own id, deleted ones too; false when the id or the name is taken.
pub(crate) async fn keep_experiment(
    ctx: &Context,
    actor: &Actor,
    experiment: &ExperimentNoun,
) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    if !experiments::insert(&mut tx, experiment).await? {
        return Ok(false);
    }
    if let Ok(number) = experiment.id.as_str().parse() {
        experiments::skip_ids(&mut tx, number).await?;
    }
    let (subject, name) = (format!("experiment/{}", experiment.id), &experiment.name);
    note(
        &mut tx,
        ctx.now_ms(),
        actor,
        "experiment.import",
        &subject,
        name,
    )
    .await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Experiments.of(experiment.id.as_str())]);
    Ok(true)
}

/// The next free id of this workspace, for an experiment whose own id is taken here.
pub(crate) async fn free_experiment_id(ctx: &Context) -> Result<ExperimentId> {
    let mut tx = ctx.store.begin().await?;
    let id = experiments::next_id(&mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// What became of a run that was to be kept.
#[derive(Debug)]
pub(crate) enum Kept {
    Here {
        /// How it stood, if it was here already.
        standing: Option<RunInfo>,
        experiment_is_deleted: bool,
    },
    /// Its source has it, and somebody deleted it here.
    StaysDeleted,
}

/// Inserts a run under its own id, or finds it as it stands. It is active until [`end_as`] says otherwise: what is still
/// to be logged to it goes through the usual doors, which are shut for deleted runs. One that only this workspace calls
/// deleted is not made active for that: nobody would know it any more, were the import killed meanwhile.
pub(crate) async fn keep_run(ctx: &Context, run: &RunInfo) -> Result<Kept> {
    let mut tx = ctx.store.begin().await?;
    let ids = std::iter::once(run.experiment_id.as_str());
    let experiment = experiments::lock_shared(&mut tx, ids).await?.pop();
    let experiment_is_deleted = experiment.is_some_and(|e| e.lifecycle == Lifecycle::Deleted);
    if let Some(standing) = runs::lock(&mut tx, &run.id).await? {
        if standing.lifecycle == Lifecycle::Deleted {
            if run.lifecycle == Lifecycle::Active {
                return Ok(Kept::StaysDeleted);
            }
            runs::set_lifecycle(&mut tx, &run.id, Lifecycle::Active, 0).await?;
            tx.commit().await?;
        }
        return Ok(Kept::Here {
            standing: Some(standing),
            experiment_is_deleted,
        });
    }
    runs::insert(
        &mut tx,
        &RunInfo {
            lifecycle: Lifecycle::Active,
            ..run.clone()
        },
    )
    .await?;
    tx.commit().await?;
    changed(ctx, run);
    Ok(Kept::Here {
        standing: None,
        experiment_is_deleted,
    })
}

/// The last step of a run that was brought: what its source or its experiment here calls deleted is deleted here.
pub(crate) async fn end_as(
    ctx: &Context,
    actor: &Actor,
    run: &RunInfo,
    lifecycle: Lifecycle,
) -> Result<()> {
    if lifecycle == Lifecycle::Deleted {
        super::delete_run(ctx, actor, run.id.as_str()).await?;
    }
    Ok(())
}

/// Inserts a logged model under its own id, or brings the one that stands up to date. True when it is new.
pub(crate) async fn keep_logged_model(ctx: &Context, model: &LoggedModel) -> Result<bool> {
    let id = model.id.as_str();
    let mut tx = ctx.store.begin().await?;
    let stands = logged_models::lock(&mut tx, &model.id).await?;
    if stands {
        let tags = cut(
            model.tags.iter().map(|t| (&*t.key, &*t.value)),
            TAG_VALUE_CHARS_MAX,
        );
        labels::set(&mut tx, Labels::ModelTags, id, tags).await?;
        let params = cut(
            model.params.iter().map(|p| (&*p.key, &*p.value)),
            PARAM_VALUE_CHARS_MAX,
        );
        labels::add(&mut tx, Labels::ModelParams, id, params).await?;
        logged_models::set_status(&mut tx, &model.id, model.status, model.updated_at_ms).await?;
    } else {
        logged_models::insert(&mut tx, model).await?;
    }
    for metric in &model.metrics {
        let logged = Metric {
            key: metric.key.clone(),
            point: metric.point,
            model_id: Some(model.id.clone()),
            dataset: metric.dataset.clone(),
        };
        logged_models::log_metrics(&mut tx, &metric.run_id, &model.id, &[&logged]).await?;
    }
    tx.commit().await?;
    ctx.publish([ChangeKind::Runs.of(model.experiment_id.as_str())]);
    Ok(!stands)
}

fn cut<'l>(
    pairs: impl Iterator<Item = (&'l str, &'l str)>,
    chars_max: usize,
) -> Vec<(&'l str, &'l str)> {
    pairs
        .map(|(key, value)| (key, truncated(value, chars_max)))
        .collect()
}

/// Adds the tags whose keys an experiment of this workspace does not have: its own stay.
pub(crate) async fn add_experiment_tags(
    ctx: &Context,
    experiment: &ExperimentNoun,
    tags: &[Tag],
) -> Result<()> {
    let missing: Vec<&Tag> = tags
        .iter()
        .filter(|tag| !experiment.tags.iter().any(|own| own.key == tag.key))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.store.begin().await?;
    for tag in missing {
        experiments::set_tag(&mut tx, &experiment.id, tag).await?;
    }
    tx.commit().await?;
    ctx.publish([ChangeKind::Experiments.of(experiment.id.as_str())]);
    Ok(())
}
