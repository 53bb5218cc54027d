//! One run as a trace that ui.perfetto.dev and chrome://tracing open: the Trace Event Format's complete events (`"ph": "X"`,
//! microseconds) and the names of process and threads (`"ph": "M"`).

use serde_json::{Value, json};

use super::report::ProfileReport;

const PROCESS: u32 = 1;

/// The typical run of a profile, as the text of a `.json` file.
#[must_use]
pub fn trace_json(report: &ProfileReport) -> String {
    let mut events = vec![named("process_name", 0, &report.model)];
    let threads = report
        .timeline
        .iter()
        .map(|call| call.thread)
        .max()
        .unwrap_or(0);
    for thread in 0..=threads {
        events.push(named(
            "thread_name",
            thread,
            &format!("session thread {thread}"),
        ));
    }
    events.push(json!({
        "name": "run",
        "cat": "run",
        "ph": "X",
        "ts": 0,
        "dur": report.timeline_us,
        "pid": PROCESS,
        "tid": 0,
        "args": {"batch": report.batch, "inputs": report.inputs},
    }));
    for call in &report.timeline {
        let Some(node) = report.nodes.get(call.node as usize) else {
            continue;
        };
        let of_file: Vec<&str> = node
            .origin
            .nodes
            .iter()
            .map(|node| node.name.as_str())
            .collect();
        events.push(json!({
            "name": if node.name.is_empty() { &node.op } else { &node.name },
            "cat": node.op,
            "ph": "X",
            "ts": call.start_us,
            "dur": call.duration_us,
            "pid": PROCESS,
            "tid": call.thread,
            "args": {
                "op": node.op,
                "provider": node.provider,
                "outputs": node.outputs,
                "nodes of the file": of_file,
            },
        }));
    }
    json!({
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {
            "model": report.model,
            "sha256": report.digest,
            "runtime": report.fingerprint.runtime_version,
            "machine": report.fingerprint.digest,
        },
    })
    .to_string()
}

fn named(what: &str, thread: u32, name: &str) -> Value {
    json!({"name": what, "ph": "M", "pid": PROCESS, "tid": thread, "args": {"name": name}})
}
