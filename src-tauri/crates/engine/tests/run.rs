//! Loading and running real models on the real runtime.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{data, loaded, runtime_or_skip, saved};
use engine::tensor::{Data, ElementType, Tensor};
use engine::{
    CachedModel, CancelToken, EngineError, InferenceEngine, ModelKey, ModelOptions, PortKind,
    Provider,
};
use engine::{example, golden, inputs};
use onnx::fixtures;
use onnx::proto::tensor_proto::DataType;
use onnx::proto::{GraphProto, TypeProto, ValueInfoProto, type_proto};
use onnx::write::{self, Dim};

#[test]
fn sklearn_models_give_what_python_gives() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    for name in ["logreg", "named", "gboost"] {
        let path = data().join(format!("{name}.onnx"));
        let model = CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap();
        let text = std::fs::read_to_string(data().join("example.json")).unwrap();
        let inputs = example::parse(&text, model.signature()).unwrap();
        let outputs = model.run(&inputs, None).unwrap();
        let expected =
            golden::parse(&std::fs::read_to_string(data().join(format!("{name}.json"))).unwrap())
                .unwrap();
        let results = golden::check(
            &expected,
            &outputs,
            expected.rtol.unwrap(),
            expected.atol.unwrap(),
        );
        assert!(
            results.iter().all(golden::GoldenResult::within),
            "{name}: {results:?}"
        );
    }
}

#[test]
fn class_scores_become_columns() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let model = loaded(&runtime, "named.onnx");
    assert_eq!(model.signature().outputs[1].kind, PortKind::ClassScores);
    let inputs = inputs::generate(model.signature(), 3, inputs::SEED).unwrap();
    let outputs = model.run(&inputs, None).unwrap();
    let names: Vec<&str> = outputs.iter().map(|(name, _)| name.as_str()).collect();
    let label = "output_label";
    let scores = [
        "output_probability.bear",
        "output_probability.bull",
        "output_probability.flat",
    ];
    assert_eq!(names, [&[label][..], &scores].concat());
    assert!(outputs[1..].iter().all(|(_, column)| column.shape() == [3]));
}

#[test]
fn the_mlp_computes_what_arithmetic_says() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let proto = fixtures::mlp(16, 64, 3);
    let (_folder, path) = saved(&proto);
    let model = CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap();
    let inputs = inputs::generate(model.signature(), 2, inputs::SEED).unwrap();
    let outputs = model.run(&inputs, None).unwrap();
    let weights: Vec<Vec<f64>> = proto
        .graph
        .unwrap()
        .initializer
        .iter()
        .map(|tensor| floats(tensor.raw_data()))
        .collect();
    let [w1, b1, w2, b2] = weights.as_slice() else {
        panic!("four initializers")
    };
    let x = inputs[0].1.to_f64().unwrap();
    let mut expected = Vec::new();
    for row in x.chunks(16) {
        let hidden: Vec<f64> = gemm(row, w1, b1)
            .into_iter()
            .map(|value| value.max(0.0))
            .collect();
        let scores: Vec<f64> = gemm(&hidden, w2, b2).into_iter().map(f64::exp).collect();
        expected.extend(
            scores
                .iter()
                .map(|score| score / scores.iter().sum::<f64>()),
        );
    }
    let found = outputs[0].1.to_f64().unwrap();
    for (found, expected) in found.iter().zip(&expected) {
        assert!(
            (found - expected).abs() < 1e-6,
            "{found} against {expected}"
        );
    }
    assert_eq!(outputs[0].1.shape(), [2, 3]);
}

fn floats(raw: &[u8]) -> Vec<f64> {
    raw.chunks_exact(4)
        .map(|bytes| f64::from(f32::from_le_bytes(bytes.try_into().unwrap())))
        .collect()
}

fn gemm(row: &[f64], weights: &[f64], bias: &[f64]) -> Vec<f64> {
    let columns = bias.len();
    let dot = |column| {
        row.iter()
            .enumerate()
            .map(|(i, x)| x * weights[i * columns + column])
            .sum::<f64>()
    };
    bias.iter()
        .enumerate()
        .map(|(column, bias)| dot(column) + bias)
        .collect()
}

#[test]
fn every_element_type_goes_in_and_comes_out() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let code = |element: ElementType| match element {
        ElementType::Bool => DataType::Bool,
        ElementType::Int8 => DataType::Int8,
        ElementType::Int16 => DataType::Int16,
        ElementType::Int32 => DataType::Int32,
        ElementType::Int64 => DataType::Int64,
        ElementType::Uint8 => DataType::Uint8,
        ElementType::Uint16 => DataType::Uint16,
        ElementType::Uint32 => DataType::Uint32,
        ElementType::Uint64 => DataType::Uint64,
        ElementType::Float16 => DataType::Float16,
        ElementType::BFloat16 => DataType::Bfloat16,
        ElementType::Float32 => DataType::Float,
        ElementType::Float64 => DataType::Double,
        ElementType::String => DataType::String,
    };
    for element in ElementType::ALL {
        let value = |name| write::value(name, code(element), &[Dim::Named("N"), Dim::Fixed(2)]);
        let graph = GraphProto {
            node: vec![write::node("Identity", &["x"], &["y"])],
            input: vec![value("x")],
            output: vec![value("y")],
            ..GraphProto::default()
        };
        let (_folder, path) = saved(&write::model(graph, fixtures::OPSET));
        let model = CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap();
        for rows in [0, 3] {
            let inputs = inputs::generate(model.signature(), rows, inputs::SEED).unwrap();
            let outputs = model.run(&inputs, None).unwrap();
            assert_eq!(outputs[0].1, inputs[0].1, "{element:?}, {rows} rows");
        }
    }
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&fixtures::mlp(4, 8, 2));
    let model = CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap();
    let tensor = |shape: Vec<usize>| {
        let count = shape.iter().product();
        Tensor::new(shape, Data::Float32(vec![0.0; count])).unwrap()
    };
    let error = |inputs: &[(String, Tensor)]| model.run(inputs, None).unwrap_err().to_string();
    assert!(error(&[]).contains("'x': is missing; the model wants FP32[N, 4]"));
    assert!(error(&[("z".to_owned(), tensor(vec![1, 4]))]).contains("it takes x"));
    assert!(error(&[("x".to_owned(), tensor(vec![1, 5]))]).contains("was given FP32[1, 5]"));
    let twice = [
        ("x".to_owned(), tensor(vec![1, 4])),
        ("x".to_owned(), tensor(vec![1, 4])),
    ];
    assert!(error(&twice).contains("twice"));
}

#[test]
fn placement_is_told_and_a_missing_provider_is_an_error() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&fixtures::mlp(4, 8, 2));
    let model = CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap();
    let report = &model.loaded().provider;
    assert_eq!(
        (report.requested.as_slice(), report.fell_back_to_cpu),
        (&["cpu".to_owned()][..], false)
    );
    assert!(
        report.placements.len() == 1 && report.placements[0].provider == "cpu",
        "{report:?}"
    );
    assert!(report.placements[0].nodes >= 3, "{report:?}");
    if !runtime.providers().contains(&Provider::Cuda) {
        let options = ModelOptions {
            providers: vec![Provider::Cuda, Provider::Cpu],
            ..ModelOptions::default()
        };
        let error = CachedModel::load(&runtime, &path, &options).unwrap_err();
        assert!(
            matches!(&error, EngineError::Provider { provider, .. } if provider == "cuda"),
            "{error}"
        );
    }
}

#[test]
fn absurd_options_are_refused() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let path = data().join("logreg.onnx");
    let load = |options: ModelOptions| {
        CachedModel::load(&runtime, &path, &options)
            .unwrap_err()
            .to_string()
    };
    let threads = load(ModelOptions {
        threads: 4_000_000_000,
        ..ModelOptions::default()
    });
    assert!(threads.contains("1024 is the most"), "{threads}");
    let nobody = load(ModelOptions {
        providers: Vec::new(),
        ..ModelOptions::default()
    });
    assert!(nobody.contains("no execution provider"), "{nobody}");
}

#[test]
fn a_cancelled_run_stops_soon() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&fixtures::slow(2_000));
    let options = ModelOptions {
        warm_up_runs: 0,
        ..ModelOptions::default()
    };
    let model = CachedModel::load(&runtime, &path, &options).unwrap();
    let inputs = inputs::generate(model.signature(), 1, inputs::SEED).unwrap();
    let token = CancelToken::default();
    let canceller = {
        let token = token.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            let at = Instant::now();
            token.cancel();
            at
        })
    };
    let error = model.run(&inputs, Some(&token)).unwrap_err();
    let after = canceller.join().unwrap().elapsed();
    assert!(matches!(error, EngineError::Cancelled), "{error}");
    eprintln!("a cancelled run stopped after {after:?}");
    // One node may take a few milliseconds in a loaded debug build; the aim on an idle machine is 50 ms.
    assert!(after < Duration::from_millis(500), "{after:?}");
    assert!(
        matches!(
            model.run(&inputs, Some(&token)),
            Err(EngineError::Cancelled)
        ),
        "once cancelled, always"
    );
    let quick = CancelToken::default();
    let short = loaded(&runtime, "logreg.onnx");
    let inputs = inputs::generate(short.signature(), 1, inputs::SEED).unwrap();
    assert!(
        short.run(&inputs, Some(&quick)).is_ok(),
        "a token that is not cancelled changes nothing"
    );
}

#[test]
fn a_model_is_loaded_once_however_many_ask() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let engine = InferenceEngine::new(runtime, u64::MAX);
    let key = ModelKey {
        content: "logreg".to_owned(),
        options: ModelOptions::default(),
    };
    let path = data().join("logreg.onnx");
    let models: Vec<Arc<CachedModel>> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| engine.load(&key, &path).unwrap()))
            .collect();
        asking
            .into_iter()
            .map(|asking| asking.join().unwrap())
            .collect()
    });
    assert!(models.iter().all(|model| Arc::ptr_eq(model, &models[0])));
    assert_eq!(engine.loaded(), [key]);
}

#[test]
fn the_least_recently_used_model_makes_room_unless_in_use() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let size = std::fs::metadata(data().join("logreg.onnx")).unwrap().len();
    let engine = InferenceEngine::new(runtime, size * 2);
    let path = data().join("logreg.onnx");
    let key = |name: &str| ModelKey {
        content: name.to_owned(),
        options: ModelOptions::default(),
    };
    let load = |name: &str| engine.load(&key(name), &path).unwrap();
    let held = load("a");
    drop(load("b"));
    drop(load("c"));
    let mut left: Vec<String> = engine.loaded().into_iter().map(|key| key.content).collect();
    left.sort();
    assert_eq!(left, ["a", "c"], "'b' is the oldest that nobody holds");
    assert!(Arc::ptr_eq(&held, &load("a")));
    drop(held);
    let others = [load("c"), load("d")];
    let mut left: Vec<String> = engine.loaded().into_iter().map(|key| key.content).collect();
    left.sort();
    assert_eq!(
        (left, others.len()),
        (vec!["c".to_owned(), "d".to_owned()], 2)
    );
}

#[test]
fn more_callers_than_sessions_take_turns() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let options = ModelOptions {
        pool_size: 2,
        ..ModelOptions::default()
    };
    let model = CachedModel::load(&runtime, &data().join("gboost.onnx"), &options).unwrap();
    let inputs = inputs::generate(model.signature(), 4, inputs::SEED).unwrap();
    let expected = model.run(&inputs, None).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(model.run(&inputs, None).unwrap(), expected);
                }
            });
        }
    });
}

#[test]
fn hostile_files_never_reach_the_runtime() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for hostile in fixtures::write_hostile(folder.path()).unwrap() {
        let error =
            CachedModel::load(&runtime, &hostile.path, &ModelOptions::default()).unwrap_err();
        assert!(
            matches!(error, EngineError::Model(_)),
            "{}: {error}",
            hostile.path.display()
        );
    }
}

#[test]
fn a_model_that_the_runtime_refuses_says_why() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let graph = GraphProto {
        node: vec![write::node("NoSuchOperator", &["x"], &["y"])],
        input: vec![write::value("x", DataType::Float, &[Dim::Named("N")])],
        output: vec![write::value("y", DataType::Float, &[Dim::Named("N")])],
        ..GraphProto::default()
    };
    let (_folder, path) = saved(&write::model(graph, fixtures::OPSET));
    let error = CachedModel::load(&runtime, &path, &ModelOptions::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("NoSuchOperator") && error.contains("cannot load"),
        "{error}"
    );
}

#[test]
fn types_that_cannot_be_passed_are_an_error_not_a_crash() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let tensor = type_proto::Tensor {
        elem_type: Some(DataType::Float.into()),
        shape: None,
    };
    let inner = TypeProto {
        value: Some(type_proto::Value::TensorType(tensor)),
        ..TypeProto::default()
    };
    let optional = type_proto::Optional {
        elem_type: Some(Box::new(inner)),
    };
    let value = type_proto::Value::OptionalType(Box::new(optional));
    let input = ValueInfoProto {
        name: Some("x".to_owned()),
        r#type: Some(TypeProto {
            value: Some(value),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    };
    let graph = GraphProto {
        name: Some("optional".to_owned()),
        node: vec![write::node("OptionalHasElement", &["x"], &["y"])],
        input: vec![input],
        output: vec![write::value("y", DataType::Bool, &[])],
        ..GraphProto::default()
    };
    let (_folder, path) = saved(&write::model(graph, fixtures::OPSET));
    let model = CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap();
    assert!(
        matches!(model.signature().inputs[0].kind, PortKind::Other(_)),
        "{:?}",
        model.signature()
    );
    let given = [(
        "x".to_owned(),
        Tensor::new(vec![1], Data::Float32(vec![1.0])).unwrap(),
    )];
    assert!(
        model
            .run(&given, None)
            .unwrap_err()
            .to_string()
            .contains("only tensors")
    );
}
