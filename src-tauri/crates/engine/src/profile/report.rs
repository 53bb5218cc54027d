//! What a profile says, in the form in which it is shown, kept and sent.

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::origin::NodeOrigin;
use super::totals::TimelineCall;
use crate::assignment::AssignedNode;
use crate::memory::ProcessMemory;
use crate::nvml::GpuReport;
use crate::{Fingerprint, ModelOptions, ProviderReport, memory, nvml};

/// Where the time of a run goes. Times are microseconds of the runtime's own clock, which counts whole ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ProfileReport {
    pub model: String,
    pub digest: String,
    pub options: ModelOptions,
    pub inputs: String,
    /// Rows in one run: the first dim of the first input.
    #[specta(type = Number)]
    pub batch: u64,
    /// Runs that were profiled, after the warm-up.
    pub runs: u32,
    pub warm_up_runs: u32,
    /// Median of a profiled run.
    #[specta(type = Number)]
    pub run_p50_us: f64,
    #[specta(type = Number)]
    pub run_mean_us: f64,
    /// Median of the same run without the profiler, by this program's clock: what profiling itself costs is the difference.
    #[specta(type = Number)]
    pub plain_p50_us: f64,
    /// Mean of the time of a run in which no node ran: the session's own work, and what the clock cut off.
    #[specta(type = Number)]
    pub outside_mean_us: f64,
    /// Part of all time, from 0 to 1; with the shares of the nodes it makes 1.
    #[specta(type = Number)]
    pub outside_share: f64,
    /// In the order in which they ran.
    pub nodes: Vec<NodeProfile>,
    /// Most time first.
    pub ops: Vec<OpProfile>,
    /// The run that took the median time.
    pub timeline: Vec<TimelineCall>,
    #[specta(type = Number)]
    pub timeline_us: u64,
    pub placement: PlacementReport,
    pub memory: MemoryReport,
    /// What the reader must know besides.
    pub notes: Vec<String>,
    pub fingerprint: Fingerprint,
    #[specta(type = Number)]
    pub started_at_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct NodeProfile {
    /// As the runtime calls it.
    pub name: String,
    pub op: String,
    /// `cpu`, `cuda`.
    pub provider: String,
    /// The node that holds the body in which this one stands, by its place in the list.
    pub within: Option<u32>,
    #[specta(type = Number)]
    pub calls_per_run: f64,
    /// Own time over all runs: of a node with a body, without the body's nodes.
    #[specta(type = Number)]
    pub total_us: u64,
    #[specta(type = Number)]
    pub mean_us: f64,
    #[specta(type = Number)]
    pub p50_us: f64,
    #[specta(type = Number)]
    pub max_us: u64,
    /// Of the time of all runs, from 0 to 1.
    #[specta(type = Number)]
    pub share: f64,
    /// Types and shapes of its outputs in the first run.
    pub outputs: Vec<String>,
    #[specta(type = Number)]
    pub parameter_bytes: u64,
    #[specta(type = Number)]
    pub activation_bytes: u64,
    #[specta(type = Number)]
    pub output_bytes: u64,
    /// Pieces into which the runtime cut the work for its threads; 0 when it did not.
    pub pieces: u32,
    pub origin: NodeOrigin,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OpProfile {
    pub op: String,
    pub nodes: u32,
    #[specta(type = Number)]
    pub calls_per_run: f64,
    #[specta(type = Number)]
    pub total_us: u64,
    #[specta(type = Number)]
    pub share: f64,
}

/// Which provider was given which node, by the runtime's own account of the loaded session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct PlacementReport {
    pub provider: ProviderReport,
    /// Nodes that the first choice did not take and the CPU did.
    pub fallbacks: Vec<AssignedNode>,
    /// Operators among the fallbacks, each once: the first choice has no kernel for them as they stand, or leaves them to
    /// the CPU on purpose (shapes are computed there).
    pub fallback_ops: Vec<String>,
    /// Copies between devices that the runtime put in, by their place in the list of nodes.
    pub copies: Vec<u32>,
    /// What all copies together take of a run.
    #[specta(type = Number)]
    pub copies_mean_us: f64,
}

/// Memory of the process that ran the model. In a worker, which does nothing else, of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct MemoryReport {
    /// The model's files.
    #[specta(type = Number)]
    pub file_bytes: u64,
    pub before_load: ProcessMemory,
    pub after_load: ProcessMemory,
    /// Peak over the runs.
    pub after_runs: ProcessMemory,
    /// The most that the arena had handed out at once, by the runtime's account.
    #[specta(type = Option<Number>)]
    pub arena_peak_bytes: Option<u64>,
    /// What the arena holds from the system.
    #[specta(type = Option<Number>)]
    pub arena_held_bytes: Option<u64>,
    pub gpu_before: GpuReport,
    pub gpu_after: GpuReport,
}

impl MemoryReport {
    /// What there is before a model is loaded.
    pub(crate) fn before(file_bytes: u64) -> Self {
        memory::forget_peak();
        let (now, gpu) = (memory::now(), nvml::read());
        Self {
            file_bytes,
            before_load: now,
            after_load: now,
            after_runs: now,
            arena_peak_bytes: None,
            arena_held_bytes: None,
            gpu_before: gpu.clone(),
            gpu_after: gpu,
        }
    }

    /// What loading the model added.
    #[must_use]
    pub fn session_bytes(&self) -> Option<u64> {
        let (before, after) = (
            self.before_load.resident_bytes?,
            self.after_load.resident_bytes?,
        );
        Some(after.saturating_sub(before))
    }
}
