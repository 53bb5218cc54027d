//! Experiments, and what is done when their names or ids are taken here.

use domain::artifact::ArtifactUri;
use domain::names::{EXPERIMENT_TAG_VALUE_CHARS_MAX, check_experiment_name, check_key, truncated};
use domain::tracking::{Experiment, ExperimentId, Lifecycle, Tag};
use store::tracking::experiments as rows;

use super::Import;
use super::journal::{Kind, Mark};
use super::ledger::Fate;
use super::source::{SourceExperiment, fingerprint};
use super::view::ImportPhase;
use crate::error::{Result, ServiceError};
use crate::tracking::{self, import as keep};

/// Where an experiment of the source goes.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A new one, under this name.
    New(String),
    /// Into one that is here, and was not brought by this source.
    Join(Box<Experiment>),
}

impl Import<'_> {
    /// Those that were asked for, in the order in which they were made.
    pub(super) async fn chosen_experiments(&self) -> Result<Vec<SourceExperiment>> {
        self.ledger.at(ImportPhase::Looking, self.source.address());
        let (mut found, problems) = self.source.experiments().await?;
        self.refuse_itself(&found).await?;
        for problem in &problems {
            self.ledger.source_problem("experiment", problem);
            self.ledger.experiment(Fate::LeftOut);
        }
        if !self.input.experiments.is_empty() {
            for name in &self.input.experiments {
                if !found.iter().any(|experiment| experiment.name == *name) {
                    return Err(ServiceError::invalid(
                        "experiment",
                        format!("{} has no experiment '{name}'", self.source.address()),
                    ));
                }
            }
            found.retain(|experiment| self.input.experiments.contains(&experiment.name));
        }
        Ok(found)
    }

    /// A workspace that was asked to import itself would hold everything twice. Each one's first experiment was made in
    /// an instant of its own.
    async fn refuse_itself(&self, found: &[SourceExperiment]) -> Result<()> {
        let id = ExperimentId::default_experiment();
        let own = rows::by_id(self.ctx.store.pool(), &id).await?;
        let made = |own: Experiment| {
            let first = found.iter().find(|first| first.id == id.as_str());
            first.is_some_and(|first| first.created_at_ms == own.created_at_ms)
        };
        if own.is_some_and(made) {
            return Err(ServiceError::invalid(
                "from",
                format!(
                    "{} is this workspace itself; give the address of another server, or a folder",
                    self.source.address()
                ),
            ));
        }
        Ok(())
    }

    pub(super) async fn carry_experiments(&self, experiments: &[SourceExperiment]) -> Result<()> {
        self.ledger.at(
            ImportPhase::Experiments,
            format!("{} experiments", experiments.len()),
        );
        for experiment in experiments {
            self.check()?;
            self.carry_one_experiment(experiment).await?;
        }
        Ok(())
    }

    /// One whose name cannot be kept stays behind, and its runs with it.
    pub(super) async fn carry_one_experiment(&self, experiment: &SourceExperiment) -> Result<()> {
        let carried = self.carry_experiment(experiment).await;
        let fate = self.refused(&experiment_subject(experiment), carried)?;
        self.ledger.experiment(fate.unwrap_or(Fate::LeftOut));
        Ok(())
    }

    async fn carry_experiment(&self, experiment: &SourceExperiment) -> Result<Fate> {
        let now = fingerprint(experiment);
        let known = self
            .journal
            .one(self.ctx, Kind::Experiment, &experiment.id)
            .await?;
        let (local, fate) = match known {
            Some(entry) => {
                let local = ExperimentId::parse(&entry.local_key)?;
                let same = entry.done && entry.fingerprint == now;
                if !same {
                    self.update_experiment(&local, experiment).await?;
                }
                (local, if same { Fate::Unchanged } else { Fate::Updated })
            }
            None => match self.place(experiment).await? {
                Place::Join(standing) => {
                    let tags = self.own_tags(experiment);
                    keep::add_experiment_tags(self.ctx, &standing, &tags).await?;
                    (standing.id.clone(), Fate::Brought)
                }
                Place::New(name) => (self.make(experiment, &name).await?, Fate::Brought),
            },
        };
        if fate != Fate::Unchanged {
            let mark = Mark {
                source_key: &experiment.id,
                local_key: local.as_str(),
                fingerprint: &now,
                ..Mark::default()
            };
            self.journal.done(self.ctx, Kind::Experiment, mark).await?;
        }
        self.places().insert(experiment.id.clone(), local);
        Ok(fate)
    }

    /// Decides without writing, and says what was decided where a name was taken.
    pub(super) async fn place(&self, experiment: &SourceExperiment) -> Result<Place> {
        let subject = experiment_subject(experiment);
        let standing = match tracking::experiment_by_name(self.ctx, &experiment.name).await {
            Ok(standing) => standing,
            Err(ServiceError::NotFound { .. }) => return Ok(Place::New(experiment.name.clone())),
            Err(other) => return Err(other),
        };
        let deleted = standing.lifecycle == Lifecycle::Deleted;
        if deleted == experiment.deleted {
            // The default experiment is in every workspace.
            if standing.id != ExperimentId::default_experiment() {
                self.ledger.note(
                    subject,
                    "an experiment of this name is here already; its runs are added to it",
                );
            }
            return Ok(Place::Join(Box::new(standing)));
        }
        for number in 1.. {
            let name = match number {
                1 => format!("{} (imported)", experiment.name),
                n => format!("{} (imported {n})", experiment.name),
            };
            let taken = tracking::experiment_by_name(self.ctx, &name).await;
            if let Err(ServiceError::NotFound { .. }) = taken {
                let here = if deleted { "deleted" } else { "active" };
                self.ledger.note(
                    subject,
                    format!("an {here} experiment of this name is here already; it is brought as '{name}'"),
                );
                return Ok(Place::New(name));
            }
        }
        Ok(Place::Join(Box::new(standing)))
    }

    /// Makes it under its own id, or under the next free one where that is taken.
    async fn make(&self, experiment: &SourceExperiment, name: &str) -> Result<ExperimentId> {
        check_experiment_name(name)?;
        let tags = self.own_tags(experiment);
        let wanted = ExperimentId::parse(&experiment.id).ok();
        let id = match wanted {
            Some(id) if self.is_free(&id).await? => id,
            _ => {
                let mut id = keep::free_experiment_id(self.ctx).await?;
                while !self.is_free(&id).await? {
                    id = keep::free_experiment_id(self.ctx).await?;
                }
                self.ledger.note(
                    experiment_subject(experiment),
                    format!(
                        "its id {} is taken here; it is brought as {id}",
                        experiment.id
                    ),
                );
                id
            }
        };
        let own = format!("mlflow-artifacts:/{id}");
        // A bucket stays what it was: scripts go on writing there. Any other place is this workspace's now.
        let external = matches!(
            ArtifactUri::parse("artifact_location", &experiment.artifact_location),
            Ok(ArtifactUri::External(_))
        );
        let made = Experiment {
            artifact_location: if external {
                experiment.artifact_location.clone()
            } else {
                own
            },
            id: id.clone(),
            name: name.to_owned(),
            lifecycle: if experiment.deleted {
                Lifecycle::Deleted
            } else {
                Lifecycle::Active
            },
            created_at_ms: experiment.created_at_ms,
            updated_at_ms: experiment.updated_at_ms,
            tags,
        };
        if !keep::keep_experiment(self.ctx, self.actor, &made).await? {
            return Err(ServiceError::exists(format!(
                "Experiment '{name}' was made by someone else at this moment; run the import again"
            )));
        }
        Ok(id)
    }

    async fn is_free(&self, id: &ExperimentId) -> Result<bool> {
        match tracking::experiment(self.ctx, id.as_str()).await {
            Ok(_) => Ok(false),
            Err(ServiceError::NotFound { .. }) => Ok(true),
            Err(other) => Err(other),
        }
    }

    /// What changed at the source since: tags, and whether it is deleted.
    async fn update_experiment(
        &self,
        local: &ExperimentId,
        experiment: &SourceExperiment,
    ) -> Result<()> {
        let subject = experiment_subject(experiment);
        let standing = match tracking::experiment(self.ctx, local.as_str()).await {
            Ok(standing) => standing,
            Err(ServiceError::NotFound { .. }) => return Ok(()),
            Err(other) => return Err(other),
        };
        let id = local.as_str();
        if standing.lifecycle == Lifecycle::Active {
            for tag in self.own_tags(experiment) {
                let written = tracking::set_experiment_tag(self.ctx, self.actor, id, tag).await;
                self.refused(&subject, written)?;
            }
            if experiment.deleted && standing.id != ExperimentId::default_experiment() {
                tracking::delete_experiment(self.ctx, self.actor, id).await?;
            }
        } else if !experiment.deleted {
            self.ledger.note(
                subject,
                "it is active at the source and deleted here; it stays deleted",
            );
        }
        Ok(())
    }

    fn own_tags(&self, experiment: &SourceExperiment) -> Vec<Tag> {
        let subject = experiment_subject(experiment);
        self.checked_tags(&experiment.tags, EXPERIMENT_TAG_VALUE_CHARS_MAX, &subject)
    }

    /// What the sources read where a text held a character that no workspace keeps.
    pub(super) fn note_replaced(&self, subject: &str, what: &str, key: &str, value: &str) {
        if value.contains('\u{FFFD}') {
            self.ledger.note(
                subject,
                format!(
                    "{what} '{key}' holds characters that cannot be kept; \u{FFFD} stands for each"
                ),
            );
        }
    }

    /// Those that this workspace can hold; the others are told.
    pub(super) fn checked_tags(&self, tags: &[Tag], chars_max: usize, subject: &str) -> Vec<Tag> {
        let mut kept = Vec::with_capacity(tags.len());
        for tag in tags {
            if let Err(invalid) = check_key("tag", &tag.key) {
                self.ledger.problem(subject, invalid.to_string());
                continue;
            }
            let value = truncated(&tag.value, chars_max);
            if value.len() < tag.value.len() {
                self.ledger.note(
                    subject,
                    format!("tag '{}' is cut to {chars_max} characters", tag.key),
                );
            }
            self.note_replaced(subject, "tag", &tag.key, value);
            kept.push(Tag {
                key: tag.key.clone(),
                value: value.to_owned(),
            });
        }
        kept
    }
}

pub(super) fn experiment_subject(experiment: &SourceExperiment) -> String {
    format!("experiment '{}'", experiment.name)
}
