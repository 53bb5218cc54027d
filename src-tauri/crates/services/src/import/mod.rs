//! Import: what lives in an MLflow server or in an `mlruns` folder, brought into this workspace.
//!
//! Ids, times, histories and version numbers are kept. A journal says what of a source is here already, so that an import
//! can be killed and resumed, and a second one changes nothing. Whatever cannot be carried is told with its reason.
//!
//! Memory stays bounded: a page of runs, a piece of a history, a chunk of a file; at most eight requests at a time.

mod artifacts;
mod experiments;
mod folder;
mod journal;
mod ledger;
mod logged_models;
mod metrics;
mod models;
mod preview;
mod read;
mod runs;
mod server;
mod source;
mod view;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::audit::Actor;
use domain::tracking::ExperimentId;

use crate::Context;
use crate::error::{Result, ServiceError};

use folder::Folder;
use journal::Journal;
use ledger::Ledger;
pub use ledger::Watch;
pub use preview::preview;
use read::Source;
use server::Server;
use source::SourceError;
pub use view::{
    ImportCounts, ImportExperiment, ImportInput, ImportLogin, ImportNote, ImportOutcome,
    ImportPhase, ImportPreview, ImportReport, ImportStep, ImportTally,
};

/// How many runs, files or models are worked on at a time.
const AT_ONCE: usize = 8;
const REPORTS_MAX: i64 = 50;

/// An import under way.
struct Import<'i> {
    ctx: &'i Context,
    actor: &'i Actor,
    input: &'i ImportInput,
    source: &'i Source,
    watch: Watch<'i>,
    journal: Journal,
    ledger: Ledger<'i>,
    /// Where each experiment of the source is in this workspace.
    places: Mutex<HashMap<String, ExperimentId>>,
    /// Runs and logged models that are here; only filled where a choice of them was asked for.
    chosen: Mutex<HashSet<String>>,
    /// Runs of which a series could not be had: the next import asks for them again.
    incomplete: Mutex<HashSet<String>>,
}

/// Brings a source in. An import that was cancelled, or whose source went away, ends with a report too; an error means
/// that nothing could be begun.
pub async fn import(
    ctx: &Context,
    actor: &Actor,
    input: &ImportInput,
    watch: Watch<'_>,
) -> Result<ImportReport> {
    let source = open(input).await?;
    let address = source.address();
    let ledger = Ledger::new(ctx, watch, &address, &source.kind());
    let journal = Journal::open(ctx, &address).await?;
    let import = Import {
        ctx,
        actor,
        input,
        source: &source,
        watch,
        journal,
        ledger,
        places: Mutex::default(),
        chosen: Mutex::default(),
        incomplete: Mutex::default(),
    };
    tracing::info!(source = address, "import begins");
    let ended = import.everything().await;
    let report = import.ledger.finish(ended)?;
    import.journal.keep_report(ctx, actor, &report).await?;
    tracing::info!(
        source = address,
        outcome = report.outcome.as_str(),
        runs = report.runs.brought + report.runs.updated,
        left_out = report.problems.len(),
        "import ends"
    );
    Ok(report)
}

impl Import<'_> {
    async fn everything(&self) -> Result<()> {
        let experiments = self.chosen_experiments().await?;
        self.note_what_stays().await?;
        if self.input.models_only {
            return self.registry_first(&experiments).await;
        }
        self.carry_experiments(&experiments).await?;
        for experiment in &experiments {
            self.carry_logged_models(experiment).await?;
            self.carry_runs(experiment).await?;
            self.carry_model_artifacts(experiment).await?;
        }
        self.carry_registry().await
    }

    /// Whole kinds of things that no import brings: said once, so that nobody looks for them here.
    async fn note_what_stays(&self) -> Result<()> {
        let address = self.source.address();
        let read = self.source.stays().await;
        if let Some(Some(told)) = self.tolerate(&address, read)? {
            self.ledger.note(address, told);
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        Ok(self.watch.cancel.check()?)
    }

    fn places(&self) -> MutexGuard<'_, HashMap<String, ExperimentId>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn incomplete(&self) -> MutexGuard<'_, HashSet<String>> {
        self.incomplete
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn chosen(&self) -> MutexGuard<'_, HashSet<String>> {
        self.chosen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what the source could not give of one thing, and lets the import go on; a source that is gone ends it.
    fn tolerate<T>(&self, subject: &str, read: source::Read<T>) -> Result<Option<T>> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(gone @ SourceError::Gone(_)) => Err(gone.into()),
            Err(other) => {
                self.ledger.source_problem(subject, &other);
                Ok(None)
            }
        }
    }

    /// Notes what this workspace refuses of one thing, and lets the import go on; a workspace that is gone ends it.
    fn refused<T>(&self, subject: &str, written: Result<T>) -> Result<Option<T>> {
        match written {
            Ok(value) => Ok(Some(value)),
            Err(
                error @ (ServiceError::Invalid { .. }
                | ServiceError::NotFound { .. }
                | ServiceError::Exists { .. }
                | ServiceError::State { .. }
                | ServiceError::IllegalMove(_)),
            ) => {
                self.ledger.problem(subject, error.to_string());
                Ok(None)
            }
            Err(ServiceError::Store(error)) if error.refused().is_some() => {
                let why = error.refused().unwrap_or_default();
                self.ledger.problem(subject, why);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}

/// An address of a server, or a folder.
async fn open(input: &ImportInput) -> Result<Source> {
    let from = input.from.trim();
    let login = input.login.clone().unwrap_or_default();
    if from.starts_with("http://") || from.starts_with("https://") {
        return Ok(Source::Server(Server::connect(from, login).await?));
    }
    let scheme = from.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        None => Ok(Source::Folder(Folder::at(Path::new(from)).await?)),
        Some("file") => {
            let path = from.trim_start_matches("file://");
            Ok(Source::Folder(Folder::at(Path::new(path)).await?))
        }
        Some(other) => Err(ServiceError::invalid(
            "from",
            format!(
                "'{other}://' cannot be read directly; start `mlflow server --backend-store-uri {from}` and import from \
                 its http:// address"
            ),
        )),
    }
}

/// What past imports reported, newest first.
pub async fn reports(ctx: &Context) -> Result<Vec<ImportReport>> {
    let rows = store::import::reports(ctx.store.pool(), REPORTS_MAX).await?;
    // A report of a version that said it in other words is not worth an error.
    Ok(rows
        .iter()
        .filter_map(|row| serde_json::from_str(&row.report_json).ok())
        .collect())
}
