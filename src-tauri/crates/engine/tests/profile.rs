//! Profiles of real models on the real runtime.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashSet;
use std::path::Path;

use common::{runtime_or_skip, saved};
use engine::job::SampleInputs;
use engine::profile::{self, OriginKind, ProfileReport, ProfileRequest};
use engine::{CancelToken, EngineError, ModelOptions, Optimisation, Runtime};
use onnx::fixtures;
use onnx::proto::tensor_proto::DataType;
use onnx::proto::{GraphProto, ModelProto};
use onnx::write::{self, Dim};

fn request(path: &Path, optimisation: Optimisation) -> ProfileRequest {
    ProfileRequest {
        path: path.to_owned(),
        model: "regime v7".to_owned(),
        digest: "00".to_owned(),
        options: ModelOptions {
            optimisation,
            ..ModelOptions::default()
        },
        inputs: SampleInputs::Generated { rows: 4, seed: 7 },
        runs: 12,
        warm_up_runs: 3,
        started_at_ms: 1_700_000_000_000,
    }
}

fn profiled(runtime: &Runtime, model: &ModelProto, optimisation: Optimisation) -> ProfileReport {
    let (folder, path) = saved(model);
    let mut told = Vec::new();
    let report = profile::run(
        runtime,
        &request(&path, optimisation),
        folder.path(),
        &mut |progress| told.push(progress),
        &CancelToken::default(),
    )
    .unwrap();
    assert!(told.iter().all(|progress| progress.done <= progress.of));
    report
}

/// Everything that adds up must.
fn holds_together(report: &ProfileReport) {
    assert_eq!((report.runs, report.warm_up_runs, report.batch), (12, 3, 4));
    let nodes: u64 = report.nodes.iter().map(|node| node.total_us).sum();
    let ops: u64 = report.ops.iter().map(|op| op.total_us).sum();
    assert_eq!(nodes, ops);
    let shares: f64 = report.nodes.iter().map(|node| node.share).sum();
    assert!(
        (shares + report.outside_share - 1.0).abs() < 1e-9,
        "{shares}"
    );
    assert!(report.nodes.iter().all(|node| node.provider == "cpu"));
    assert!(report.plain_p50_us > 0.0 && report.run_p50_us > 0.0);
    let end = report
        .timeline
        .iter()
        .map(|call| call.start_us + call.duration_us)
        .max();
    assert!(end.unwrap() <= report.timeline_us);
}

#[test]
fn without_rewriting_every_node_is_one_of_the_file() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let model = fixtures::transformer(3, true);
    let report = profiled(&runtime, &model, Optimisation::Off);
    holds_together(&report);
    let of_file: Vec<u32> = report
        .nodes
        .iter()
        .map(|node| {
            assert_eq!(node.origin.kind, OriginKind::Same, "{}", node.name);
            let file = &node.origin.nodes[0];
            assert_eq!((&file.name, &file.op), (&node.name, &node.op));
            file.node
        })
        .collect();
    let all = model.graph.as_ref().unwrap().node.len();
    assert_eq!(of_file.iter().collect::<HashSet<_>>().len(), all);
    assert_eq!(report.placement.provider.placements[0].nodes as usize, all);
    assert!(!report.placement.provider.fell_back_to_cpu && report.placement.copies.is_empty());
}

#[test]
fn what_the_runtime_fuses_is_told() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let report = profiled(&runtime, &fixtures::mlp(8, 32, 3), Optimisation::All);
    holds_together(&report);
    let found: Vec<(&str, OriginKind, Vec<&str>)> = report
        .nodes
        .iter()
        .map(|node| {
            let from = node.origin.nodes.iter().map(|node| node.op.as_str());
            (node.op.as_str(), node.origin.kind, from.collect())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("FusedGemm", OriginKind::Fused, vec!["Gemm", "Relu"]),
            ("Gemm", OriginKind::Same, vec!["Gemm"]),
            ("Softmax", OriginKind::Same, vec!["Softmax"]),
        ]
    );
}

/// A convolution, its activation and a transposition, which the runtime turns into one node of a blocked layout and a change
/// back; and an `If` whose bodies hold nodes with and without names.
fn branching() -> ModelProto {
    let unnamed = |op: &str, inputs: &[&str], outputs: &[&str]| {
        let mut node = write::node(op, inputs, outputs);
        node.name = None;
        node
    };
    let body = |op: &str, out: &str| GraphProto {
        name: Some(out.to_owned()),
        node: vec![
            write::node(op, &["f"], &[&format!("{out}0")]),
            unnamed("Exp", &[&format!("{out}0")], &[out]),
        ],
        output: vec![write::value(
            out,
            DataType::Float,
            &[Dim::Named("N"), Dim::Fixed(8)],
        )],
        ..GraphProto::default()
    };
    let mut choose = unnamed("If", &["which"], &["z"]);
    choose.attribute = vec![
        write::attribute_graph("then_branch", body("Neg", "a")),
        write::attribute_graph("else_branch", body("Abs", "b")),
    ];
    let mut conv = write::node("Conv", &["x", "w"], &["c"]);
    conv.name = Some("conv1".to_owned());
    let image = [Dim::Named("N"), Dim::Fixed(4), Dim::Fixed(8), Dim::Fixed(8)];
    let graph = GraphProto {
        name: Some("branching".to_owned()),
        node: vec![conv, unnamed("Relu", &["c"], &["y"]), choose],
        initializer: vec![write::tensor_f32("w", &[8, 4, 1, 1], &[0.25; 32])],
        input: vec![
            write::value("x", DataType::Float, &image),
            write::value("f", DataType::Float, &[Dim::Named("N"), Dim::Fixed(8)]),
            write::value("which", DataType::Bool, &[Dim::Fixed(1)]),
        ],
        output: vec![
            write::value("y", DataType::Float, &image),
            write::value("z", DataType::Float, &[Dim::Named("N"), Dim::Fixed(8)]),
        ],
        ..GraphProto::default()
    };
    write::model(graph, fixtures::OPSET)
}

#[test]
fn bodies_and_layouts_are_joined_to_the_file() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let report = profiled(&runtime, &branching(), Optimisation::All);
    holds_together(&report);
    let of = |op: &str| report.nodes.iter().find(|node| node.op == op).unwrap();
    let choose = of("If");
    assert_eq!(
        choose.origin.nodes[0].node, 2,
        "by its number, for it has no name"
    );
    let named = report
        .nodes
        .iter()
        .find(|node| node.op == "Neg" || node.op == "Abs")
        .unwrap();
    let inner = &named.origin.nodes[0];
    assert_eq!((inner.way.0[0].node, inner.node), (2, 0));
    // Both bodies have an Exp at this place, and the runtime does not say which ran.
    assert_eq!(of("Exp").origin.kind, OriginKind::Unmatched);
    assert_eq!(report.nodes[named.within.unwrap() as usize].op, "If");
    let conv = of("Conv");
    let from: Vec<u32> = conv.origin.nodes.iter().map(|node| node.node).collect();
    assert_eq!(
        (conv.origin.kind, from),
        (OriginKind::Fused, vec![0, 1]),
        "{}",
        conv.name
    );
    assert_eq!(of("ReorderOutput").origin.kind, OriginKind::Inserted);
}

#[test]
fn the_memory_of_a_model_is_seen() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    // 16 MB of weights.
    let report = profiled(&runtime, &fixtures::mlp(1024, 4096, 8), Optimisation::All);
    let memory = &report.memory;
    assert!(memory.file_bytes > 16 << 20);
    assert!(
        memory.arena_held_bytes >= memory.arena_peak_bytes && memory.arena_peak_bytes > Some(0)
    );
    if cfg!(target_os = "linux") {
        assert!(memory.session_bytes().is_some());
        assert!(memory.after_runs.peak_bytes >= memory.after_load.resident_bytes);
    }
}

#[test]
fn a_trace_is_what_perfetto_reads() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let report = profiled(&runtime, &branching(), Optimisation::All);
    let trace: serde_json::Value = serde_json::from_str(&profile::trace_json(&report)).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let complete: Vec<_> = events.iter().filter(|event| event["ph"] == "X").collect();
    assert_eq!(complete.len(), report.timeline.len() + 1);
    for event in &complete {
        for field in ["ts", "dur", "pid", "tid"] {
            assert!(event[field].is_u64(), "{field} of {event}");
        }
        assert!(event["name"].is_string() && event["cat"].is_string());
    }
    // Events of a thread nest, or Perfetto drops them: none may reach out of the one that it begins in.
    let mut open: Vec<u64> = Vec::new();
    for event in &complete {
        let (start, duration) = (
            event["ts"].as_u64().unwrap(),
            event["dur"].as_u64().unwrap(),
        );
        open.retain(|end| start < *end);
        assert!(
            open.last().is_none_or(|end| start + duration <= *end),
            "{event}"
        );
        open.push(start + duration);
    }
    assert!(
        events
            .iter()
            .any(|event| event["ph"] == "M" && event["name"] == "thread_name")
    );
}

#[test]
fn what_cannot_be_profiled_is_refused() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (folder, path) = saved(&fixtures::mlp(4, 4, 2));
    let run = |request: &ProfileRequest, cancel: &CancelToken| {
        profile::run(&runtime, request, folder.path(), &mut |_| {}, cancel).unwrap_err()
    };
    let none = ProfileRequest {
        runs: 0,
        ..request(&path, Optimisation::All)
    };
    let error = run(&none, &CancelToken::default());
    assert!(
        error.to_string().contains("input 'runs': 0 runs"),
        "{error}"
    );
    let cancelled = CancelToken::default();
    cancelled.cancel();
    let error = run(&request(&path, Optimisation::All), &cancelled);
    assert!(matches!(error, EngineError::Cancelled), "{error}");
}
