//! Counting what comes and noting what does not; telling whoever looks on, a few times a second.

use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::CancelToken;

use super::source::SourceError;
use super::view::{
    ImportCounts, ImportNote, ImportOutcome, ImportPhase, ImportReport, ImportStep, ImportTally,
};
use crate::Context;
use crate::error::{Result, ServiceError};

/// A report that nobody can read helps nobody; the rest is counted.
const NOTES_MAX: usize = 1000;
const TELL_EVERY_MS: i64 = 100;

/// Who looks on, and may stop it.
#[derive(Clone, Copy)]
pub struct Watch<'w> {
    pub progress: &'w (dyn Fn(ImportStep) + Send + Sync),
    pub cancel: &'w CancelToken,
}

pub struct Ledger<'l> {
    ctx: &'l Context,
    watch: Watch<'l>,
    inner: Mutex<Inner>,
}

struct Inner {
    report: ImportReport,
    phase: ImportPhase,
    current: String,
    told_at_ms: i64,
}

/// What came of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Brought,
    Updated,
    Unchanged,
    LeftOut,
}

impl ImportTally {
    fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Brought => self.brought += 1,
            Fate::Updated => self.updated += 1,
            Fate::Unchanged => self.unchanged += 1,
            Fate::LeftOut => self.left_out += 1,
        }
    }
}

impl<'l> Ledger<'l> {
    pub fn new(ctx: &'l Context, watch: Watch<'l>, source: &str, source_kind: &str) -> Self {
        let now_ms = ctx.now_ms();
        let report = ImportReport {
            report_id: uuid::Uuid::now_v7().to_string(),
            source: source.to_owned(),
            source_kind: source_kind.to_owned(),
            outcome: ImportOutcome::Finished,
            error: None,
            started_at_ms: now_ms,
            ended_at_ms: now_ms,
            experiments: ImportTally::default(),
            runs: ImportTally::default(),
            logged_models: ImportTally::default(),
            models: ImportTally::default(),
            versions: ImportTally::default(),
            points: 0,
            artifacts: 0,
            artifact_bytes: 0,
            notes: Vec::new(),
            problems: Vec::new(),
            problems_left_out: 0,
        };
        Self {
            ctx,
            watch,
            inner: Mutex::new(Inner {
                report,
                phase: ImportPhase::Looking,
                current: String::new(),
                told_at_ms: 0,
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new stretch of work; told at once.
    pub fn at(&self, phase: ImportPhase, current: impl Into<String>) {
        let mut inner = self.inner();
        inner.phase = phase;
        inner.current = current.into();
        inner.told_at_ms = self.ctx.now_ms();
        let step = inner.step();
        drop(inner);
        (self.watch.progress)(step);
    }

    pub fn count(&self, change: impl FnOnce(&mut ImportReport)) {
        let mut inner = self.inner();
        change(&mut inner.report);
        let now_ms = self.ctx.now_ms();
        if now_ms - inner.told_at_ms < TELL_EVERY_MS {
            return;
        }
        inner.told_at_ms = now_ms;
        let step = inner.step();
        drop(inner);
        (self.watch.progress)(step);
    }

    pub fn experiment(&self, fate: Fate) {
        self.count(|report| report.experiments.count(fate));
    }

    pub fn run(&self, fate: Fate) {
        self.count(|report| report.runs.count(fate));
    }

    pub fn logged_model(&self, fate: Fate) {
        self.count(|report| report.logged_models.count(fate));
    }

    pub fn model(&self, fate: Fate) {
        self.count(|report| report.models.count(fate));
    }

    pub fn version(&self, fate: Fate) {
        self.count(|report| report.versions.count(fate));
    }

    pub fn note(&self, subject: impl Into<String>, message: impl Into<String>) {
        let note = ImportNote {
            subject: subject.into(),
            message: message.into(),
        };
        let notes = &mut self.inner().report.notes;
        if notes.len() < NOTES_MAX && !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// Something that stays behind.
    pub fn problem(&self, subject: impl Into<String>, message: impl Into<String>) {
        let note = ImportNote {
            subject: subject.into(),
            message: message.into(),
        };
        tracing::debug!(subject = note.subject, note.message, "left behind");
        let report = &mut self.inner().report;
        if report.problems.contains(&note) {
            return;
        }
        if report.problems.len() < NOTES_MAX {
            report.problems.push(note);
        } else {
            report.problems_left_out += 1;
        }
    }

    /// The same; what is malformed names its own place.
    pub fn source_problem(&self, subject: &str, error: &SourceError) {
        match error {
            SourceError::Malformed { place, message } => {
                self.problem(place.as_str(), message.as_str());
            }
            SourceError::Gone(message) | SourceError::Refused(message) => {
                self.problem(subject, message.as_str());
            }
        }
    }

    /// The report of an import that has ended in one way or another.
    pub fn finish(&self, ended: Result<()>) -> Result<ImportReport> {
        self.at(ImportPhase::Done, "");
        let mut report = self.inner().report.clone();
        report.ended_at_ms = self.ctx.now_ms();
        match ended {
            Ok(()) => {}
            Err(ServiceError::Cancelled) => report.outcome = ImportOutcome::Cancelled,
            Err(error @ ServiceError::Unavailable { .. }) => {
                report.outcome = ImportOutcome::Failed;
                report.error = Some(error.to_string());
            }
            Err(error) => return Err(error),
        }
        Ok(report)
    }
}

impl Inner {
    fn step(&self) -> ImportStep {
        let report = &self.report;
        ImportStep {
            phase: self.phase,
            current: self.current.clone(),
            done: ImportCounts {
                experiments: report.experiments.carried(),
                runs: report.runs.carried(),
                points: report.points,
                artifacts: report.artifacts,
                artifact_bytes: report.artifact_bytes,
                logged_models: report.logged_models.carried(),
                models: report.models.carried(),
                versions: report.versions.carried(),
            },
        }
    }
}
