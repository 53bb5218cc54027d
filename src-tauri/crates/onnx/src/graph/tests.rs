#![allow(clippy::unwrap_used)]
use super::*;
use crate::fixtures::{BLOCK_NODES, transformer};
use crate::proto::tensor_proto::DataType;
use crate::proto::{GraphProto, ModelProto};
use crate::write::{self, Dim};

fn titles(scene: &Scene, kind: BoxKind) -> Vec<&str> {
    let of_kind = scene.boxes.iter().filter(|b| b.kind == kind);
    of_kind.map(|b| b.title.as_str()).collect()
}

fn view(open: &[(u32, u32)], whole: bool) -> SceneView {
    SceneView {
        open: open
            .iter()
            .map(|(first, copy)| OpenCopy {
                first: *first,
                copy: *copy,
            })
            .collect(),
        whole,
        ..SceneView::default()
    }
}

/// Boxes that lie on each other without one holding the other.
fn overlaps(scene: &Scene) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, a) in scene.boxes.iter().enumerate() {
        for b in &scene.boxes[at + 1..] {
            let apart = a.corner.x + a.size.width <= b.corner.x
                || b.corner.x + b.size.width <= a.corner.x
                || a.corner.y + a.size.height <= b.corner.y
                || b.corner.y + b.size.height <= a.corner.y;
            let inside = a.kind == BoxKind::Frame
                && a.corner.x <= b.corner.x
                && a.corner.y <= b.corner.y
                && b.corner.x + b.size.width <= a.corner.x + a.size.width
                && b.corner.y + b.size.height <= a.corner.y + a.size.height;
            if !apart && !inside {
                found.push((a.title.clone(), b.title.clone()));
            }
        }
    }
    found
}

#[test]
fn blocks_that_repeat_are_one_card_until_one_is_opened() {
    for mask in [false, true] {
        let model = transformer(12, mask);
        let period = BLOCK_NODES as u32 + u32::from(mask);
        let closed = scene(&model, &view(&[], false)).unwrap();
        let [repeat] = closed.repeats.as_slice() else {
            panic!("{:?}", closed.repeats);
        };
        assert_eq!((repeat.period, repeat.copies), (period, 12), "mask {mask}");
        assert_eq!(titles(&closed, BoxKind::Card), ["Layers 1 to 12"]);
        assert_eq!(closed.nodes, 12 * period + if mask { 3 } else { 1 });

        let opened = scene(&model, &view(&[(repeat.first, 4)], false)).unwrap();
        assert_eq!(
            titles(&opened, BoxKind::Card),
            ["Layers 1 to 4", "Layers 6 to 12"]
        );
        assert_eq!(titles(&opened, BoxKind::Frame), ["Layer 5 of 12"]);
        let shown = opened.boxes.iter().filter(|b| b.kind == BoxKind::Node);
        assert_eq!(shown.count() as u32, period + if mask { 3 } else { 1 });
        assert_eq!(overlaps(&opened), []);
    }
}

#[test]
fn a_whole_tower_is_drawn_without_overlaps_and_with_pills_for_what_every_block_takes() {
    let model = transformer(12, true);
    let whole = scene(&model, &view(&[], true)).unwrap();
    assert_eq!(titles(&whole, BoxKind::Node).len() as u32, whole.nodes);
    assert_eq!(titles(&whole, BoxKind::Pill), vec!["mask.bias"; 12]);
    assert_eq!(overlaps(&whole), []);
    let unmasked = scene(&transformer(12, false), &view(&[], true)).unwrap();
    assert_eq!(titles(&unmasked, BoxKind::Pill), Vec::<&str>::new());
}

#[test]
fn a_block_of_another_shape_ends_the_repeat() {
    let mut model = transformer(12, false);
    let graph = model.graph.as_mut().unwrap();
    // The sixth block takes its residual from the input and not from the block before.
    let node = graph
        .node
        .iter_mut()
        .find(|node| node.name() == "/layers.5/attn/add")
        .unwrap();
    node.input[1] = "x".to_owned();
    let scene = scene(&model, &view(&[], false)).unwrap();
    let found: Vec<(u32, u32)> = scene.repeats.iter().map(|r| (r.period, r.copies)).collect();
    assert_eq!(found[0], (BLOCK_NODES as u32, 5));
    assert!(scene.repeats.iter().all(|repeat| repeat.copies < 12));
}

/// If(c) { then: y = x + x; else: y = x }.
fn branching() -> ModelProto {
    fn float(name: &str) -> crate::proto::ValueInfoProto {
        write::value(name, DataType::Float, &[Dim::Named("N")])
    }
    let body = |op: &str, inputs: &[&str], output: &str| GraphProto {
        name: Some(output.to_owned()),
        node: vec![write::node(op, inputs, &[output])],
        output: vec![float(output)],
        ..GraphProto::default()
    };
    let mut choice = write::node("If", &["c"], &["y"]);
    choice.attribute = vec![
        write::attribute_graph("then_branch", body("Add", &["twice", "twice"], "more")),
        write::attribute_graph("else_branch", body("Identity", &["twice"], "less")),
    ];
    let graph = GraphProto {
        node: vec![write::node("Add", &["x", "x"], &["twice"]), choice],
        input: vec![float("x"), write::value("c", DataType::Bool, &[])],
        output: vec![float("y")],
        ..GraphProto::default()
    };
    write::model(graph, 17)
}

#[test]
fn bodies_are_entered_and_what_they_take_from_around_is_a_line() {
    let model = branching();
    let main = scene(&model, &SceneView::default()).unwrap();
    let line = |from: &str, to: &str| {
        main.lines.iter().any(|line| {
            main.boxes[line.from as usize].title == from && main.boxes[line.to as usize].title == to
        })
    };
    assert!(line("x", "Add") && line("Add", "If") && line("c", "If") && line("If", "y"));

    let choice = node(&model, &Way::default(), 1, None).unwrap();
    assert_eq!(
        (choice.op.as_str(), choice.inputs[0].kind),
        ("If", PortKind::Input)
    );
    let ways: Vec<(&str, u32)> = choice
        .graphs
        .iter()
        .map(|g| (g.title.as_str(), g.nodes))
        .collect();
    assert_eq!(ways, [("then_branch", 1), ("else_branch", 1)]);
    let inside = scene(
        &model,
        &SceneView {
            way: choice.graphs[0].way.clone(),
            ..SceneView::default()
        },
    )
    .unwrap();
    assert_eq!(titles(&inside, BoxKind::Node), ["Add"]);
    assert_eq!(titles(&inside, BoxKind::Output), ["more"]);
    let lost = Way(vec![WayStep {
        node: 0,
        attribute: Some("then_branch".to_owned()),
    }]);
    let lost = SceneView {
        way: lost,
        ..SceneView::default()
    };
    assert_eq!(scene(&model, &lost), Err(Undrawn::NoGraph));
}

#[test]
fn a_node_tells_who_makes_and_who_takes() {
    let model = transformer(2, false);
    let norm = node(&model, &Way::default(), 0, None).unwrap();
    assert_eq!(norm.inputs[0].kind, PortKind::Input);
    assert_eq!(norm.inputs[0].type_text, "float32 [S, 8]");
    assert_eq!(
        (norm.inputs[1].kind, norm.inputs[1].type_text.as_str()),
        (PortKind::Weight, "float32 [8]")
    );
    assert_eq!(norm.outputs[0].takers, [1, 2, 3]);
    assert_eq!(
        node(&model, &Way::default(), 4, None).unwrap().inputs[0].maker,
        Some(2)
    );
    assert!(node(&model, &Way::default(), 999, None).is_none());
}

#[test]
fn the_bytes_are_what_their_head_says() {
    let scene = scene(&transformer(12, true), &view(&[], false)).unwrap();
    let bytes = scene.to_bytes();
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let head: serde_json::Value = serde_json::from_slice(&bytes[4..4 + number(0)]).unwrap();
    let count = |key: &str| head[key].as_u64().unwrap() as usize;
    let words = count("boxes") * 7
        + count("lines") * 4
        + 1
        + count("points") * 2
        + 2 * (count("boxes") + count("tensors"));
    let texts = 4 + number(0) + words * 4;
    assert_eq!(
        bytes.len() - texts,
        number(texts - 4),
        "the last text ends where the bytes do"
    );
    assert_eq!(count("boxes"), scene.boxes.len());
    assert_eq!(
        &bytes[texts..texts + scene.boxes[0].title.len()],
        scene.boxes[0].title.as_bytes()
    );
}

#[test]
fn nodes_are_found_by_what_they_do_are_called_and_weigh() {
    let model = transformer(3, false);
    let names = |query: &str| -> Vec<String> {
        let found = search(&model, query).unwrap();
        assert_eq!(found.hits.len() as u64, found.total);
        found.hits.into_iter().map(|hit| hit.name).collect()
    };
    assert_eq!(names("op:softmax").len(), 3);
    assert_eq!(names("op:soft").len(), 0);
    assert_eq!(
        names("OP:MatMul weight>64"),
        [
            "/layers.0/mlp/up",
            "/layers.0/mlp/down",
            "/layers.1/mlp/up",
            "/layers.1/mlp/down",
            "/layers.2/mlp/up",
            "/layers.2/mlp/down",
        ]
    );
    assert_eq!(
        names("name:layers.1 weight<=8 weight>=8"),
        ["/layers.1/attn/bias", "/layers.1/mlp/down_bias"]
    );
    assert_eq!(names("tensor:layers.2/attn/q.weight"), ["/layers.2/attn/q"]);
    assert_eq!(names("").len(), 3 * BLOCK_NODES + 1);
    for (query, problem) in [
        ("op:", "say what to look for"),
        ("weight>x", "a number must follow"),
    ] {
        assert!(
            search(&model, query)
                .unwrap_err()
                .to_string()
                .contains(problem)
        );
    }
    let choice = branching();
    let inside = search(&choice, "op:Identity").unwrap();
    assert_eq!(
        inside.hits[0].way.0[0].attribute.as_deref(),
        Some("else_branch")
    );
}

/// The page as one draws it whole, at the sizes that acceptance names; the search through all pairs would take minutes.
#[test]
fn no_box_lies_on_another_at_a_thousand_and_ten_thousand_nodes() {
    for (blocks, mask) in [(53, true), (53, false), (526, true)] {
        let whole = scene(&transformer(blocks, mask), &view(&[], true)).unwrap();
        assert!(whole.boxes.len() > blocks * BLOCK_NODES);
        assert_eq!(crate::fixtures::overlaps(&whole), 0, "{blocks} blocks");
    }
    let mut twice = scene(&transformer(1, false), &view(&[], true)).unwrap();
    let again = twice.boxes[3].clone();
    twice.boxes.push(again);
    assert_eq!(
        crate::fixtures::overlaps(&twice),
        1,
        "what lies there is seen"
    );
}
