//! The first tensor that differs, and whether a model repeats itself, on the real runtime.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{runtime_or_skip, saved};
use engine::compare::divergence::{
    Divergence, DivergenceLimits, DivergenceOutcome, Exposable, Sides, find,
};
use engine::compare::{DeterminismRequest, Tolerance, determinism};
use engine::{CachedModel, CancelToken, EngineError, ModelOptions, Optimisation, Runtime, inputs};
use onnx::proto::tensor_proto::DataType;
use onnx::proto::{GraphProto, ModelProto};
use onnx::write::{self, Dim};

const LAYERS: usize = 40;
const WIDTH: i64 = 8;
const TOLERANCE: Tolerance = Tolerance {
    rtol: 1e-5,
    atol: 1e-6,
};

/// `h -> Mul scale -> Add shift -> Relu`, forty times, with a branch that joins at the end.
fn deep(changed: Option<(usize, f32)>) -> ModelProto {
    let mut nodes = Vec::new();
    let mut weights = Vec::new();
    for layer in 0..LAYERS {
        let at = |name: &str| format!("{name}{layer}");
        let from = if layer == 0 {
            "x".to_owned()
        } else {
            format!("h{}", layer - 1)
        };
        nodes.push(write::node("Mul", &[&from, &at("scale")], &[&at("m")]));
        nodes.push(write::node("Add", &[&at("m"), &at("shift")], &[&at("a")]));
        nodes.push(write::node("Relu", &[&at("a")], &[&at("h")]));
        let shift = match changed {
            Some((wrong, by)) if wrong == layer => 0.1 + by,
            _ => 0.1,
        };
        weights.push(write::tensor_f32(
            &at("scale"),
            &[WIDTH],
            &[0.9; WIDTH as usize],
        ));
        weights.push(write::tensor_f32(
            &at("shift"),
            &[WIDTH],
            &[shift; WIDTH as usize],
        ));
    }
    nodes.push(write::node("Sigmoid", &["x"], &["gate"]));
    nodes.push(write::node(
        "Mul",
        &[&format!("h{}", LAYERS - 1), "gate"],
        &["y"],
    ));
    let port =
        |name: &str| write::value(name, DataType::Float, &[Dim::Named("N"), Dim::Fixed(WIDTH)]);
    write::model(
        GraphProto {
            name: Some("deep".to_owned()),
            node: nodes,
            initializer: weights,
            input: vec![port("x")],
            output: vec![port("y")],
            ..GraphProto::default()
        },
        17,
    )
}

fn search(
    runtime: &Runtime,
    (one, of_one): (&Path, Optimisation),
    (two, of_two): (&Path, Optimisation),
    tolerance: Tolerance,
    limits: DivergenceLimits,
) -> Divergence {
    let options = |optimisation| ModelOptions {
        optimisation,
        ..ModelOptions::default()
    };
    let model = CachedModel::load(runtime, one, &ModelOptions::default()).unwrap();
    let inputs = inputs::generate(model.signature(), 3, inputs::SEED).unwrap();
    let (actual, expected) = (
        Exposable::open(runtime, one, &options(of_one)).unwrap(),
        Exposable::open(runtime, two, &options(of_two)).unwrap(),
    );
    let sides = Sides {
        actual: &actual,
        expected: &expected,
        actual_inputs: &inputs,
        expected_inputs: &inputs,
    };
    find(
        &sides,
        tolerance,
        limits,
        &mut |_| (),
        &CancelToken::default(),
    )
    .unwrap()
}

#[test]
fn the_changed_node_is_found_whatever_fits_into_memory() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_one, right) = saved(&deep(None));
    for layer in [0, 23, LAYERS - 1] {
        let (_two, wrong) = saved(&deep(Some((layer, 0.5))));
        for tensors_max in [1, 8] {
            let limits = DivergenceLimits {
                tensors_max,
                ..DivergenceLimits::default()
            };
            let both = (
                (wrong.as_path(), Optimisation::All),
                (right.as_path(), Optimisation::All),
            );
            let found = search(&runtime, both.0, both.1, TOLERANCE, limits);
            assert_eq!(found.outcome, DivergenceOutcome::Found, "{found:?}");
            assert_eq!(found.output.as_deref(), Some("y"));
            let first = found.first.unwrap();
            assert_eq!(
                (first.tensor.as_str(), first.op.as_str()),
                (&*format!("a{layer}"), "Add")
            );
            assert_eq!(first.node_index as usize, layer * 3 + 1);
            assert!((first.max_abs.unwrap() - 0.5).abs() < 1e-6, "{first:?}");
            let before: Vec<&str> = found
                .last_equal
                .iter()
                .map(|seen| seen.tensor.as_str())
                .collect();
            assert_eq!(before, [format!("m{layer}")], "its input agrees");
            assert!(found.last_equal.iter().all(|seen| seen.equal));
            // 122 tensors: one at a time that is at most 8 halvings, and eight at a time fewer.
            let probes = if tensors_max == 1 { 10 } else { 6 };
            assert!(found.probes <= probes, "{} probes", found.probes);
        }
    }
}

#[test]
fn what_does_not_fit_is_told_and_the_search_goes_round_it() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_one, right) = saved(&deep(None));
    let (_two, wrong) = saved(&deep(Some((5, 0.5))));
    let limits = DivergenceLimits {
        // Three rows of eight float32: 96 bytes.
        memory_bytes_max: 95,
        tensors_max: 4,
    };
    let both = (
        (wrong.as_path(), Optimisation::All),
        (right.as_path(), Optimisation::All),
    );
    let found = search(&runtime, both.0, both.1, TOLERANCE, limits);
    assert!(!found.skipped.is_empty() && found.skipped[0].why.contains("may be used"));
    assert_eq!(
        found.first.unwrap().tensor,
        "y",
        "nothing above could be looked at"
    );
}

/// The runtime makes one `Gelu` of these five, which rounds otherwise; with a part of it looked at, it cannot.
#[test]
fn a_difference_that_a_fusion_makes_is_told_as_one() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let port =
        |name: &str| write::value(name, DataType::Float, &[Dim::Named("N"), Dim::Fixed(256)]);
    let scalar = |name: &str, value: f32| write::tensor_f32(name, &[], &[value]);
    let graph = GraphProto {
        name: Some("gelu".to_owned()),
        node: vec![
            write::node("Div", &["x", "root"], &["scaled"]),
            write::node("Erf", &["scaled"], &["erf"]),
            write::node("Add", &["erf", "one"], &["risen"]),
            write::node("Mul", &["x", "risen"], &["product"]),
            write::node("Mul", &["product", "half"], &["y"]),
        ],
        initializer: vec![
            scalar("root", std::f32::consts::SQRT_2),
            scalar("one", 1.0),
            scalar("half", 0.5),
        ],
        input: vec![port("x")],
        output: vec![port("y")],
        ..GraphProto::default()
    };
    let (_folder, path) = saved(&write::model(graph, 17));
    let exact = Tolerance {
        rtol: 0.0,
        atol: 0.0,
    };
    let all = (path.as_path(), Optimisation::All);
    let off = (path.as_path(), Optimisation::Off);
    let found = search(&runtime, all, off, exact, DivergenceLimits::default());
    assert_eq!(found.outcome, DivergenceOutcome::Fused, "{found:?}");
    assert_eq!(found.output.as_deref(), Some("y"));
    let inner = ["scaled", "erf", "risen", "product"];
    let first = found.first.unwrap();
    assert!(
        first.equal && inner.contains(&first.tensor.as_str()),
        "{first:?}"
    );
}

#[test]
fn sides_that_agree_have_no_first_difference() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_one, right) = saved(&deep(None));
    let both = (
        (right.as_path(), Optimisation::Off),
        (right.as_path(), Optimisation::All),
    );
    let found = search(
        &runtime,
        both.0,
        both.1,
        TOLERANCE,
        DivergenceLimits::default(),
    );
    assert_eq!(
        (found.outcome, found.first),
        (DivergenceOutcome::Equal, None)
    );
}

#[test]
fn a_model_that_repeats_itself_is_called_deterministic() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&onnx::fixtures::mlp(16, 64, 3));
    let repeat = |threads: Vec<usize>, repeats| {
        let request = DeterminismRequest { repeats, threads };
        let first = CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap();
        let inputs = inputs::generate(first.signature(), 4, inputs::SEED).unwrap();
        let mut load = |threads: usize| {
            let options = ModelOptions {
                threads,
                ..ModelOptions::default()
            };
            Ok(Arc::new(CachedModel::load(&runtime, &path, &options)?))
        };
        determinism(
            &request,
            &inputs,
            &mut load,
            &mut |_| (),
            &CancelToken::default(),
        )
    };
    let groups = repeat(vec![1, 2], 5).unwrap();
    assert_eq!(groups.len(), 2);
    assert!(
        groups
            .iter()
            .all(|group| group.is_same() && group.max_abs == Some(0.0)),
        "{groups:?}"
    );
    assert!(matches!(repeat(vec![], 5), Err(EngineError::Input { .. })));
    assert!(matches!(repeat(vec![1], 1), Err(EngineError::Input { .. })));
}

/// `RandomNormalLike` draws anew in every run.
#[test]
fn a_model_that_draws_is_not() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let port = |name: &str| write::value(name, DataType::Float, &[Dim::Named("N"), Dim::Fixed(3)]);
    let graph = GraphProto {
        name: Some("noise".to_owned()),
        node: vec![
            write::node("RandomNormalLike", &["x"], &["noise"]),
            write::node("Add", &["x", "noise"], &["y"]),
            write::node("Identity", &["x"], &["same"]),
        ],
        input: vec![port("x")],
        output: vec![port("same"), port("y")],
        ..GraphProto::default()
    };
    let (_folder, path) = saved(&write::model(graph, 17));
    let model = Arc::new(CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap());
    let inputs = inputs::generate(model.signature(), 4, inputs::SEED).unwrap();
    let request = DeterminismRequest {
        repeats: 3,
        threads: vec![1],
    };
    let groups = determinism(
        &request,
        &inputs,
        &mut |_| Ok(Arc::clone(&model)),
        &mut |_| (),
        &CancelToken::default(),
    )
    .unwrap();
    let group = &groups[0];
    assert!(
        !group.same_every_time && group.same_as_first_group,
        "{group:?}"
    );
    assert_eq!(
        (group.first_output.as_deref(), group.first_repeat),
        (Some("y"), Some(2))
    );
    assert!(group.elements <= 12 && group.max_abs.unwrap() > 0.0);
}
