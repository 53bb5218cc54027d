//! What is asked of an import, what it tells while it runs, and what it reports at the end.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportInput {
    /// `http://mlflow:5000`, or a folder that MLflow's file store wrote.
    pub from: String,
    /// Only experiments of these names; all when empty.
    pub experiments: Vec<String>,
    /// Only registered models, with the runs and logged models that their versions came from.
    pub models_only: bool,
    /// Leave every file where it is.
    pub no_artifacts: bool,
    pub login: Option<ImportLogin>,
}

/// How the source wants to be asked. Never stored, never logged.
#[derive(Clone, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportLogin {
    pub username: String,
    pub password: String,
    /// Goes before name and password.
    pub token: String,
}

impl std::fmt::Debug for ImportLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImportLogin(..)")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum ImportPhase {
    Looking,
    Experiments,
    Runs,
    Models,
    Done,
}

/// A moment of a running import.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportStep {
    pub phase: ImportPhase,
    /// What is being brought now: "trends: runs 101 to 200".
    pub current: String,
    pub done: ImportCounts,
}

/// How much has come so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportCounts {
    #[specta(type = specta_typescript::Number)]
    pub experiments: i64,
    #[specta(type = specta_typescript::Number)]
    pub runs: i64,
    #[specta(type = specta_typescript::Number)]
    pub points: i64,
    #[specta(type = specta_typescript::Number)]
    pub artifacts: i64,
    #[specta(type = specta_typescript::Number)]
    pub artifact_bytes: i64,
    #[specta(type = specta_typescript::Number)]
    pub logged_models: i64,
    #[specta(type = specta_typescript::Number)]
    pub models: i64,
    #[specta(type = specta_typescript::Number)]
    pub versions: i64,
}

/// What a source holds, before anything is brought.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportPreview {
    pub source: String,
    /// "MLflow 3.17.2" or "a folder of MLflow's file store"
    pub source_kind: String,
    pub experiments: Vec<ImportExperiment>,
    #[specta(type = specta_typescript::Number)]
    pub runs: i64,
    #[specta(type = specta_typescript::Number)]
    pub logged_models: i64,
    #[specta(type = specta_typescript::Number)]
    pub models: i64,
    #[specta(type = specta_typescript::Number)]
    pub versions: i64,
    /// Names that are taken here and what will be done about each; what no import brings.
    pub notes: Vec<ImportNote>,
    pub problems: Vec<ImportNote>,
    #[specta(type = specta_typescript::Number)]
    pub problems_left_out: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportExperiment {
    pub name: String,
    pub deleted: bool,
    #[specta(type = specta_typescript::Number)]
    pub runs: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum ImportOutcome {
    Finished,
    /// Stopped on request; the same import goes on where it was.
    Cancelled,
    /// The source went away; the same import goes on where it was.
    Failed,
}

impl ImportOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// How the things of one kind fared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportTally {
    #[specta(type = specta_typescript::Number)]
    pub brought: i64,
    /// Here since an earlier import, changed at the source, and changed here now.
    #[specta(type = specta_typescript::Number)]
    pub updated: i64,
    #[specta(type = specta_typescript::Number)]
    pub unchanged: i64,
    #[specta(type = specta_typescript::Number)]
    pub left_out: i64,
}

impl ImportTally {
    pub fn carried(self) -> i64 {
        self.brought + self.updated + self.unchanged
    }
}

/// A sentence about one thing: "run 3f2a...", "/data/mlruns/1/meta.yaml:4".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportNote {
    pub subject: String,
    pub message: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    pub report_id: String,
    pub source: String,
    pub source_kind: String,
    pub outcome: ImportOutcome,
    /// Why it ended early.
    pub error: Option<String>,
    #[specta(type = specta_typescript::Number)]
    pub started_at_ms: i64,
    #[specta(type = specta_typescript::Number)]
    pub ended_at_ms: i64,
    pub experiments: ImportTally,
    pub runs: ImportTally,
    pub logged_models: ImportTally,
    pub models: ImportTally,
    pub versions: ImportTally,
    /// Written by this import; what an earlier one brought is not counted again.
    #[specta(type = specta_typescript::Number)]
    pub points: i64,
    #[specta(type = specta_typescript::Number)]
    pub artifacts: i64,
    #[specta(type = specta_typescript::Number)]
    pub artifact_bytes: i64,
    /// What was done about names that were taken, values that were cut.
    pub notes: Vec<ImportNote>,
    /// What could not be carried, and why.
    pub problems: Vec<ImportNote>,
    #[specta(type = specta_typescript::Number)]
    pub problems_left_out: i64,
}
