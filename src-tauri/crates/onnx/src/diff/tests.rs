#![allow(clippy::unwrap_used)]

use super::*;
use crate::fixtures::{Forest, forest, mlp, transformer};
use crate::proto::tensor_proto::DataType;
use crate::write::{self, Dim};

fn compared(left: &ModelProto, right: &ModelProto) -> ModelDiff {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str, model: &ModelProto| {
        let path = folder.path().join(name);
        write::save(&path, model).unwrap();
        crate::open(&path).unwrap()
    };
    diff(
        &open("left.onnx", left),
        &open("right.onnx", right),
        &|| true,
    )
}

fn graph(model: &mut ModelProto) -> &mut GraphProto {
    model.graph.as_mut().unwrap()
}

#[test]
fn a_model_equals_itself_and_one_whose_tensors_and_nodes_are_called_otherwise() {
    let model = transformer(6, true);
    let found = compared(&model, &model);
    assert!(found.equal);
    assert_eq!(found.nodes_same, found.left.node_count);
    let mut other = model.clone();
    let outputs: Vec<String> = graph(&mut other)
        .output
        .iter()
        .map(|o| o.name().to_owned())
        .collect();
    let weights: Vec<String> = graph(&mut other)
        .initializer
        .iter()
        .map(|w| w.name().to_owned())
        .collect();
    for (at, node) in graph(&mut other).node.iter_mut().enumerate() {
        node.name = Some(format!("n{at}"));
        let keep = |name: &String| {
            outputs.contains(name) || weights.contains(name) || name == "x" || name == "mask"
        };
        for name in node
            .input
            .iter_mut()
            .chain(&mut node.output)
            .filter(|name| !keep(name))
        {
            *name = format!("other_{name}");
        }
    }
    let found = compared(&model, &other);
    assert!(found.equal, "{:?}", found.nodes.first());
    assert_eq!(found.nodes_renamed, found.left.node_count);
}

#[test]
fn a_node_that_is_put_in_is_the_only_one_that_was_added() {
    let model = transformer(40, true);
    let mut other = model.clone();
    let nodes = &mut graph(&mut other).node;
    let at = nodes.len() / 2;
    let feeds = nodes[at].input[0].clone();
    nodes[at].input[0] = "put.in".to_owned();
    nodes.insert(at, write::node("Tanh", &[&feeds], &["put.in"]));
    // Exporters number nodes by their place.
    for (at, node) in nodes.iter_mut().enumerate() {
        node.name = Some(format!("{}_{at}", node.op_type()));
    }
    let found = compared(&model, &other);
    assert_eq!(
        (found.nodes_added, found.nodes_removed, found.nodes_changed),
        (1, 0, 1)
    );
    let changed: Vec<(Change, &str)> = found
        .nodes
        .iter()
        .map(|node| (node.change, node.op.as_str()))
        .collect();
    assert!(changed.contains(&(Change::Added, "Tanh")), "{changed:?}");
    assert_eq!(found.ops.len(), 1);
    let back = compared(&other, &model);
    assert_eq!(
        (back.nodes_added, back.nodes_removed, back.nodes_changed),
        (0, 1, 1)
    );
}

#[test]
fn a_block_that_is_taken_out_takes_its_nodes_and_weights_along() {
    let found = compared(&transformer(12, false), &transformer(11, false));
    assert_eq!(found.nodes_removed, crate::fixtures::BLOCK_NODES as u64);
    assert_eq!(found.nodes_added, 0);
    assert!(found.weights_removed > 0 && found.weights_changed == 0);
    // The node after the last block takes from another one now.
    assert_eq!(found.nodes_changed, 1);
}

#[test]
fn weights_are_told_by_how_much() {
    let model = mlp(4, 8, 3);
    let mut other = model.clone();
    graph(&mut other).initializer[0] = {
        let held = model.graph.as_ref().unwrap().initializer[0].clone();
        let mut values: Vec<f32> = held
            .raw_data
            .as_ref()
            .unwrap()
            .chunks(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
            .collect();
        values[3] += 0.5;
        values[7] = -values[7];
        write::tensor_f32("w1", &[4, 8], &values)
    };
    graph(&mut other).initializer[3] = write::tensor_f32("b2", &[1, 3], &[0.0; 3]);
    graph(&mut other)
        .initializer
        .push(write::tensor_f32("spare", &[1], &[1.0]));
    let found = compared(&model, &other);
    assert_eq!(
        (
            found.weights_same,
            found.weights_changed,
            found.weights_added
        ),
        (2, 2, 1)
    );
    assert_eq!(found.nodes_changed, 0);
    let w1 = found
        .weights
        .iter()
        .find(|weight| weight.name == "w1")
        .unwrap();
    let apart = w1.figures.as_ref().unwrap();
    assert_eq!((apart.differing, apart.broken, apart.rel_max), (2, 0, 2.0));
    // numpy: np.linalg.norm(b - a) / np.linalg.norm(a) over the same values in float64.
    let held = model.graph.as_ref().unwrap().initializer[0]
        .raw_data
        .clone()
        .unwrap();
    let before: Vec<f64> = held
        .chunks(4)
        .map(|bytes| f64::from(f32::from_le_bytes(bytes.try_into().unwrap())))
        .collect();
    let moved = f64::from((before[3] as f32) + 0.5) - before[3];
    let norm = before.iter().map(|value| value * value).sum::<f64>();
    let expected = ((moved * moved + 4.0 * before[7] * before[7]) / norm).sqrt();
    assert!((apart.l2_relative.unwrap() - expected).abs() < 1e-12);
    let b2 = found
        .weights
        .iter()
        .find(|weight| weight.name == "b2")
        .unwrap();
    assert_eq!(b2.right.as_deref(), Some("float32 [1, 3]"));
    assert!(b2.figures.is_none());
}

#[test]
fn a_weight_under_another_name_at_the_same_place_is_the_same_weight() {
    let model = mlp(4, 8, 3);
    let mut other = model.clone();
    graph(&mut other).initializer[0].name = Some("onnx::MatMul_17".to_owned());
    graph(&mut other).node[0].input[1] = "onnx::MatMul_17".to_owned();
    let found = compared(&model, &other);
    assert!(found.equal, "{found:?}");
    assert_eq!(found.weights_renamed, 1);
}

#[test]
fn attributes_say_both_values_and_long_ones_how_much_differs() {
    let model = forest(&Forest::default());
    let mut other = forest(&Forest::default());
    let attributes = &mut graph(&mut other).node[0].attribute;
    let values = attributes
        .iter_mut()
        .find(|a| a.name() == "target_weights")
        .unwrap();
    let last = values.floats.len() - 1;
    values.floats[last] += 1.0;
    attributes.retain(|attribute| attribute.name() != "aggregate_function");
    let found = compared(&model, &other);
    assert_eq!(found.nodes_changed, 1);
    let details: Vec<(&str, &str, &str)> = found.nodes[0]
        .details
        .iter()
        .map(|d| (d.what.as_str(), d.left.as_str(), d.right.as_str()))
        .collect();
    assert!(
        details.contains(&("aggregate_function", "SUM", "")),
        "{details:?}"
    );
    let weights = details
        .iter()
        .find(|detail| detail.0 == "target_weights")
        .unwrap();
    assert!(
        weights
            .2
            .ends_with(&format!("(1 of {} entries differ)", last + 1)),
        "{weights:?}"
    );
}

#[test]
fn what_breaks_callers_is_told_apart_from_what_does_not() {
    let (float, double, n) = (DataType::Float, DataType::Double, Dim::Named("N"));
    let with = |input: ValueInfoProto, output: ValueInfoProto| {
        let mut model = mlp(4, 8, 3);
        graph(&mut model).input = vec![input];
        graph(&mut model).output = vec![output];
        model
    };
    let base = mlp(4, 8, 3);
    let told = |input: ValueInfoProto, output: ValueInfoProto| -> Vec<(String, bool)> {
        let found = compared(&base, &with(input, output));
        found
            .ports
            .iter()
            .map(|port| (port.name.clone(), port.breaking))
            .collect()
    };
    let same = told(
        write::value("x", float, &[Dim::Named("B"), Dim::Fixed(4)]),
        write::value("y", float, &[n, Dim::Fixed(3)]),
    );
    // The name of an open dim is a change that breaks nobody.
    assert_eq!(same, [("x".to_owned(), false)]);
    // An input that takes any width takes the old one; an output of any width may surprise.
    let open = told(
        write::value("x", float, &[n, n]),
        write::value("y", float, &[n, n]),
    );
    assert_eq!(open, [("x".to_owned(), false), ("y".to_owned(), true)]);
    let other = told(
        write::value("x", double, &[n, Dim::Fixed(4)]),
        write::value("z", float, &[n]),
    );
    let all = [
        ("x".to_owned(), true),
        ("y".to_owned(), true),
        ("z".to_owned(), false),
    ];
    assert_eq!(other, all);
}

#[test]
fn facts_of_the_file_are_compared() {
    let model = mlp(4, 8, 3);
    let mut other = model.clone();
    other.opset_import[0].version = Some(18);
    other
        .metadata_props
        .push(crate::proto::StringStringEntryProto {
            key: Some("git".to_owned()),
            value: Some("80a3810".to_owned()),
        });
    let found = compared(&model, &other);
    let told: Vec<(&str, Option<&str>, Option<&str>)> = found
        .facts
        .iter()
        .map(|fact| {
            (
                fact.what.as_str(),
                fact.left.as_deref(),
                fact.right.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("opset ai.onnx", Some("17"), Some("18")),
            ("metadata git", None, Some("80a3810"))
        ]
    );
}
