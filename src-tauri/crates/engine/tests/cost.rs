//! Shapes as ONNX Runtime infers them, and what they cost, against onnx-tool (`tests/data/cost/make.py`).

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use engine::{CancelToken, shapes};
use onnx::cost::{CostReport, NodeCost, cost};
use onnx::graph::{Way, WayStep};
use onnx::proto::tensor_proto::DataType;
use onnx::proto::{FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto};
use onnx::shapes::{Shapes, open_dims};
use onnx::write::{self, Dim};
use serde::Deserialize;

use common::{data, runtime_or_skip, saved};

#[derive(Deserialize)]
struct Golden {
    dims: BTreeMap<String, u64>,
    params: u64,
    nodes: BTreeMap<String, GoldenNode>,
}

#[derive(Deserialize)]
struct GoldenNode {
    op: String,
    macs: u64,
    params: u64,
    shapes: BTreeMap<String, Vec<u64>>,
}

/// What onnx-tool would call MACs, from our count. It counts instructions: an addition of a bias is one, an exponential 32, a
/// quotient 4, a root 24, a tanh 38. Whatever is not named here must be equal.
fn as_onnx_tool_counts(node: &NodeCost, shape: &dyn Fn(&str, usize) -> Vec<u64>) -> u64 {
    let (macs, flops) = (node.macs.unwrap(), node.flops.unwrap());
    let volume = |dims: &[u64]| dims.iter().product::<u64>();
    let taken = || volume(&shape("input", 0));
    let made = || volume(&shape("output", 0));
    match node.op.as_str() {
        // One for a product and its sum, one for each bias.
        "Conv" | "Gemm" | "MatMul" => flops - macs,
        // Lets every output meet a whole kernel; with a stride, most taps meet nothing.
        "ConvTranspose" => macs * made() / taken() + (flops - 2 * macs),
        // 1 / (1 + exp(-x)) is one exponential of 32; ours are four operations.
        "Sigmoid" => flops * 8,
        // 38, and twice that by a slip of its own (`ratio = 2`).
        "Tanh" => flops * 76,
        "Div" => flops * 4,
        // An exponential and a quotient for each; ours are 5 n - 2 a row.
        "Softmax" => made() * 36,
        // As many comparisons as places; ours are one less.
        "MaxPool" => flops + made(),
        // An addition for the first element too, and four for the quotient; ours are n - 1 and 1.
        "GlobalAveragePool" => flops + 4 * made(),
        // A root and a quotient for every element; ours folds the statistics into a scale and a shift.
        "BatchNormalization" => made() * 31,
        // The root and the quotient of a row are 29; ours are 3 operations.
        "LayerNormalization" => flops + 26 * made() / shape("output", 0).last().unwrap(),
        // Two sigmoids and a tanh by their weights; ours are nine operations.
        "GRU" => flops - macs + made() * (2 * 32 + 38 - 9),
        "LSTM" => flops - macs + made() * (3 * 32 + 2 * 38 - 14),
        _ => flops,
    }
}

#[test]
fn shapes_parameters_and_operations_agree_with_onnx_tool() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    for name in ["mlp", "cnn", "gru", "transformer"] {
        let golden = std::fs::read(data().join(format!("cost/{name}.json"))).unwrap();
        let golden: Golden = serde_json::from_slice(&golden).unwrap();
        let model = onnx::open(data().join(format!("cost/{name}.onnx"))).unwrap();
        let found = shapes::infer(&runtime, &model, &golden.dims, &CancelToken::default()).unwrap();
        let report = cost(model.proto(), &found);
        // A weight without dims has one number; onnx-tool sees none (its volume of no dims is 0).
        let graph = model.proto().graph.as_ref().unwrap();
        let scalar = |name: &String| {
            let weights = &mut graph.initializer.iter();
            weights.any(|w| w.name() == name && w.dims.is_empty())
        };
        let scalars = graph.initializer.iter().filter(|w| w.dims.is_empty());
        let parameters = golden.params + scalars.count() as u64;
        assert_eq!(report.totals.parameters, parameters, "{name}");
        assert_eq!(report.totals.unknown, 0, "{name}");
        assert_eq!(report.nodes.len(), golden.nodes.len(), "{name}");
        for node in &report.nodes {
            let what = format!("{name}: {} {}", node.op, node.name);
            let expected = &golden.nodes[&node.name];
            assert_eq!(expected.op, node.op);
            let proto = &graph.node[node.node as usize];
            let scalars = proto.input.iter().filter(|name| scalar(name)).count() as u64;
            assert_eq!(expected.params + scalars, node.parameters, "{what}");
            for (tensor, dims) in &expected.shapes {
                let known = found.of(&Way::default(), tensor).unwrap().fixed();
                assert_eq!(known.as_ref(), Some(dims), "{what}: {tensor}");
            }
            let shape = |which: &str, at: usize| {
                let name = if which == "input" {
                    &proto.input[at]
                } else {
                    &proto.output[at]
                };
                found.of(&Way::default(), name).unwrap().fixed().unwrap()
            };
            assert_eq!(as_onnx_tool_counts(node, &shape), expected.macs, "{what}");
        }
    }
}

fn inferred(model: &ModelProto, dims: &[(&str, u64)]) -> Option<(Shapes, CostReport)> {
    let runtime = runtime_or_skip()?;
    let (_folder, path) = saved(model);
    let model = onnx::open(&path).unwrap();
    let dims = dims
        .iter()
        .map(|(name, size)| ((*name).to_owned(), *size))
        .collect();
    let found = shapes::infer(&runtime, &model, &dims, &CancelToken::default()).unwrap();
    let report = cost(model.proto(), &found);
    Some((found, report))
}

fn texts(shapes: &Shapes, way: &Way, tensors: &[&str]) -> Vec<String> {
    tensors
        .iter()
        .map(|tensor| {
            shapes
                .of(way, tensor)
                .map_or("-".to_owned(), onnx::shapes::TensorType::text)
        })
        .collect()
}

fn float(name: &str, dims: &[Dim<'_>]) -> onnx::proto::ValueInfoProto {
    write::value(name, DataType::Float, dims)
}

/// `x [N, 4]` goes three times through `h W + b`, and once more through the body that the condition `x` is not known to.
fn looped(trips: Option<i64>) -> ModelProto {
    let longs = |name: &str, value: i64| {
        write::tensor(name, DataType::Int64, &[], value.to_le_bytes().to_vec())
    };
    let body = GraphProto {
        name: Some("body".to_owned()),
        node: vec![
            write::node("MatMul", &["h", "w"], &["product"]),
            write::node("Add", &["product", "b"], &["next"]),
            write::node("Identity", &["go"], &["on"]),
        ],
        input: vec![
            write::value("turn", DataType::Int64, &[]),
            write::value("go", DataType::Bool, &[]),
            float("h", &[Dim::Named("N"), Dim::Fixed(4)]),
        ],
        output: vec![
            write::value("on", DataType::Bool, &[]),
            float("next", &[Dim::Named("N"), Dim::Fixed(4)]),
        ],
        ..GraphProto::default()
    };
    let mut node = write::node("Loop", &["trips", "", "x"], &["y"]);
    node.attribute.push(write::attribute_graph("body", body));
    let mut graph = GraphProto {
        name: Some("g".to_owned()),
        node: vec![node],
        initializer: vec![
            write::tensor_f32("w", &[4, 4], &[0.5; 16]),
            write::tensor_f32("b", &[4], &[0.5; 4]),
        ],
        input: vec![float("x", &[Dim::Named("N"), Dim::Fixed(4)])],
        output: vec![float("y", &[Dim::Named("N"), Dim::Fixed(4)])],
        ..GraphProto::default()
    };
    match trips {
        Some(trips) => graph.initializer.push(longs("trips", trips)),
        None => graph
            .input
            .push(write::value("trips", DataType::Int64, &[])),
    }
    write::model(graph, 17)
}

#[test]
fn a_body_counts_as_often_as_it_runs() {
    let Some((shapes, report)) = inferred(&looped(Some(3)), &[("N", 5)]) else {
        return;
    };
    let body = Way(vec![WayStep {
        node: 0,
        attribute: Some("body".to_owned()),
    }]);
    let told = texts(&shapes, &body, &["h", "product", "next", "w"]);
    assert_eq!(
        told,
        [
            "float32 [5, 4]",
            "float32 [5, 4]",
            "float32 [5, 4]",
            "float32 [4, 4]"
        ]
    );
    // Each turn: 5 x 4 x 4 products and 20 additions.
    assert_eq!((report.totals.macs, report.totals.flops), (240, 540));
    assert_eq!((report.totals.nodes, report.totals.unknown), (3, 0));
    assert_eq!(
        (report.nodes[0].holds, report.nodes[0].flops),
        (true, Some(540))
    );
    assert_eq!(report.totals.parameters, 20);

    let (_, report) = inferred(&looped(None), &[("N", 5)]).unwrap();
    assert_eq!((report.totals.flops, report.totals.unknown), (0, 3));
    let reason = report.nodes[1].unknown.as_deref();
    assert_eq!(
        reason,
        Some("how often the loop runs is not written in the model")
    );
}

#[test]
fn a_shape_that_is_computed_from_shapes_is_found_and_a_symbol_stays_one() {
    let longs = |name: &str, value: i64| {
        write::tensor(name, DataType::Int64, &[1], value.to_le_bytes().to_vec())
    };
    let graph = GraphProto {
        name: Some("g".to_owned()),
        node: vec![
            write::node("Shape", &["x"], &["shape"]),
            write::node("Gather", &["shape", "first"], &["rows"]),
            write::node("Concat", &["rows", "rest"], &["target"]),
            write::node("Reshape", &["x", "target"], &["flat"]),
            write::node("Relu", &["flat"], &["y"]),
            write::node("Reshape", &["x", "any"], &["open"]),
        ],
        initializer: vec![longs("first", 0), longs("rest", -1)],
        input: vec![
            float("x", &[Dim::Named("N"), Dim::Fixed(2), Dim::Fixed(3)]),
            write::value("any", DataType::Int64, &[Dim::Named("rank")]),
        ],
        output: vec![
            float("y", &[Dim::Named("N"), Dim::Named("K")]),
            write::value("open", DataType::Float, &[]),
        ],
        ..GraphProto::default()
    };
    let mut model = write::model(graph, 17);
    let graph = model.graph.as_mut().unwrap();
    graph.node[2].attribute.push(write::attribute_i("axis", 0));
    // An output that says nothing of its shape.
    graph.output[1].r#type = onnx::shapes::TensorType::Tensor {
        element: DataType::Float.into(),
        dims: None,
    }
    .to_proto();
    let names: Vec<String> = open_dims(&model).into_iter().map(|dim| dim.name).collect();
    assert_eq!(names, ["N", "rank"]);
    let Some((shapes, report)) = inferred(&model, &[("N", 8)]) else {
        return;
    };
    let main = Way::default();
    assert_eq!(
        texts(&shapes, &main, &["shape", "flat", "y", "open"]),
        [
            "int64 [3]",
            "float32 [8, 6]",
            "float32 [8, 6]",
            "float32 [...]"
        ]
    );
    assert_eq!((report.totals.flops, report.totals.unknown), (48, 0));
    assert_eq!(report.totals.unsized_nodes, 0, "views move nothing");
    let (shapes, _) = inferred(&model, &[]).unwrap();
    assert_eq!(texts(&shapes, &main, &["x"]), ["float32 [N, 2, 3]"]);
}

#[test]
fn a_function_counts_at_every_call_with_the_attributes_of_that_call() {
    let mut leaky = write::node("LeakyRelu", &["a"], &["b"]);
    let mut slope = write::attribute_i("alpha", 0);
    slope.i = None;
    slope.r#type = Some(onnx::proto::attribute_proto::AttributeType::Float.into());
    slope.ref_attr_name = Some("slope".to_owned());
    leaky.attribute.push(slope);
    let imports = |domain: &str, version: i64| OperatorSetIdProto {
        domain: Some(domain.to_owned()),
        version: Some(version),
    };
    let function = FunctionProto {
        name: Some("Act".to_owned()),
        domain: Some("mine".to_owned()),
        input: vec!["a".to_owned()],
        output: vec!["b".to_owned()],
        attribute: vec!["slope".to_owned()],
        node: vec![leaky],
        opset_import: vec![imports("", 17)],
        ..FunctionProto::default()
    };
    let call = |taken: &str, made: &str| {
        let mut slope = write::attribute_i("slope", 0);
        slope.i = None;
        slope.f = Some(0.25);
        slope.r#type = Some(onnx::proto::attribute_proto::AttributeType::Float.into());
        NodeProto {
            domain: Some("mine".to_owned()),
            attribute: vec![slope],
            ..write::node("Act", &[taken], &[made])
        }
    };
    let graph = GraphProto {
        name: Some("g".to_owned()),
        node: vec![call("x", "h"), call("h", "y")],
        input: vec![float("x", &[Dim::Named("N"), Dim::Fixed(4)])],
        output: vec![float("y", &[Dim::Named("N"), Dim::Fixed(4)])],
        ..GraphProto::default()
    };
    let mut model = write::model(graph, 17);
    model.opset_import.push(imports("mine", 1));
    model.functions.push(function);
    let Some((_, report)) = inferred(&model, &[("N", 3)]) else {
        return;
    };
    assert_eq!((report.totals.nodes, report.totals.unknown), (2, 0));
    assert_eq!(
        report.totals.flops, 48,
        "two calls of 12 elements, two operations each"
    );
}

#[test]
fn shapes_come_back_from_a_worker_as_they_were_found() {
    use engine::job::{Bench, Job, ShapesJob};
    let Some(_) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&looped(Some(3)));
    let job = ShapesJob {
        path,
        dims: BTreeMap::from([("N".to_owned(), 5)]),
    };
    let none = CancelToken::default();
    let answer = job.run(&mut Bench::new(None), &mut |()| {}, &none).unwrap();
    assert_eq!(answer.shapes.graphs.len(), 2);
    let packed = rmp_serde::to_vec_named(&answer).unwrap();
    let back: engine::job::ShapesAnswer = rmp_serde::from_slice(&packed).unwrap();
    assert_eq!(back, answer);
}

#[test]
fn the_ceiling_of_this_machine_is_measured() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let none = CancelToken::default();
    let found = engine::ceiling::measure(&runtime, 7, &none).unwrap();
    assert!(
        found.flops_per_s > 1e8 && found.bytes_per_s > 1e8,
        "{found:?}"
    );
    assert!(
        (found.ridge_flops_per_byte * found.bytes_per_s / found.flops_per_s - 1.0).abs() < 1e-9
    );
    let stopped = CancelToken::default();
    stopped.cancel();
    assert!(engine::ceiling::measure(&runtime, 7, &stopped).is_err());
}

/// Two nodes that no kernel on the CPU carries out, and one that does.
#[test]
fn nodes_without_a_kernel_are_named_and_the_rest_is_tried() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let graph = |first: DataType| GraphProto {
        name: Some("g".to_owned()),
        node: vec![
            write::node("Neg", &["a"], &["b"]),
            write::node("Neg", &["c"], &["d"]),
            write::node("Neg", &["x"], &["y"]),
        ],
        input: vec![
            write::value("a", first, &[Dim::Fixed(2)]),
            write::value("c", first, &[Dim::Fixed(2)]),
            float("x", &[Dim::Fixed(2)]),
        ],
        output: vec![
            write::value("b", first, &[Dim::Fixed(2)]),
            write::value("d", first, &[Dim::Fixed(2)]),
            float("y", &[Dim::Fixed(2)]),
        ],
        ..GraphProto::default()
    };
    let none = CancelToken::default();
    let check = |first: DataType| {
        let (_folder, path) = saved(&write::model(graph(first), 17));
        engine::compat::check(&runtime, &onnx::open(&path).unwrap(), &none).unwrap()
    };
    let fine = check(DataType::Float);
    assert!(
        fine.complete && fine.missing.is_empty() && fine.problem.is_none(),
        "{fine:?}"
    );
    assert_eq!(fine.opsets[0].since_runtime.as_deref(), Some("1.12"));
    assert!(
        fine.opsets[0].newest.is_some_and(|newest| newest >= 23),
        "{:?}",
        fine.opsets
    );
    // bfloat16 has no kernel of its own on the CPU.
    let lacks = check(DataType::Bfloat16);
    let names: Vec<&str> = lacks
        .missing
        .iter()
        .map(|kernel| kernel.node.as_str())
        .collect();
    assert_eq!(
        (lacks.complete, names),
        (true, vec!["Neg_b", "Neg_d"]),
        "{lacks:?}"
    );
}
