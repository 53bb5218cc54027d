//! What an import would bring, counted without writing anything.

use std::sync::Mutex;

use domain::audit::Actor;

use super::experiments::Place;
use super::journal::{Journal, Kind};
use super::ledger::Ledger;
use super::view::{ImportExperiment, ImportInput, ImportPreview};
use super::{Import, Watch};
use crate::Context;
use crate::error::Result;

/// Reads all that is small: experiments, runs, models. Histories and files are counted as they are brought.
pub async fn preview(
    ctx: &Context,
    actor: &Actor,
    input: &ImportInput,
    watch: Watch<'_>,
) -> Result<ImportPreview> {
    let source = super::open(input).await?;
    let address = source.address();
    let import = Import {
        ctx,
        actor,
        input,
        source: &source,
        watch,
        journal: Journal::peek(ctx, &address).await?,
        ledger: Ledger::new(ctx, watch, &address, &source.kind()),
        places: Mutex::default(),
        chosen: Mutex::default(),
        incomplete: Mutex::default(),
    };
    import.counted().await
}

impl Import<'_> {
    async fn counted(&self) -> Result<ImportPreview> {
        let experiments = self.chosen_experiments().await?;
        self.note_what_stays().await?;
        let mut shown = Vec::with_capacity(experiments.len());
        let (mut runs, mut logged_models) = (0, 0);
        for experiment in &experiments {
            let known = self
                .journal
                .one(self.ctx, Kind::Experiment, &experiment.id)
                .await?;
            if known.is_none() {
                let _: Place = self.place(experiment).await?;
            }
            let count = self.count_runs(&experiment.id, &experiment.name).await?;
            runs += count;
            let read = self.source.logged_models(&experiment.id).await;
            if let Some((models, problems)) = self.tolerate(&experiment.name, read)? {
                logged_models += i64::try_from(models.len()).unwrap_or(i64::MAX);
                problems
                    .iter()
                    .for_each(|problem| self.ledger.source_problem(&experiment.name, problem));
            }
            shown.push(ImportExperiment {
                name: experiment.name.clone(),
                deleted: experiment.deleted,
                runs: count,
            });
        }
        let (models, versions) = self.count_registry().await?;
        let report = self.ledger.finish(Ok(()))?;
        Ok(ImportPreview {
            source: report.source,
            source_kind: report.source_kind,
            experiments: shown,
            runs,
            logged_models,
            models,
            versions,
            notes: report.notes,
            problems: report.problems,
            problems_left_out: report.problems_left_out,
        })
    }

    async fn count_runs(&self, experiment_id: &str, name: &str) -> Result<i64> {
        let mut count = 0;
        let mut page: Option<String> = None;
        loop {
            self.check()?;
            let read = self.source.runs(experiment_id, page.as_deref()).await;
            let Some(found) = self.tolerate(name, read)? else {
                return Ok(count);
            };
            for problem in &found.problems {
                self.ledger.source_problem(name, problem);
            }
            count += i64::try_from(found.runs.len()).unwrap_or(i64::MAX);
            let length = found.runs.len();
            self.ledger.count(|report| {
                report.runs.brought += i64::try_from(length).unwrap_or(i64::MAX);
            });
            match found.next {
                Some(next) => page = Some(next),
                None => return Ok(count),
            }
        }
    }

    async fn count_registry(&self) -> Result<(i64, i64)> {
        let (mut models, mut versions) = (0, 0);
        let read = self.source.models().await;
        let Some((found, problems)) = self.tolerate("registered models", read)? else {
            return Ok((0, 0));
        };
        for problem in &problems {
            self.ledger.source_problem("registered model", problem);
        }
        for model in found {
            self.check()?;
            let read = self.source.versions(&model).await;
            let Some((of_model, _)) = self.tolerate(&model.name, read)? else {
                continue;
            };
            let known = self.journal.one(self.ctx, Kind::Model, &model.name).await?;
            if known.is_none() {
                self.model_name(&model, &of_model).await?;
            }
            models += 1;
            versions += i64::try_from(of_model.len()).unwrap_or(i64::MAX);
        }
        Ok((models, versions))
    }
}
