//! Runs: a page at a time, each with all that was logged to it.

use std::collections::HashMap;

use domain::artifact::ArtifactUri;
use domain::names::{PARAM_VALUE_CHARS_MAX, TAG_VALUE_CHARS_MAX, check_key, truncated};
use domain::tracking::{
    ExperimentId, Lifecycle, LoggedModelId, ModelOutput, Param, RunId, RunInfo,
};
use futures_util::{StreamExt as _, stream};

use super::artifacts::Carried;
use super::journal::{Entry, Kind, Mark};
use super::ledger::Fate;
use super::source::{Owner, OwnerKind, SourceExperiment, SourceRun, fingerprint};
use super::view::ImportPhase;
use super::{AT_ONCE, Import};
use crate::error::Result;
use crate::tracking::import::{self as keep, Kept};
use crate::tracking::{self, Batch, RunInputs, RunUpdate};

const LABELS_AT_ONCE: usize = 100;

/// A run that is being brought.
pub(super) struct Carry {
    pub run: SourceRun,
    pub info: RunInfo,
    fingerprint: String,
    known: Option<Entry>,
    lifecycle: Lifecycle,
}

impl Carry {
    pub fn subject(&self) -> String {
        run_subject(&self.run)
    }

    /// True when an earlier import has brought exactly this.
    fn is_unchanged(&self) -> bool {
        self.known
            .as_ref()
            .is_some_and(|entry| entry.done && entry.fingerprint == self.fingerprint)
    }
}

pub(super) fn run_subject(run: &SourceRun) -> String {
    match run.name.as_str() {
        "" => format!("run {}", run.id),
        name => format!("run {} ({name})", run.id),
    }
}

impl Import<'_> {
    pub(super) async fn carry_runs(&self, experiment: &SourceExperiment) -> Result<()> {
        let mut page: Option<String> = None;
        let mut seen: usize = 0;
        loop {
            self.check()?;
            self.ledger.at(
                ImportPhase::Runs,
                format!("{}, from run {}", experiment.name, seen + 1),
            );
            let read = self.source.runs(&experiment.id, page.as_deref()).await;
            let subject = super::experiments::experiment_subject(experiment);
            let Some(found) = self.tolerate(&subject, read)? else {
                return Ok(());
            };
            for problem in &found.problems {
                self.ledger.source_problem(&subject, problem);
                self.ledger.run(Fate::LeftOut);
            }
            seen += found.runs.len();
            self.carry_page(found.runs).await?;
            match found.next {
                Some(next) => page = Some(next),
                None => return Ok(()),
            }
        }
    }

    pub(super) async fn carry_page(&self, runs: Vec<SourceRun>) -> Result<()> {
        let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
        let mut known = self.journal.known(self.ctx, Kind::Run, &ids).await?;
        let carries = runs
            .into_iter()
            .filter_map(|run| self.planned(run, &mut known))
            .collect::<Vec<_>>();
        if !self.input.experiments.is_empty() {
            self.chosen()
                .extend(carries.iter().map(|carry| carry.run.id.clone()));
        }
        let (unchanged, fresh): (Vec<_>, Vec<_>) =
            carries.into_iter().partition(Carry::is_unchanged);
        let begun: Vec<_> = fresh.into_iter().map(|carry| self.begin(carry)).collect();
        let mut begun = stream::iter(begun).buffer_unordered(AT_ONCE);
        let mut ready = Vec::new();
        while let Some(carry) = begun.next().await {
            ready.extend(carry?);
        }
        drop(begun);
        let points = self.carry_histories(&ready).await?;
        let rests: Vec<_> = unchanged
            .iter()
            .map(|carry| self.finish(carry, 0))
            .chain(ready.iter().map(|carry| {
                let count = points.get(carry.info.id.as_str()).copied();
                self.finish(carry, count.unwrap_or(0))
            }))
            .collect();
        let mut rests = stream::iter(rests).buffer_unordered(AT_ONCE);
        while let Some(ended) = rests.next().await {
            ended?;
        }
        Ok(())
    }

    fn planned(&self, run: SourceRun, known: &mut HashMap<String, Entry>) -> Option<Carry> {
        let experiment = self.places().get(&run.experiment_id).cloned()?;
        let id = match RunId::parse(&run.id) {
            Ok(id) => id,
            Err(invalid) => {
                self.ledger.problem(run_subject(&run), invalid.to_string());
                self.ledger.run(Fate::LeftOut);
                return None;
            }
        };
        let lifecycle = if run.deleted {
            Lifecycle::Deleted
        } else {
            Lifecycle::Active
        };
        Some(Carry {
            info: RunInfo {
                artifact_uri: self.artifact_uri(&experiment, &id, &run),
                experiment_id: experiment,
                id,
                name: run.name.clone(),
                user: run.user.clone(),
                status: run.status,
                lifecycle,
                started_at_ms: run.started_at_ms,
                ended_at_ms: run.ended_at_ms,
            },
            fingerprint: fingerprint(&run),
            known: known.remove(&run.id),
            lifecycle,
            run,
        })
    }

    /// In this workspace; files that stay in a bucket keep the address by which clients reach them.
    fn artifact_uri(&self, experiment: &ExperimentId, id: &RunId, run: &SourceRun) -> String {
        let stays = self.input.no_artifacts || matches!(self.source, super::Source::Folder(_));
        match ArtifactUri::parse("artifact_uri", &run.artifact_uri) {
            Ok(ArtifactUri::External(uri)) if stays => uri,
            _ => keep::own_run_location(experiment, id),
        }
    }

    /// The run itself with what is small: tags, params, inputs, outputs.
    async fn begin(&self, mut carry: Carry) -> Result<Option<Carry>> {
        self.check()?;
        let subject = carry.subject();
        let mark = Mark {
            source_key: &carry.run.id,
            local_key: &carry.run.id,
            fingerprint: &carry.fingerprint,
            ..Mark::default()
        };
        if carry.known.is_none() {
            self.journal.begun(self.ctx, Kind::Run, mark).await?;
        }
        let Some(changes_name) = self.keep(&mut carry, &subject).await? else {
            return Ok(None);
        };
        let id = carry.info.id.as_str();
        for params in self
            .checked_params(&carry.run.params, &subject)
            .chunks(LABELS_AT_ONCE)
        {
            let batch = Batch {
                params: params.to_vec(),
                ..Batch::default()
            };
            self.refused(&subject, tracking::log_batch(self.ctx, id, batch).await)?;
        }
        for tags in self
            .checked_tags(&carry.run.tags, TAG_VALUE_CHARS_MAX, &subject)
            .chunks(LABELS_AT_ONCE)
        {
            let batch = Batch {
                tags: tags.to_vec(),
                ..Batch::default()
            };
            self.refused(&subject, tracking::log_batch(self.ctx, id, batch).await)?;
        }
        if changes_name && !carry.run.name.is_empty() {
            let update = RunUpdate {
                name: Some(carry.run.name.clone()),
                ..RunUpdate::default()
            };
            tracking::update_run(self.ctx, id, update).await?;
        }
        self.carry_links(&carry, &subject).await?;
        Ok(Some(carry))
    }

    /// The run's own row; true when the run was here already. `None` leaves a run alone that was deleted here, and does
    /// not remember how its source has it: once restored, it is brought up to date.
    async fn keep(&self, carry: &mut Carry, subject: &str) -> Result<Option<bool>> {
        let kept = keep::keep_run(self.ctx, &carry.info).await?;
        let Kept::Here {
            standing,
            experiment_is_deleted,
        } = kept
        else {
            self.ledger.note(
                subject,
                "it is active at the source and deleted here; it stays deleted",
            );
            self.ledger.run(Fate::Unchanged);
            return Ok(None);
        };
        // An active run would keep its experiment from ever being deleted for good.
        if experiment_is_deleted && carry.lifecycle == Lifecycle::Active {
            carry.lifecycle = Lifecycle::Deleted;
            self.ledger.note(
                format!("experiment {}", carry.info.experiment_id),
                "it is deleted here; new runs of it are brought as deleted",
            );
        }
        let Some(standing) = standing else {
            return Ok(Some(false));
        };
        carry.info.artifact_uri = standing.artifact_uri;
        carry.info.experiment_id = standing.experiment_id;
        let update = RunUpdate {
            name: None,
            status: Some(carry.run.status),
            ended_at_ms: carry.run.ended_at_ms,
        };
        tracking::update_run(self.ctx, carry.info.id.as_str(), update).await?;
        Ok(Some(true))
    }

    async fn carry_links(&self, carry: &Carry, subject: &str) -> Result<()> {
        let id = carry.info.id.as_str();
        let run = &carry.run;
        let models = run.model_inputs.iter();
        let models = models.filter_map(|id| LoggedModelId::parse(id).ok());
        let inputs = RunInputs {
            datasets: run.datasets.clone(),
            models: models.collect(),
        };
        if !inputs.datasets.is_empty() || !inputs.models.is_empty() {
            self.refused(subject, tracking::log_inputs(self.ctx, id, inputs).await)?;
        }
        let outputs = run.model_outputs.iter().filter_map(|(id, step)| {
            Some(ModelOutput {
                model_id: LoggedModelId::parse(id).ok()?,
                step: *step,
            })
        });
        let outputs: Vec<ModelOutput> = outputs.collect();
        if !outputs.is_empty() {
            self.refused(subject, tracking::log_outputs(self.ctx, id, &outputs).await)?;
        }
        Ok(())
    }

    fn checked_params(&self, params: &[Param], subject: &str) -> Vec<Param> {
        let mut kept = Vec::with_capacity(params.len());
        for param in params {
            if let Err(invalid) = check_key("param", &param.key) {
                self.ledger.problem(subject, invalid.to_string());
                continue;
            }
            if truncated(&param.value, PARAM_VALUE_CHARS_MAX).len() < param.value.len() {
                self.ledger.note(
                    subject,
                    format!(
                        "param '{}' is cut to {PARAM_VALUE_CHARS_MAX} characters",
                        param.key
                    ),
                );
            }
            self.note_replaced(subject, "param", &param.key, &param.value);
            kept.push(param.clone());
        }
        kept
    }

    /// Files, and the mark that the run is here. A run that has not changed may still have got a file since.
    async fn finish(&self, carry: &Carry, points: i64) -> Result<()> {
        self.check()?;
        let owner = Owner {
            kind: OwnerKind::Run,
            experiment_id: carry.run.experiment_id.clone(),
            id: carry.run.id.clone(),
            artifact_uri: carry.run.artifact_uri.clone(),
        };
        let since_ms = carry.known.as_ref().map(|entry| entry.updated_at_ms);
        let local_uri = match carry.is_unchanged() {
            // It may have been moved to another experiment's place, or away, since.
            true => tracking::run_artifact_path(self.ctx, carry.info.id.as_str())
                .await?
                .map(|path| format!("mlflow-artifacts:/{path}")),
            false => Some(carry.info.artifact_uri.clone()),
        };
        let files = match local_uri {
            Some(uri) => self.carry_artifacts(&owner, &uri, since_ms).await?,
            None => Carried::default(),
        };
        let fate = match (&carry.known, carry.is_unchanged(), files.count) {
            (_, true, 0) => Fate::Unchanged,
            (Some(entry), _, _) if entry.done => Fate::Updated,
            _ => Fate::Brought,
        };
        if !carry.is_unchanged() {
            keep::end_as(self.ctx, self.actor, &carry.info, carry.lifecycle).await?;
        }
        if fate != Fate::Unchanged {
            let mark = Mark {
                source_key: &carry.run.id,
                local_key: &carry.run.id,
                fingerprint: &carry.fingerprint,
                points,
                artifacts: files.count,
                artifact_bytes: files.bytes,
            };
            let whole = !self.incomplete().contains(&carry.run.id);
            if whole {
                self.journal.done(self.ctx, Kind::Run, mark).await?;
            } else {
                self.journal.begun(self.ctx, Kind::Run, mark).await?;
            }
        }
        self.ledger.run(fate);
        Ok(())
    }
}
