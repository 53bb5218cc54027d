//! Binding and optimisation levels change what a run costs, never what it answers.

#![allow(clippy::unwrap_used)]

mod common;

use common::{runtime_or_skip, saved};
use engine::{CachedModel, CancelToken, EngineError, ModelOptions, Optimisation, inputs};
use onnx::fixtures;

#[test]
fn a_bound_run_answers_as_a_plain_one() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&fixtures::mlp(6, 16, 3));
    let model = CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap();
    let inputs = inputs::generate(model.signature(), 5, inputs::SEED).unwrap();
    let plain = model.run(&inputs, None).unwrap();
    let mut bound = model.bind(&inputs, None).unwrap();
    for _ in 0..3 {
        bound.run(None).unwrap();
    }
    assert_eq!(bound.run_and_read(None).unwrap(), plain);
    let cancelled = CancelToken::default();
    cancelled.cancel();
    let error = bound.run(Some(&cancelled)).unwrap_err();
    assert!(matches!(error, EngineError::Cancelled), "{error}");
    drop(bound);
    assert_eq!(
        model.run(&inputs, None).unwrap(),
        plain,
        "the session is free again"
    );
    let short = inputs::generate(model.signature(), 0, inputs::SEED).unwrap();
    assert!(
        model.bind(&short[..0], None).is_err(),
        "an input is missing"
    );
}

#[test]
fn every_optimisation_level_answers_alike() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&fixtures::transformer(2, false));
    let nodes_of = |optimisation| {
        let options = ModelOptions {
            optimisation,
            ..ModelOptions::default()
        };
        let model = CachedModel::load(&runtime, &path, &options).unwrap();
        let inputs = inputs::generate(model.signature(), 4, inputs::SEED).unwrap();
        let outputs = model.run(&inputs, None).unwrap();
        let nodes = model.loaded().provider.placements[0].nodes;
        (nodes, outputs[0].1.to_f64().unwrap())
    };
    let (whole, expected) = nodes_of(Optimisation::Off);
    for level in Optimisation::ALL {
        let (nodes, outputs) = nodes_of(level);
        assert!(nodes <= whole, "{level}: {nodes} of {whole}");
        for (one, other) in outputs.iter().zip(&expected) {
            assert!(
                (one - other).abs() <= 1e-4 * other.abs().max(1.0),
                "{level}"
            );
        }
    }
    assert!(nodes_of(Optimisation::All).0 < whole, "something is fused");
}
