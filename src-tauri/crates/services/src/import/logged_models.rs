//! Logged models: with their experiments' runs, before whatever refers to them.

use domain::artifact::ArtifactUri;
use domain::names::{
    PARAM_VALUE_CHARS_MAX, TAG_VALUE_CHARS_MAX, check_key, check_logged_model_name, truncated,
};
use domain::tracking::{ExperimentId, LoggedModel, LoggedModelId, Param, RunId};
use futures_util::{StreamExt as _, stream};

use super::experiments::experiment_subject;
use super::journal::{Kind, Mark};
use super::ledger::Fate;
use super::read::Source;
use super::source::{Owner, OwnerKind, SourceExperiment, SourceLoggedModel, fingerprint_of};
use super::{AT_ONCE, Import};
use crate::error::Result;
use crate::tracking::{self, import as keep};

impl Import<'_> {
    async fn read_logged_models(
        &self,
        experiment: &SourceExperiment,
    ) -> Result<Vec<SourceLoggedModel>> {
        let read = self.source.logged_models(&experiment.id).await;
        let subject = experiment_subject(experiment);
        let Some((models, problems)) = self.tolerate(&subject, read)? else {
            return Ok(Vec::new());
        };
        for problem in &problems {
            self.ledger.source_problem(&subject, problem);
            self.ledger.logged_model(Fate::LeftOut);
        }
        Ok(models)
    }

    pub(super) async fn carry_logged_models(&self, experiment: &SourceExperiment) -> Result<()> {
        for model in self.read_logged_models(experiment).await? {
            self.check()?;
            self.carry_logged_model(&model).await?;
        }
        Ok(())
    }

    pub(super) async fn carry_logged_model(&self, model: &SourceLoggedModel) -> Result<()> {
        let subject = format!("logged model {} ({})", model.id, model.name);
        let Some(experiment) = self.places().get(&model.experiment_id).cloned() else {
            return Ok(());
        };
        if !self.input.experiments.is_empty() {
            self.chosen().insert(model.id.clone());
        }
        let now = fingerprint_of(model);
        let known = self
            .journal
            .one(self.ctx, Kind::LoggedModel, &model.id)
            .await?;
        if known
            .as_ref()
            .is_some_and(|e| e.done && e.fingerprint == now)
        {
            self.ledger.logged_model(Fate::Unchanged);
            return Ok(());
        }
        let Some(kept) = self.as_kept(model, experiment, &subject) else {
            self.ledger.logged_model(Fate::LeftOut);
            return Ok(());
        };
        keep::keep_logged_model(self.ctx, &kept).await?;
        let mark = Mark {
            source_key: &model.id,
            local_key: &model.id,
            fingerprint: &now,
            ..Mark::default()
        };
        self.journal.done(self.ctx, Kind::LoggedModel, mark).await?;
        self.ledger.logged_model(match known {
            Some(_) => Fate::Updated,
            None => Fate::Brought,
        });
        Ok(())
    }

    fn as_kept(
        &self,
        model: &SourceLoggedModel,
        experiment_id: ExperimentId,
        subject: &str,
    ) -> Option<LoggedModel> {
        let checked = LoggedModelId::parse(&model.id)
            .and_then(|id| check_logged_model_name(&model.name).map(|()| id));
        let id = match checked {
            Ok(id) => id,
            Err(invalid) => {
                self.ledger.problem(subject, invalid.to_string());
                return None;
            }
        };
        let stays = self.input.no_artifacts || matches!(self.source, Source::Folder(_));
        let artifact_uri = match ArtifactUri::parse("artifact_uri", &model.artifact_uri) {
            Ok(ArtifactUri::External(uri)) if stays => uri,
            _ => format!("mlflow-artifacts:/{experiment_id}/models/{id}/artifacts"),
        };
        let params = model.params.iter().filter(|param| {
            let checked = check_key("param", &param.key);
            if let Err(invalid) = &checked {
                self.ledger.problem(subject, invalid.to_string());
            }
            checked.is_ok()
        });
        Some(LoggedModel {
            artifact_uri,
            experiment_id,
            name: model.name.clone(),
            status: model.status,
            status_message: model.status_message.clone(),
            model_type: model.model_type.clone(),
            source_run_id: model
                .source_run_id
                .as_deref()
                .and_then(|id| RunId::parse(id).ok()),
            created_at_ms: model.created_at_ms,
            updated_at_ms: model.updated_at_ms,
            params: params
                .map(|param| Param {
                    key: param.key.clone(),
                    value: truncated(&param.value, PARAM_VALUE_CHARS_MAX).to_owned(),
                })
                .collect(),
            tags: self.checked_tags(&model.tags, TAG_VALUE_CHARS_MAX, subject),
            metrics: model.metrics.clone(),
            id,
        })
    }

    /// The files come last, when the runs are there.
    pub(super) async fn carry_model_artifacts(&self, experiment: &SourceExperiment) -> Result<()> {
        if self.input.no_artifacts {
            return Ok(());
        }
        let models = self.read_logged_models(experiment).await?;
        let files: Vec<_> = models
            .iter()
            .map(|model| self.carry_files_of(model))
            .collect();
        let mut ended = stream::iter(files).buffer_unordered(AT_ONCE);
        while let Some(ended) = ended.next().await {
            ended?;
        }
        Ok(())
    }

    pub(super) async fn carry_files_of(&self, model: &SourceLoggedModel) -> Result<()> {
        self.check()?;
        let here = match tracking::logged_model(self.ctx, &model.id).await {
            Ok(here) => here,
            // Left out before, or deleted here since.
            Err(crate::ServiceError::NotFound { .. } | crate::ServiceError::Invalid { .. }) => {
                return Ok(());
            }
            Err(other) => return Err(other),
        };
        let owner = Owner {
            kind: OwnerKind::LoggedModel,
            experiment_id: model.experiment_id.clone(),
            id: model.id.clone(),
            artifact_uri: model.artifact_uri.clone(),
        };
        self.carry_artifacts(&owner, &here.artifact_uri, None)
            .await?;
        Ok(())
    }
}
