//! Values beyond dense tensors of numbers, in and out of the real runtime.

#![allow(clippy::unwrap_used)]

mod common;

use common::{data, runtime_or_skip, saved};
use engine::tensor::{Data, Tensor};
use engine::values::{PackedTensor, PackedType, Value};
use engine::{CachedModel, EngineError, ModelOptions, Runtime, inputs};
use onnx::proto::tensor_proto::DataType;
use onnx::proto::type_proto::{self, Value as Kind};
use onnx::proto::{GraphProto, ModelProto, TypeProto, ValueInfoProto};
use onnx::write::{self, Dim};

fn load(runtime: &Runtime, model: &ModelProto) -> CachedModel {
    let (_folder, path) = saved(model);
    let options = ModelOptions {
        warm_up_runs: 0,
        ..ModelOptions::default()
    };
    CachedModel::load(runtime, &path, &options).unwrap()
}

fn floats(values: &[f32]) -> Value {
    let data = Data::Float32(values.to_vec());
    Tensor::new(vec![values.len()], data).unwrap().into()
}

#[test]
fn small_floats_and_integers_become_the_numbers_that_they_are() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    for (element, code, bytes) in [
        (
            PackedType::Float8E4M3FN,
            DataType::Float8e4m3fn,
            vec![0x7e, 0x01, 0xb8],
        ),
        (
            PackedType::Float8E4M3FNUZ,
            DataType::Float8e4m3fnuz,
            vec![0x7f, 0x01, 0xb8],
        ),
        (
            PackedType::Float8E5M2,
            DataType::Float8e5m2,
            vec![0x7b, 0xfc, 0x01],
        ),
        (
            PackedType::Float8E5M2FNUZ,
            DataType::Float8e5m2fnuz,
            vec![0x7f, 0x01, 0x84],
        ),
        (
            PackedType::Float8E8M0,
            DataType::Float8e8m0,
            vec![0x7f, 0x80, 0x01],
        ),
        (PackedType::Int4, DataType::Int4, vec![0x91, 0x07]),
        (PackedType::Uint4, DataType::Uint4, vec![0xf1, 0x07]),
        (PackedType::Int2, DataType::Int2, vec![0b00_10_01_11]),
        (PackedType::Uint2, DataType::Uint2, vec![0b00_10_01_11]),
    ] {
        let mut cast = write::node("Cast", &["x"], &["y"]);
        cast.attribute
            .push(write::attribute_i("to", DataType::Float as i64));
        let graph = GraphProto {
            node: vec![cast],
            input: vec![write::value("x", code, &[Dim::Fixed(3)])],
            output: vec![write::value("y", DataType::Float, &[Dim::Fixed(3)])],
            ..GraphProto::default()
        };
        let mut model = write::model(graph, 25);
        model.ir_version = Some(13);
        let given = PackedTensor::new(element, vec![3], bytes).unwrap();
        let expected: Vec<f32> = given
            .to_f64()
            .into_iter()
            .map(|value| value as f32)
            .collect();
        let inputs = [("x".to_owned(), Value::Packed(given))];
        let outputs = load(&runtime, &model).run_values(&inputs, None).unwrap();
        assert_eq!(outputs[0].1, floats(&expected), "{element:?}");
    }
    let short = PackedTensor::new(PackedType::Int4, vec![3], vec![1]);
    assert!(short.unwrap_err().to_string().contains("takes 2 bytes"));
}

fn sequence_of_floats(name: &str) -> ValueInfoProto {
    let tensor = TypeProto {
        value: Some(Kind::TensorType(type_proto::Tensor {
            elem_type: Some(DataType::Float.into()),
            shape: None,
        })),
        ..TypeProto::default()
    };
    let sequence = type_proto::Sequence {
        elem_type: Some(Box::new(tensor)),
    };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            value: Some(Kind::SequenceType(Box::new(sequence))),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}

/// What comes out lies, in the runtime, in the memory of what went in.
#[test]
fn a_sequence_goes_in_and_comes_out_whole() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let graph = GraphProto {
        node: vec![write::node("SequenceInsert", &["s", "x"], &["t"])],
        input: vec![
            sequence_of_floats("s"),
            write::value("x", DataType::Float, &[Dim::Named("N")]),
        ],
        output: vec![sequence_of_floats("t")],
        ..GraphProto::default()
    };
    let model = load(&runtime, &write::model(graph, 17));
    let items: Vec<Value> = (0..50).map(|at| floats(&[at as f32; 1000])).collect();
    let inputs = [
        ("s".to_owned(), Value::Sequence(items.clone())),
        ("x".to_owned(), floats(&[7.0])),
    ];
    let outputs = model.run_values(&inputs, None).unwrap();
    let whole = [items, vec![floats(&[7.0])]].concat();
    assert_eq!(outputs, [("t".to_owned(), Value::Sequence(whole))]);
    let empty = [
        ("s".to_owned(), Value::Sequence(Vec::new())),
        inputs[1].clone(),
    ];
    let refused = model.run_values(&empty, None).unwrap_err();
    assert!(
        matches!(&refused, EngineError::Input { input, .. } if input == "s"),
        "{refused}"
    );
}

#[test]
fn class_scores_come_out_as_the_maps_that_they_are() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let model = CachedModel::load(
        &runtime,
        &data().join("named.onnx"),
        &ModelOptions::default(),
    )
    .unwrap();
    let tensors = inputs::generate(model.signature(), 2, inputs::SEED).unwrap();
    let columns = model.run(&tensors, None).unwrap();
    let given: Vec<(String, Value)> = tensors
        .into_iter()
        .map(|(name, tensor)| (name, tensor.into()))
        .collect();
    let outputs = model.run_values(&given, None).unwrap();
    let Value::Sequence(rows) = &outputs[1].1 else {
        panic!("{outputs:?}")
    };
    assert_eq!(rows.len(), 2);
    for (row, scores) in rows.iter().enumerate() {
        let Value::Map { keys, values } = scores else {
            panic!("{scores:?}")
        };
        let Data::String(classes) = keys.data() else {
            panic!("{keys:?}")
        };
        let values = values.to_f64().unwrap();
        for (class, score) in classes.iter().zip(values) {
            let name = format!("output_probability.{class}");
            let column = columns.iter().find(|(column, _)| *column == name).unwrap();
            assert_eq!(column.1.to_f64().unwrap()[row], score, "{name}");
        }
    }
}
