//! Gates: what a version must hold, measured on this machine, judged, and kept as evidence.
//!
//! `chosen` says which gate file holds, `walk` measures what it asks in the order in which it costs, `domain::gates::judge`
//! reaches the verdict, and `evidence` carries all of it: from one [`Evidence`] come the report's HTML, JSON, CSV and
//! Markdown, the same bytes wherever they are made.

mod chosen;
mod evidence;
mod files;
mod hands;
mod kept;
mod measure;
pub mod report;
mod run;
mod tags;
mod walk;
mod watch;

pub(crate) use chosen::still_holds;
pub use chosen::{ChosenGateFile, GateFileOrigin, GateFileRef, gate_file_on_disk};
pub use evidence::{Evidence, EvidenceSubject, GateReport};
pub use files::{
    GateFileCheck, GateFileRevision, GateFileView, RestoreGateFileInput, SaveGateFileInput,
    check_gate_file, gate_file, restore_gate_file, save_gate_file,
};
pub use hands::Hands;
pub(crate) use kept::keep;
pub use kept::{evidence_of, gate_reports, gate_summaries, latest_report};
pub use run::{FileGates, check_file, check_gates, check_version};
pub(crate) use run::{Gated, run_on_version};
pub use watch::{DeployStep, Step, StepState, Watch};
