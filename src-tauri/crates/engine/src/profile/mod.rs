//! Where the time of a run goes, node by node, by the profile that ONNX Runtime itself writes.
//!
//! The model is loaded once with profiling on, run until it is warm, then run as often as was asked for. Each node's time is
//! counted once ([`totals`]), joined to the nodes of the file ([`origin`]), and set against the run as a whole, so that what
//! no node accounts for is said too. A second session without the profiler tells what profiling itself costs.

mod events;
mod origin;
mod report;
mod totals;
mod trace;

use std::path::{Path, PathBuf};
use std::time::Instant;

use ort::session::Session;
use serde::{Deserialize, Serialize};

pub use origin::{FileNode, NodeOrigin, OriginKind};
pub use report::{MemoryReport, NodeProfile, OpProfile, PlacementReport, ProfileReport};
pub use totals::TimelineCall;
pub use trace::trace_json;

use crate::error::ort_text;
use crate::job::{Sample, SampleInputs};
use crate::session::Extras;
use crate::tensor::Tensor;
use crate::{
    CachedModel, CancelToken, EngineError, ModelOptions, Provider, ProviderReport, Runtime,
    assignment, fingerprint, memory, nvml, session,
};
use events::RunEvents;
use origin::Ran;
use totals::{NodeTotals, Totals};

/// Calls of nodes that one profile may hold: each is about a kilobyte of JSON, and the runtime stops at a million.
const CALLS_MAX: u64 = 100_000;
/// Models up to this size are written once more as the runtime rewrites them, to see what it fused.
const REWRITTEN_BYTES_MAX: u64 = 512 << 20;
pub const RUNS_MAX: u32 = 10_000;

/// What to profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileRequest {
    pub path: PathBuf,
    /// What the report calls the model, and the digest of its bytes.
    pub model: String,
    pub digest: String,
    pub options: ModelOptions,
    pub inputs: SampleInputs,
    /// Runs that are counted, at most [`RUNS_MAX`], and runs before them.
    pub runs: u32,
    pub warm_up_runs: u32,
    pub started_at_ms: i64,
}

/// How far a profile is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ProfileProgress {
    pub step: String,
    pub done: u32,
    pub of: u32,
}

/// Profiles a model, with files in `scratch` meanwhile. Blocks; `progress` is called for every run. In a process that has
/// done nothing before, the memory is the model's.
///
/// # Errors
/// [`EngineError::Input`] for counts that cannot be, [`EngineError::Cancelled`] when stopped, else whatever loading or a run
/// fails with.
pub fn run(
    runtime: &Runtime,
    request: &ProfileRequest,
    scratch: &Path,
    progress: &mut dyn FnMut(ProfileProgress),
    cancel: &CancelToken,
) -> Result<ProfileReport, EngineError> {
    check(request)?;
    let file = onnx::open(&request.path)?;
    let external: u64 = file.external_files().filter_map(|(_, size)| size).sum();
    let file_bytes = file.size_bytes() + external;
    tell(progress, "loading", 0, 1);
    let mut memory = MemoryReport::before(file_bytes);
    let plain = CachedModel::load(runtime, &request.path, &request.options)?;
    memory.after_load = memory::now();
    let sample = request.inputs.clone().resolve(plain.signature())?;
    let plain_us = plain_times(&plain, &sample.inputs, request, progress, cancel)?;
    memory.after_runs = memory::now();
    memory.gpu_after = nvml::read();
    drop(plain);

    let few = file_bytes <= REWRITTEN_BYTES_MAX && request.options.providers == [Provider::Cpu];
    let rewritten = few.then(|| scratch.join("rewritten.onnx"));
    let extras = Extras {
        profile: Some(scratch.join("profile")),
        rewritten: rewritten.clone(),
    };
    let mut loaded = session::build_with(runtime, &request.path, &request.options, &extras)?;
    let assigned = assignment::nodes(&loaded)?;
    let mut notes = Vec::new();
    let (warm_up_runs, runs) = affordable(request, assigned.len(), &mut notes);
    for run in 0..warm_up_runs + runs {
        tell(progress, "profiling", run, warm_up_runs + runs);
        session::run(&mut loaded, &sample.inputs, Some(cancel))?;
    }
    let profile = end(&mut loaded)?;
    drop(loaded);
    tell(progress, "reading the profile", 0, 1);
    let recorded = recorded(&profile, warm_up_runs, runs, &mut notes)?;
    memory.arena_peak_bytes = most(&recorded, |about| about.arena_peak_bytes);
    memory.arena_held_bytes = most(&recorded, |about| about.arena_held_bytes);
    let totals = Totals::of(&recorded);
    let rewritten = rewritten.and_then(|path| onnx::open(&path).ok());
    let rewritten = rewritten.as_ref().map(onnx::Model::proto);
    let origins = origin::origins(file.proto(), rewritten, &ran(&totals));
    let nodes = node_profiles(&totals, &origins);
    let placement = placement(request, &assigned, &nodes, totals.run_us.len());
    let measured = Measured {
        sample,
        plain_us,
        totals,
        nodes,
        placement,
        memory,
        notes,
        warm_up_runs,
    };
    Ok(report(request, runtime, measured))
}

fn ran(totals: &Totals) -> Vec<Ran<'_>> {
    fn one(node: &NodeTotals) -> Ran<'_> {
        Ran {
            name: &node.name,
            op: &node.op,
            within: node.within,
        }
    }
    totals.nodes.iter().map(one).collect()
}

struct Measured {
    sample: Sample,
    plain_us: Vec<f64>,
    totals: Totals,
    nodes: Vec<NodeProfile>,
    placement: PlacementReport,
    memory: MemoryReport,
    notes: Vec<String>,
    warm_up_runs: u32,
}

fn check(request: &ProfileRequest) -> Result<(), EngineError> {
    if request.runs == 0 || request.runs > RUNS_MAX || request.warm_up_runs > RUNS_MAX {
        return Err(EngineError::input(
            "runs",
            format!(
                "{} runs after {} to warm up were asked for; 1 to {RUNS_MAX} can be",
                request.runs, request.warm_up_runs
            ),
        ));
    }
    Ok(())
}

fn tell(progress: &mut dyn FnMut(ProfileProgress), step: &str, done: u32, of: u32) {
    progress(ProfileProgress {
        step: step.to_owned(),
        done,
        of,
    });
}

/// The same runs without the profiler: microseconds, ascending.
fn plain_times(
    model: &CachedModel,
    inputs: &[(String, Tensor)],
    request: &ProfileRequest,
    progress: &mut dyn FnMut(ProfileProgress),
    cancel: &CancelToken,
) -> Result<Vec<f64>, EngineError> {
    let mut times = Vec::new();
    for run in 0..request.warm_up_runs + request.runs {
        tell(
            progress,
            "running without the profiler",
            run,
            request.warm_up_runs + request.runs,
        );
        let started = Instant::now();
        model.run(inputs, Some(cancel))?;
        if run >= request.warm_up_runs {
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
    }
    stats::sort_samples(&mut times);
    Ok(times)
}

/// Runs to warm up and runs that are counted: as many as one profile can hold, for it holds both.
fn affordable(request: &ProfileRequest, nodes: usize, notes: &mut Vec<String>) -> (u32, u32) {
    let most = u32::try_from(CALLS_MAX / (nodes.max(1) as u64)).unwrap_or(u32::MAX);
    let most = most.max(2);
    let warm_up_runs = request.warm_up_runs.min(most / 4);
    let runs = request.runs.min(most - warm_up_runs);
    if runs < request.runs {
        notes.push(format!(
            "{runs} of {} runs were profiled: with {nodes} nodes, more would not fit into one profile",
            request.runs
        ));
    }
    (warm_up_runs, runs)
}

fn end(session: &mut Session) -> Result<PathBuf, EngineError> {
    let profile = session.end_profiling();
    Ok(PathBuf::from(
        profile.map_err(|error| EngineError::run(ort_text(&error)))?,
    ))
}

/// The counted runs of the profile.
fn recorded(
    profile: &Path,
    warm_up_runs: u32,
    runs: u32,
    notes: &mut Vec<String>,
) -> Result<Vec<RunEvents>, EngineError> {
    let mut recorded = events::read(profile)?;
    recorded.drain(..(warm_up_runs as usize).min(recorded.len()));
    if recorded.is_empty() {
        return Err(EngineError::run(
            "the runtime wrote no run into its profile",
        ));
    }
    if recorded.len() < runs as usize {
        notes.push(format!(
            "the runtime kept {} of {runs} runs in its profile",
            recorded.len()
        ));
    }
    Ok(recorded)
}

fn most(runs: &[RunEvents], of: impl Fn(&events::About) -> Option<u64>) -> Option<u64> {
    runs.iter()
        .flat_map(|run| &run.calls)
        .filter_map(|call| of(&call.about))
        .max()
}

fn node_profiles(totals: &Totals, origins: &[NodeOrigin]) -> Vec<NodeProfile> {
    let runs = totals.run_us.len().max(1) as f64;
    let all_us = totals.run_us.iter().sum::<u64>().max(1) as f64;
    let profile = |(node, origin): (&NodeTotals, &NodeOrigin)| NodeProfile {
        name: node.name.clone(),
        op: node.op.clone(),
        provider: assignment::provider_word(&node.provider),
        within: node.within,
        calls_per_run: node.calls as f64 / runs,
        total_us: node.total_us(),
        mean_us: node.total_us() as f64 / runs,
        p50_us: median(&node.own_us),
        max_us: node.own_us.iter().copied().max().unwrap_or(0),
        share: node.total_us() as f64 / all_us,
        outputs: node.about.outputs.clone(),
        parameter_bytes: node.about.parameter_bytes,
        activation_bytes: node.about.activation_bytes,
        output_bytes: node.about.output_bytes,
        pieces: node.about.pieces,
        origin: origin.clone(),
    };
    totals.nodes.iter().zip(origins).map(profile).collect()
}

fn median(times: &[u64]) -> f64 {
    let mut sorted: Vec<f64> = times.iter().map(|time| *time as f64).collect();
    stats::sort_samples(&mut sorted);
    stats::nearest_rank(&sorted, 0.5).unwrap_or(0.0)
}

fn by_op(nodes: &[NodeProfile]) -> Vec<OpProfile> {
    let mut ops: Vec<OpProfile> = Vec::new();
    for node in nodes {
        let at = ops.iter().position(|op| op.op == node.op);
        let at = at.unwrap_or_else(|| {
            ops.push(OpProfile {
                op: node.op.clone(),
                nodes: 0,
                calls_per_run: 0.0,
                total_us: 0,
                share: 0.0,
            });
            ops.len() - 1
        });
        ops[at].nodes += 1;
        ops[at].calls_per_run += node.calls_per_run;
        ops[at].total_us += node.total_us;
        ops[at].share += node.share;
    }
    ops.sort_by_key(|op| std::cmp::Reverse(op.total_us));
    ops
}

fn placement(
    request: &ProfileRequest,
    assigned: &[assignment::AssignedNode],
    nodes: &[NodeProfile],
    runs: usize,
) -> PlacementReport {
    let provider = ProviderReport::new(&request.options.providers, assignment::counted(assigned));
    let fallbacks: Vec<assignment::AssignedNode> = if provider.fell_back_to_cpu {
        let on_cpu = |node: &&assignment::AssignedNode| node.provider == Provider::Cpu.as_str();
        assigned.iter().filter(on_cpu).cloned().collect()
    } else {
        Vec::new()
    };
    let mut fallback_ops: Vec<String> = fallbacks.iter().map(|node| node.op.clone()).collect();
    fallback_ops.sort();
    fallback_ops.dedup();
    let is_copy = |node: &NodeProfile| node.op.starts_with("Memcpy");
    let copies = nodes.iter().enumerate().filter(|(_, node)| is_copy(node));
    let copied_us: u64 = copies.clone().map(|(_, node)| node.total_us).sum();
    PlacementReport {
        provider,
        fallbacks,
        fallback_ops,
        copies: copies.map(|(at, _)| at as u32).collect(),
        copies_mean_us: copied_us as f64 / runs.max(1) as f64,
    }
}

fn batch(inputs: &[(String, Tensor)]) -> u64 {
    let rows = inputs
        .first()
        .and_then(|(_, tensor)| tensor.shape().first());
    rows.map_or(1, |rows| *rows as u64)
}

fn report(request: &ProfileRequest, runtime: &Runtime, measured: Measured) -> ProfileReport {
    let totals = measured.totals;
    let runs = totals.run_us.len().max(1) as f64;
    let all_us = totals.run_us.iter().sum::<u64>();
    let outside_us = totals.outside_us.iter().sum::<u64>();
    let run_p50_us = median(&totals.run_us);
    let typical = totals
        .run_us
        .iter()
        .position(|time| *time as f64 == run_p50_us)
        .unwrap_or(0);
    ProfileReport {
        model: request.model.clone(),
        digest: request.digest.clone(),
        options: request.options.clone(),
        batch: batch(&measured.sample.inputs),
        inputs: measured.sample.label,
        runs: totals.run_us.len() as u32,
        warm_up_runs: measured.warm_up_runs,
        run_p50_us,
        run_mean_us: all_us as f64 / runs,
        plain_p50_us: stats::nearest_rank(&measured.plain_us, 0.5).unwrap_or(0.0),
        outside_mean_us: outside_us as f64 / runs,
        outside_share: outside_us as f64 / all_us.max(1) as f64,
        ops: by_op(&measured.nodes),
        nodes: measured.nodes,
        timeline: totals.timelines.get(typical).cloned().unwrap_or_default(),
        timeline_us: totals.run_us.get(typical).copied().unwrap_or(0),
        placement: measured.placement,
        memory: measured.memory,
        notes: measured.notes,
        fingerprint: fingerprint::collect(Some(runtime.version())),
        started_at_ms: request.started_at_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_model_is_run_as_often_as_its_profile_has_room() {
        let request = |runs, warm_up_runs| ProfileRequest {
            path: PathBuf::new(),
            model: String::new(),
            digest: String::new(),
            options: ModelOptions::default(),
            inputs: SampleInputs::Generated { rows: 1, seed: 7 },
            runs,
            warm_up_runs,
            started_at_ms: 0,
        };
        let fits = |nodes, runs, warm_up| {
            let mut notes = Vec::new();
            let fitting = affordable(&request(runs, warm_up), nodes, &mut notes);
            (fitting, notes.len())
        };
        assert_eq!(fits(50, 100, 10), ((10, 100), 0));
        assert_eq!(fits(10_000, 100, 10), ((2, 8), 1));
        assert_eq!(fits(1_000_000, 100, 10), ((0, 2), 1));
    }
}
