//! The runtime's own profile: a JSON array of events with whole microseconds, one for each call of a node and for each run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::EngineError;

/// What the runtime adds to the name of a node.
const KERNEL_SUFFIX: &str = "_kernel_time";
const RUN_NAME: &str = "model_run";

/// One run of the model and the calls of nodes in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RunEvents {
    pub start_us: u64,
    pub duration_us: u64,
    /// In the order in which they began; a body's nodes after the node that holds the body.
    pub calls: Vec<Call>,
}

/// One call of a node.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Call {
    pub name: String,
    pub op: String,
    pub provider: String,
    pub thread: u64,
    pub start_us: u64,
    pub duration_us: u64,
    pub about: About,
}

/// What the runtime tells of a call besides its time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct About {
    pub outputs: Vec<String>,
    pub parameter_bytes: u64,
    pub activation_bytes: u64,
    pub output_bytes: u64,
    pub arena_peak_bytes: Option<u64>,
    pub arena_held_bytes: Option<u64>,
    /// Pieces into which the work was cut for the threads of the session.
    pub pieces: u32,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    cat: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    tid: u64,
    #[serde(default)]
    ts: u64,
    #[serde(default)]
    dur: u64,
    #[serde(default)]
    args: Args,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Args {
    op_name: String,
    provider: String,
    parameter_size: String,
    activation_size: String,
    output_size: String,
    mem_in_use_peak: Option<String>,
    mem_arena_held: Option<String>,
    output_type_shape: Vec<BTreeMap<String, Vec<i64>>>,
    /// An object, or an empty text where the session has no threads of its own.
    thread_scheduling_stats: Value,
}

/// The runs of a profile, in order.
pub(crate) fn read(path: &Path) -> Result<Vec<RunEvents>, EngineError> {
    let unreadable =
        |reason: String| EngineError::run(format!("its profile cannot be read: {reason}"));
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let events: Vec<Event> = serde_json::from_reader(BufReader::new(file))
        .map_err(|error| unreadable(error.to_string()))?;
    Ok(runs(events))
}

fn runs(events: Vec<Event>) -> Vec<RunEvents> {
    let mut runs: Vec<RunEvents> = Vec::new();
    let mut calls = Vec::new();
    for event in events {
        match event.cat.as_str() {
            "Session" if event.name == RUN_NAME => runs.push(RunEvents {
                start_us: event.ts,
                duration_us: event.dur,
                calls: Vec::new(),
            }),
            "Node" => calls.extend(call(event)),
            _ => {}
        }
    }
    runs.sort_by_key(|run| run.start_us);
    calls.sort_by_key(|call| (call.start_us, std::cmp::Reverse(call.duration_us)));
    for call in calls {
        let after = runs.partition_point(|run| run.start_us <= call.start_us);
        if let Some(run) = after.checked_sub(1).and_then(|at| runs.get_mut(at))
            && call.start_us <= run.start_us + run.duration_us
        {
            run.calls.push(call);
        }
    }
    runs
}

/// `None` for what the runtime notes around a node (fences of older releases).
fn call(event: Event) -> Option<Call> {
    let name = event.name.strip_suffix(KERNEL_SUFFIX)?.to_owned();
    let args = event.args;
    let number = |text: &str| text.parse().unwrap_or(0);
    let optional = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    // The pieces that the work was cut into; none when it was not.
    let pieces = args
        .thread_scheduling_stats
        .pointer("/main_thread/block_size")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    Some(Call {
        name,
        op: args.op_name,
        provider: args.provider,
        thread: event.tid,
        start_us: event.ts,
        duration_us: event.dur,
        about: About {
            outputs: args.output_type_shape.iter().map(shape_text).collect(),
            parameter_bytes: number(&args.parameter_size),
            activation_bytes: number(&args.activation_size),
            output_bytes: number(&args.output_size),
            arena_peak_bytes: optional(&args.mem_in_use_peak),
            arena_held_bytes: optional(&args.mem_arena_held),
            pieces: u32::try_from(pieces).unwrap_or(u32::MAX),
        },
    })
}

/// `float [3, 8]`.
fn shape_text(of: &BTreeMap<String, Vec<i64>>) -> String {
    let parts: Vec<String> = of
        .iter()
        .map(|(element, dims)| format!("{element} {dims:?}"))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Two runs of an `If` whose body has two nodes, and of one `Gemm`, as ONNX Runtime 1.30 writes them.
    pub fn two_runs() -> Vec<RunEvents> {
        let node = |name: &str, op: &str, ts: u64, dur: u64| {
            format!(
                r#"{{"cat":"Node","pid":1,"tid":7,"dur":{dur},"ts":{ts},"ph":"X","name":"{name}_kernel_time","args":{{"op_name":"{op}","provider":"CPUExecutionProvider","parameter_size":"32","activation_size":"96","output_size":"64","mem_in_use_peak":"25184","mem_arena_held":"1049184","output_type_shape":[{{"float":[3,8]}}],"thread_scheduling_stats":{{"main_thread":{{"thread_pool_name":"session-1-intra-op","thread_id":"1","block_size":[1],"core":1}},"sub_threads":{{}}}}}}}}"#
            )
        };
        let session = |name: &str, ts: u64, dur: u64| {
            format!(
                r#"{{"cat":"Session","pid":1,"tid":7,"dur":{dur},"ts":{ts},"ph":"X","name":"{name}","args":{{}}}}"#
            )
        };
        let mut events = vec![session("model_loading_uri", 0, 700)];
        for start in [1_000, 2_000] {
            events.push(node("gemm", "Gemm", start + 10, 40));
            events.push(node("abs", "Abs", start + 62, 10));
            events.push(node("Exp_1", "Exp", start + 75, 15));
            events.push(session("SequentialExecutor::Execute", start + 61, 30));
            events.push(node("if1", "If", start + 60, 40));
            events.push(session("model_run", start, 110));
        }
        let text = format!("[{}]", events.join(",\n"));
        runs(serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn calls_go_to_their_runs_in_the_order_in_which_they_began() {
        let runs = two_runs();
        assert_eq!(runs.len(), 2);
        for run in &runs {
            let names: Vec<&str> = run.calls.iter().map(|call| call.name.as_str()).collect();
            assert_eq!(names, ["gemm", "if1", "abs", "Exp_1"]);
        }
        let about = &runs[1].calls[0].about;
        assert_eq!(about.outputs, ["float [3, 8]"]);
        assert_eq!(
            (about.parameter_bytes, about.arena_peak_bytes, about.pieces),
            (32, Some(25_184), 1)
        );
    }

    #[test]
    fn a_profile_that_was_cut_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile.json");
        std::fs::write(&path, "[{\"cat\":\"Node\",").unwrap();
        let error = read(&path).unwrap_err();
        assert!(
            error.to_string().contains("profile cannot be read"),
            "{error}"
        );
    }
}
