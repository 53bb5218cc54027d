//! Opening and describing models, and refusing what is none.

#![allow(clippy::unwrap_used)]

use onnx::fixtures::{self, HOSTILE_COUNT, write_hostile};
use onnx::proto::attribute_proto::AttributeType;
use onnx::proto::tensor_proto::DataType;
use onnx::proto::{AttributeProto, FunctionProto, GraphProto, TensorProto};
use onnx::write::{self, Dim, Fill};
use onnx::{OnnxError, OpCount, TensorInfo, open, report};
use prost::Message;

#[test]
fn thirty_hostile_files_give_thirty_clear_errors() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_hostile(folder.path()).unwrap();
    assert_eq!(files.len(), HOSTILE_COUNT);
    for hostile in files {
        let error = open(&hostile.path)
            .expect_err(&hostile.path.display().to_string())
            .to_string();
        assert!(
            error.starts_with(&hostile.path.display().to_string()),
            "the error must name the file: {error}"
        );
        assert!(
            error.contains(hostile.expect),
            "expected '{}' in: {error}",
            hostile.expect
        );
    }
}

#[test]
fn a_small_model_is_described_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mlp.onnx");
    write::save(&path, &fixtures::mlp(16, 64, 3)).unwrap();
    let report = report(&open(&path).unwrap());
    let tensor = |name: &str, dims: &[&str]| TensorInfo {
        name: name.to_owned(),
        element_type: "float32".to_owned(),
        dims: dims.iter().map(|dim| (*dim).to_owned()).collect(),
    };
    assert_eq!(report.inputs, [tensor("x", &["N", "16"])]);
    assert_eq!(report.outputs, [tensor("y", &["N", "3"])]);
    assert_eq!(report.parameter_count, 16 * 64 + 64 + 64 * 3 + 3);
    assert_eq!(report.weight_bytes, report.parameter_count * 4);
    assert_eq!((report.node_count, report.initializer_count), (4, 4));
    let count = |op: &str, count| OpCount {
        op: op.to_owned(),
        domain: "ai.onnx".to_owned(),
        count,
    };
    assert_eq!(
        report.ops,
        [count("Gemm", 2), count("Relu", 1), count("Softmax", 1)]
    );
    assert_eq!(
        (report.opsets[0].domain.as_str(), report.opsets[0].version),
        ("ai.onnx", fixtures::OPSET)
    );
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn nested_bodies_and_functions_count_once_as_written() {
    let body = GraphProto {
        node: vec![write::node("Neg", &["x"], &["n"])],
        initializer: vec![write::tensor_f32("inner", &[2], &[1.0, 2.0])],
        ..GraphProto::default()
    };
    let mut branch = write::node("If", &["c"], &["y"]);
    branch.attribute = vec![write::attribute_graph("then_branch", body)];
    let graph = GraphProto {
        node: vec![branch, write::node("Neg", &["y"], &["z"])],
        output: vec![write::value("z", DataType::Float, &[Dim::Fixed(2)])],
        ..GraphProto::default()
    };
    let mut model = write::model(graph, 17);
    model.functions = vec![FunctionProto {
        name: Some("Twice".to_owned()),
        node: vec![write::node("Add", &["a", "a"], &["b"])],
        ..FunctionProto::default()
    }];
    let report = in_file(&model.encode_to_vec(), |path| report(&open(path).unwrap()));
    let names: Vec<&str> = report.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "If_y",
            "If_y.then_branch > Neg_n",
            "Neg_z",
            "function Twice > Add_b"
        ]
    );
    assert_eq!(
        report.ops.iter().map(|op| op.count).sum::<u64>(),
        report.node_count
    );
    assert_eq!(report.initializers[0].name, "If_y.then_branch > inner");
    assert_eq!(report.parameter_count, 2);
}

#[test]
fn weights_written_as_numbers_are_not_decoded() {
    // float_data, packed: field 4, the bytes of two floats.
    let tensor = TensorProto {
        name: Some("w".to_owned()),
        data_type: Some(DataType::Float.into()),
        dims: vec![2],
        float_data: vec![
            [1.0_f32.to_le_bytes(), 2.0_f32.to_le_bytes()]
                .concat()
                .into(),
        ],
        ..TensorProto::default()
    };
    let graph = GraphProto {
        node: vec![write::node("Add", &["x", "w"], &["y"])],
        initializer: vec![tensor],
        output: vec![write::value("y", DataType::Float, &[])],
        ..GraphProto::default()
    };
    let bytes = write::model(graph.clone(), 17).encode_to_vec();
    in_file(&bytes, |path| {
        assert_eq!(report(&open(path).unwrap()).initializers[0].size_bytes, 8);
    });
    let mut short = graph;
    short.initializer[0].dims = vec![3];
    in_file(&write::model(short, 17).encode_to_vec(), |path| {
        assert!(
            open(path)
                .unwrap_err()
                .to_string()
                .contains("holds 8 bytes of numbers")
        );
    });
}

#[test]
fn external_data_is_described_and_never_opened() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = fixtures::mlp(4, 4, 2);
    let tensor = &mut model.graph.as_mut().unwrap().initializer[0];
    tensor.raw_data = None;
    tensor.data_location = Some(1);
    tensor.external_data = vec![onnx::proto::StringStringEntryProto {
        key: Some("location".to_owned()),
        value: Some("weights/w1.bin".to_owned()),
    }];
    let path = folder.path().join("model.onnx");
    write::save(&path, &model).unwrap();
    let missing = report(&open(&path).unwrap());
    assert!(!missing.external_files[0].exists && missing.warnings[0].contains("weights/w1.bin"));
    assert_eq!(
        missing.parameter_count,
        4 * 4 + 4 + 4 * 2 + 2,
        "dims tell the count without the file"
    );

    std::fs::create_dir(folder.path().join("weights")).unwrap();
    std::fs::write(folder.path().join("weights/w1.bin"), [0; 63]).unwrap();
    assert!(
        open(&path)
            .unwrap_err()
            .to_string()
            .contains("beyond the end"),
        "63 of 64 bytes are there"
    );
    std::fs::write(folder.path().join("weights/w1.bin"), [0; 64]).unwrap();
    let whole = report(&open(&path).unwrap());
    assert_eq!(
        (whole.external_files[0].size_bytes, whole.warnings.len()),
        (Some(64), 0)
    );
    assert_eq!(
        whole.initializers[0].external.as_deref(),
        Some("weights/w1.bin")
    );
}

#[test]
fn a_streamed_model_is_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = fixtures::mlp(16, 8, 3);
    for tensor in &mut shell.graph.as_mut().unwrap().initializer {
        tensor.raw_data = None;
    }
    for fill in [Fill::Holes, Fill::Pattern] {
        let path = folder.path().join("streamed.onnx");
        write::save_streamed(&path, &shell, fill).unwrap();
        let report = report(&open(&path).unwrap());
        assert_eq!(
            (report.parameter_count, report.node_count),
            (16 * 8 + 8 + 8 * 3 + 3, 4)
        );
    }
}

#[test]
fn long_attributes_say_how_much_more_there_is() {
    let mut node = write::node("TreeEnsembleRegressor", &["x"], &["y"]);
    node.attribute = vec![AttributeProto {
        name: Some("nodes_featureids".to_owned()),
        r#type: Some(AttributeType::Ints.into()),
        ints: vec![7; 100],
        ..AttributeProto::default()
    }];
    let graph = GraphProto {
        node: vec![node],
        ..GraphProto::default()
    };
    let text = in_file(&write::model(graph, 17).encode_to_vec(), |path| {
        report(&open(path).unwrap()).nodes[0].attributes[0]
            .value
            .clone()
    });
    assert!(text.ends_with("7, ... 68 more]"), "{text}");
}

/// Whatever the bytes, the answer is a model or an error: no panic, no overflow, no endless loop.
#[test]
fn damage_anywhere_is_an_error_or_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.onnx");
    let whole = fixtures::mlp(4, 4, 2).encode_to_vec();
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut opened = 0;
    for _ in 0..4_000 {
        let mut bytes = whole.clone();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(3) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes.truncate(at + 1),
                _ => bytes.insert(at, random(256) as u8),
            }
        }
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(model) = open(&path) {
            opened += 1;
            assert!(report(&model).node_count < 100);
        }
    }
    assert!(
        opened > 0,
        "some damage, such as in a weight, cannot be seen"
    );
}

#[test]
fn what_is_not_a_file_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let missing = open(folder.path().join("missing.onnx")).unwrap_err();
    assert!(matches!(missing, OnnxError::Io { .. }), "{missing}");
    assert!(missing.to_string().contains("No such file"), "{missing}");
}

fn in_file<T>(bytes: &[u8], then: impl FnOnce(&std::path::Path) -> T) -> T {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    then(file.path())
}
