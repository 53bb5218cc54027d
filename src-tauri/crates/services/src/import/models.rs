//! The registry: models, versions with their numbers, stages, aliases; sources rewritten to where the files are now.

use std::collections::HashSet;

use domain::artifact::ArtifactPath;
use domain::names::{MODEL_TAG_VALUE_CHARS_MAX, check_alias, check_model_name};
use domain::registry::Stage;
use store::registry::{ModelRow, StageText, VersionRow};

use super::Import;
use super::journal::{Entry, Kind, Mark};
use super::ledger::Fate;
use super::source::{SourceExperiment, SourceModel, SourceVersion, fingerprint_of};
use super::view::ImportPhase;
use crate::error::{Result, ServiceError};
use crate::registry::import::{KeptModel, keep_model};
use crate::tracking;

impl Import<'_> {
    pub(super) async fn carry_registry(&self) -> Result<()> {
        self.ledger.at(ImportPhase::Models, "registered models");
        for model in self.read_models().await? {
            self.check()?;
            self.ledger.at(ImportPhase::Models, model.name.as_str());
            let versions = self.read_versions(&model).await?;
            if self.is_chosen(&versions) {
                self.carry_model(&model, &versions).await?;
            }
        }
        Ok(())
    }

    /// Where only some experiments were asked for: models with a version that comes from one of their runs.
    fn is_chosen(&self, versions: &[SourceVersion]) -> bool {
        if self.input.experiments.is_empty() {
            return true;
        }
        let chosen = self.chosen();
        versions.iter().any(|version| {
            let ids = [version.run_id.as_ref(), version.model_id.as_ref()];
            let named = version.source.strip_prefix("models:/");
            ids.into_iter().flatten().any(|id| chosen.contains(id))
                || named.is_some_and(|id| chosen.contains(id))
        })
    }

    async fn read_models(&self) -> Result<Vec<SourceModel>> {
        let read = self.source.models().await;
        let Some((models, problems)) = self.tolerate("registered models", read)? else {
            return Ok(Vec::new());
        };
        for problem in &problems {
            self.ledger.source_problem("registered model", problem);
            self.ledger.model(Fate::LeftOut);
        }
        Ok(models)
    }

    async fn read_versions(&self, model: &SourceModel) -> Result<Vec<SourceVersion>> {
        let subject = subject(&model.name);
        let Some((versions, problems)) =
            self.tolerate(&subject, self.source.versions(model).await)?
        else {
            return Ok(Vec::new());
        };
        for problem in &problems {
            self.ledger.source_problem(&subject, problem);
            self.ledger.version(Fate::LeftOut);
        }
        Ok(versions)
    }

    async fn carry_model(&self, model: &SourceModel, versions: &[SourceVersion]) -> Result<()> {
        let known = self.journal.one(self.ctx, Kind::Model, &model.name).await?;
        let told = fingerprint_of(&(&model.description, sorted(&model.tags), &model.aliases));
        let model_is_same = is_same(known.as_ref(), &told);
        let keys: Vec<String> = versions
            .iter()
            .map(|version| version_key(model, version))
            .collect();
        let keys_text: Vec<&str> = keys.iter().map(String::as_str).collect();
        let known_versions = self
            .journal
            .known(self.ctx, Kind::Version, &keys_text)
            .await?;
        let mut fresh = Vec::new();
        for (version, key) in versions.iter().zip(&keys) {
            let now = fingerprint_of(version);
            let entry = known_versions.get(key);
            if is_same(entry, &now) {
                self.ledger.version(Fate::Unchanged);
            } else {
                fresh.push((version, key, now, entry.is_some()));
            }
        }
        if model_is_same && fresh.is_empty() {
            self.ledger.model(Fate::Unchanged);
            return Ok(());
        }
        let name = match &known {
            Some(entry) => entry.local_key.clone(),
            None => match self.model_name(model, versions).await? {
                Some(name) => name,
                None => {
                    self.ledger.model(Fate::LeftOut);
                    return Ok(());
                }
            },
        };
        // Remembered before it is written: a resumed import must find its own model, not a name that is taken.
        let mark = Mark {
            source_key: &model.name,
            local_key: &name,
            fingerprint: &told,
            ..Mark::default()
        };
        if known.is_none() {
            self.journal
                .begun(self.ctx, Kind::Model, mark.clone())
                .await?;
        }
        let mut kept = self.as_kept_model(model, &name, !model_is_same);
        for (version, ..) in &fresh {
            kept.versions
                .push(self.as_kept_version(version, &name).await?);
        }
        let numbers: HashSet<i64> = versions.iter().map(|version| version.version).collect();
        kept.aliases.retain(|(_, number)| numbers.contains(number));
        let written = keep_model(self.ctx, self.actor, kept).await;
        if self.refused(&subject(&model.name), written)?.is_none() {
            self.ledger.model(Fate::LeftOut);
            return Ok(());
        }
        for (_, key, now, stood) in fresh {
            let mark = Mark {
                source_key: key,
                local_key: &name,
                fingerprint: &now,
                ..Mark::default()
            };
            self.journal.done(self.ctx, Kind::Version, mark).await?;
            self.ledger
                .version(if stood { Fate::Updated } else { Fate::Brought });
        }
        self.journal.done(self.ctx, Kind::Model, mark).await?;
        let was_done = known.is_some_and(|entry| entry.done);
        self.ledger.model(if was_done {
            Fate::Updated
        } else {
            Fate::Brought
        });
        Ok(())
    }

    /// The model's own name, or another one where a different model has it.
    pub(super) async fn model_name(
        &self,
        model: &SourceModel,
        versions: &[SourceVersion],
    ) -> Result<Option<String>> {
        if let Err(invalid) = check_model_name(&model.name) {
            self.ledger
                .problem(subject(&model.name), invalid.to_string());
            return Ok(None);
        }
        for number in 0.. {
            let name = match number {
                0 => model.name.clone(),
                1 => format!("{}-imported", model.name),
                n => format!("{}-imported-{n}", model.name),
            };
            let standing = store::registry::versions(self.ctx.store.pool(), Some(&name)).await?;
            let free = store::registry::model(self.ctx.store.pool(), &name)
                .await?
                .is_none();
            // The same model, known by another address of the same source.
            let same = standing.iter().all(|here| {
                versions.iter().any(|there| {
                    there.version == here.version
                        && there.created_at_ms == here.created_at_ms
                        && there.run_id == here.run_id
                })
            });
            if free || same {
                if number > 0 {
                    let told =
                        format!("a model of this name is here already; it is brought as '{name}'");
                    self.ledger.note(subject(&model.name), told);
                }
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn as_kept_model(&self, model: &SourceModel, name: &str, told_anew: bool) -> KeptModel {
        let subject = subject(&model.name);
        let aliases = model.aliases.iter().filter(|(alias, _)| {
            let checked = check_alias(alias);
            if let Err(invalid) = &checked {
                self.ledger.problem(subject.as_str(), invalid.to_string());
            }
            checked.is_ok()
        });
        KeptModel {
            row: ModelRow {
                name: name.to_owned(),
                description: model.description.clone(),
                created_at_ms: model.created_at_ms,
                updated_at_ms: model.updated_at_ms,
            },
            told_anew,
            tags: self.checked_tags(&model.tags, MODEL_TAG_VALUE_CHARS_MAX, &subject),
            aliases: aliases.cloned().collect(),
            versions: Vec::new(),
            source: self.source.address(),
        }
    }

    async fn as_kept_version(
        &self,
        version: &SourceVersion,
        name: &str,
    ) -> Result<(VersionRow, Vec<domain::tracking::Tag>)> {
        let subject = format!("model '{name}' version {}", version.version);
        let stage = match version.stage.as_str() {
            "" => Stage::None,
            word => word.parse().unwrap_or_else(|_| {
                let told = format!("its stage '{word}' is unknown here; it stands in None");
                self.ledger.problem(subject.as_str(), told);
                Stage::None
            }),
        };
        let artifact_path = self.located(version).await?;
        let source = match &artifact_path {
            Some(path) if !version.source.starts_with("models:/m-") => {
                if version.source.starts_with("runs:/") {
                    version.source.clone()
                } else {
                    format!("mlflow-artifacts:/{path}")
                }
            }
            _ => version.source.clone(),
        };
        if artifact_path.is_none() && !self.input.no_artifacts {
            let place = version.storage_location.as_ref().unwrap_or(&version.source);
            let told =
                format!("its files stand at {place}, which was not brought; the address is kept");
            self.ledger.problem(subject.as_str(), told);
        }
        let model_id = version.model_id.clone();
        let named = version.source.strip_prefix("models:/");
        let row = VersionRow {
            name: name.to_owned(),
            version: version.version,
            stage: StageText(stage),
            description: version.description.clone(),
            source,
            artifact_path,
            run_id: version.run_id.clone(),
            run_link: version.run_link.clone(),
            model_id: model_id
                .or_else(|| named.filter(|id| id.starts_with("m-")).map(str::to_owned)),
            user_id: version.user.clone(),
            digest: None,
            size_bytes: None,
            status: match version.status.as_str() {
                "" => "READY".to_owned(),
                status => status.to_owned(),
            },
            status_message: version.status_message.clone(),
            created_at_ms: version.created_at_ms,
            updated_at_ms: version.updated_at_ms,
        };
        Ok((
            row,
            self.checked_tags(&version.tags, MODEL_TAG_VALUE_CHARS_MAX, &subject),
        ))
    }

    /// Where a version's files are in this workspace. Whatever the root of the source was, a run's files stand at
    /// `.../<run id>/artifacts/...` and a logged model's at `.../models/<model id>/artifacts/...`.
    async fn located(&self, version: &SourceVersion) -> Result<Option<String>> {
        let places = [version.storage_location.as_deref(), Some(&version.source)];
        for place in places.into_iter().flatten() {
            if let Some(rest) = place.strip_prefix("runs:/") {
                let (run, below) = rest.split_once('/').unwrap_or((rest, ""));
                if let Some(root) = tracking::run_artifact_path(self.ctx, run).await? {
                    return Ok(joined(&root, below));
                }
                continue;
            }
            if let Some(id) = place.strip_prefix("models:/m-") {
                if let Some(root) = self.model_root(&format!("m-{id}")).await? {
                    return Ok(Some(root));
                }
                continue;
            }
            let segments: Vec<&str> = place.trim_end_matches('/').split('/').collect();
            for at in (1..segments.len())
                .rev()
                .filter(|at| segments[*at] == "artifacts")
            {
                let (owner, below) = (segments[at - 1], segments[at + 1..].join("/"));
                let root = if owner.starts_with("m-") {
                    self.model_root(owner).await?
                } else {
                    tracking::run_artifact_path(self.ctx, owner).await?
                };
                if let Some(root) = root {
                    return Ok(joined(&root, &below));
                }
            }
        }
        Ok(None)
    }

    async fn model_root(&self, id: &str) -> Result<Option<String>> {
        use domain::artifact::ArtifactUri;
        match tracking::logged_model(self.ctx, id).await {
            Ok(model) => Ok(
                match ArtifactUri::parse("artifact_uri", &model.artifact_uri) {
                    Ok(ArtifactUri::Proxied(path)) => Some(path.as_str().to_owned()),
                    _ => None,
                },
            ),
            Err(ServiceError::NotFound { .. } | ServiceError::Invalid { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Registered models only: with the runs and logged models that their versions came from, and the experiments of
    /// those.
    pub(super) async fn registry_first(&self, experiments: &[SourceExperiment]) -> Result<()> {
        self.ledger.at(ImportPhase::Looking, "registered models");
        let mut runs = HashSet::new();
        let mut logged = HashSet::new();
        for model in self.read_models().await? {
            for version in self.read_versions(&model).await? {
                runs.extend(version.run_id);
                logged.extend(version.model_id);
                let named = version.source.strip_prefix("models:/m-");
                logged.extend(named.map(|id| format!("m-{id}")));
            }
        }
        let mut pages: Vec<_> = Vec::new();
        for id in &runs {
            self.check()?;
            let read = self.source.run(id).await;
            if let Some(run) = self.tolerate(&format!("run {id}"), read)?
                && experiments.iter().any(|e| e.id == run.experiment_id)
            {
                pages.push(run);
            }
        }
        for experiment in experiments {
            let (models, _) = match self.source.logged_models(&experiment.id).await {
                Ok(read) => read,
                Err(error) => {
                    self.tolerate::<()>(&experiment.name, Err(error))?;
                    continue;
                }
            };
            let models: Vec<_> = models
                .into_iter()
                .filter(|m| logged.contains(&m.id))
                .collect();
            let has_runs = pages.iter().any(|run| run.experiment_id == experiment.id);
            if models.is_empty() && !has_runs {
                continue;
            }
            self.carry_one_experiment(experiment).await?;
            for model in &models {
                self.carry_logged_model(model).await?;
                self.carry_files_of(model).await?;
            }
        }
        self.ledger
            .at(ImportPhase::Runs, "runs of registered models");
        while !pages.is_empty() {
            let rest = pages.split_off(pages.len().min(100));
            self.carry_page(std::mem::replace(&mut pages, rest)).await?;
        }
        self.carry_registry().await
    }
}

fn is_same(entry: Option<&Entry>, fingerprint: &str) -> bool {
    entry.is_some_and(|entry| entry.done && entry.fingerprint == fingerprint)
}

fn sorted(tags: &[domain::tracking::Tag]) -> Vec<(&str, &str)> {
    let mut pairs: Vec<_> = tags.iter().map(|tag| (&*tag.key, &*tag.value)).collect();
    pairs.sort_unstable();
    pairs
}

fn joined(root: &str, below: &str) -> Option<String> {
    let below = ArtifactPath::parse(below).ok()?;
    Some(
        ArtifactPath::parse(root)
            .ok()?
            .join(&below)
            .as_str()
            .to_owned(),
    )
}

fn version_key(model: &SourceModel, version: &SourceVersion) -> String {
    format!("{}/{}", model.name, version.version)
}

fn subject(name: &str) -> String {
    format!("model '{name}'")
}
