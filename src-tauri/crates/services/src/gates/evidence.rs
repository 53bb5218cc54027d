//! The record of one run of the gates: what was asked, of which bytes, on which machine, what was measured, the verdict.

use domain::deployment::{GateCheck, Verdict};
use domain::gates::Facts;
use engine::Fingerprint;
use serde::{Deserialize, Serialize};

use super::chosen::GateFileRef;
use crate::models::ModelFile;

/// The form of this record; a reader that knows another says so.
pub(super) const FORMAT: u32 = 1;

/// What was gated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceSubject {
    /// The registered model, or the file's name.
    pub model: String,
    /// `None`: a file on disk.
    pub version: Option<i64>,
    /// SHA-256 over the version's files as it was registered; of a file on disk, its own.
    pub digest: String,
    pub files: Vec<ModelFile>,
}

/// Everything that a report shows. The same evidence gives the same report, byte for byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    pub format: u32,
    pub report_id: String,
    pub subject: EvidenceSubject,
    pub verdict: Verdict,
    pub checks: Vec<GateCheck>,
    pub facts: Facts,
    pub gate_file: GateFileRef,
    pub gate_file_text: String,
    /// Of every input that was generated.
    pub seed: u64,
    pub fingerprint: Fingerprint,
    /// The release of Drydock that measured.
    pub drydock: String,
    pub started_at_ms: i64,
    pub took_ms: i64,
}

/// The evidence as lists and the deploy modal show it.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GateReport {
    /// Empty in reports of earlier releases, which have no evidence to open.
    #[serde(default)]
    pub report_id: String,
    pub model: String,
    #[specta(type = Option<specta_typescript::Number>)]
    pub version: Option<i64>,
    pub digest: String,
    pub verdict: Verdict,
    pub checks: Vec<GateCheck>,
    #[serde(default)]
    pub gate_file: Option<GateFileRef>,
    #[specta(type = specta_typescript::Number)]
    pub started_at_ms: i64,
    #[specta(type = specta_typescript::Number)]
    pub took_ms: i64,
    pub fingerprint: Fingerprint,
}

impl Evidence {
    #[must_use]
    pub fn report(&self) -> GateReport {
        GateReport {
            report_id: self.report_id.clone(),
            model: self.subject.model.clone(),
            version: self.subject.version,
            digest: self.subject.digest.clone(),
            verdict: self.verdict,
            checks: self.checks.clone(),
            gate_file: Some(self.gate_file.clone()),
            started_at_ms: self.started_at_ms,
            took_ms: self.took_ms,
            fingerprint: self.fingerprint.clone(),
        }
    }
}
