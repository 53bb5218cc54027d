//! Models that would take the app with them.

use onnx::fixtures::OPSET;
use onnx::proto::tensor_proto::DataType;
use onnx::proto::{
    FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
};
use onnx::write::{self, Dim};

/// Of an `x` that is a vector of one element, and an output `y`.
fn around(element: DataType, node: Vec<NodeProto>, initializer: Vec<TensorProto>) -> ModelProto {
    let graph = GraphProto {
        name: Some("bomb".to_owned()),
        node,
        initializer,
        input: vec![write::value("x", element, &[Dim::Fixed(1)])],
        output: vec![write::value("y", element, &[])],
        ..GraphProto::default()
    };
    let mut model = write::model(graph, OPSET);
    // The rank is the runtime's to find.
    if let Some(graph) = &mut model.graph
        && let Some(onnx::proto::type_proto::Value::TensorType(tensor)) = graph.output[0]
            .r#type
            .as_mut()
            .and_then(|kind| kind.value.as_mut())
    {
        tensor.shape = None;
    }
    model
}

fn int64(name: &str, values: &[i64]) -> TensorProto {
    let raw: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    write::tensor(name, DataType::Int64, &[values.len() as i64], raw)
}

fn scalar(name: &str, value: i64) -> TensorProto {
    write::tensor(name, DataType::Int64, &[], value.to_le_bytes().to_vec())
}

fn yes(name: &str) -> TensorProto {
    write::tensor(name, DataType::Bool, &[], vec![1])
}

/// `op(x, shape)`, so large that no machine has the memory. `x` keeps the runtime from computing it while it loads.
fn to_shape(op: &str, shape: &[i64]) -> ModelProto {
    around(
        DataType::Float,
        vec![write::node(op, &["x", "shape"], &["y"])],
        vec![int64("shape", shape)],
    )
}

pub fn expand() -> ModelProto {
    to_shape("Expand", &[1 << 20, 1 << 20])
}

pub fn tile() -> ModelProto {
    to_shape("Tile", &[1 << 42])
}

pub fn pad() -> ModelProto {
    to_shape("Pad", &[1 << 40, 1 << 40])
}

/// The shape is an input's, so that only the run knows it.
pub fn constant_of_shape() -> ModelProto {
    around(
        DataType::Int64,
        vec![
            write::node("Mul", &["x", "huge"], &["shape"]),
            write::node("ConstantOfShape", &["shape"], &["zeros"]),
            write::node("Cast", &["zeros"], &["y"]),
        ]
        .into_iter()
        .map(|node| match node.op_type() {
            "Cast" => attribute(node, write::attribute_i("to", DataType::Int64 as i64)),
            _ => node,
        })
        .collect(),
        vec![scalar("huge", 1 << 40)],
    )
}

fn attribute(mut node: NodeProto, attribute: onnx::proto::AttributeProto) -> NodeProto {
    node.attribute.push(attribute);
    node
}

/// Everything is constant: the runtime computes it while it loads.
pub fn folded() -> ModelProto {
    around(
        DataType::Float,
        vec![
            write::node("ConstantOfShape", &["shape"], &["zeros"]),
            write::node("Add", &["x", "zeros"], &["y"]),
        ],
        vec![int64("shape", &[1 << 40])],
    )
}

pub fn range() -> ModelProto {
    around(
        DataType::Int64,
        vec![
            write::node("ReduceSum", &["x"], &["sum"]),
            write::node("Add", &["sum", "huge"], &["limit"]),
            write::node("Range", &["sum", "limit", "one"], &["y"]),
        ]
        .into_iter()
        .map(|node| match node.op_type() {
            "ReduceSum" => attribute(node, write::attribute_i("keepdims", 0)),
            _ => node,
        })
        .collect(),
        vec![scalar("huge", 1 << 50), scalar("one", 1)],
    )
}

pub fn resize() -> ModelProto {
    around(
        DataType::Float,
        vec![write::node("Resize", &["x", "", "scales"], &["y"])],
        vec![write::tensor_f32("scales", &[1], &[1e12])],
    )
}

pub fn one_hot() -> ModelProto {
    around(
        DataType::Int64,
        vec![write::node("OneHot", &["x", "depth", "values"], &["y"])],
        vec![scalar("depth", 1 << 45), int64("values", &[0, 1])],
    )
}

/// A column times a row.
pub fn outer_product() -> ModelProto {
    around(
        DataType::Float,
        vec![
            write::node("Expand", &["x", "column"], &["a"]),
            write::node("Expand", &["x", "row"], &["b"]),
            write::node("MatMul", &["a", "b"], &["y"]),
        ],
        vec![int64("column", &[1 << 20, 1]), int64("row", &[1, 1 << 20])],
    )
}

/// Each node doubles what the one before made.
pub fn doubling(times: usize) -> ModelProto {
    let name = |at: usize| match at {
        0 => "x".to_owned(),
        at if at == times => "y".to_owned(),
        at => format!("h{at}"),
    };
    let nodes = (0..times).map(|at| {
        let node = write::node("Concat", &[&name(at), &name(at)], &[&name(at + 1)]);
        attribute(node, write::attribute_i("axis", 0))
    });
    around(DataType::Float, nodes.collect(), Vec::new())
}

/// The same with strings, whose length no shape tells.
pub fn doubling_strings() -> ModelProto {
    const TIMES: usize = 60;
    let name = |at: usize| match at {
        0 => "x".to_owned(),
        TIMES => "y".to_owned(),
        at => format!("h{at}"),
    };
    let nodes =
        (0..TIMES).map(|at| write::node("StringConcat", &[&name(at), &name(at)], &[&name(at + 1)]));
    let mut model = around(DataType::String, nodes.collect(), Vec::new());
    model.opset_import[0].version = Some(20);
    model
}

fn body(nodes: Vec<NodeProto>, states: &[(&str, &str)]) -> GraphProto {
    let float = |name: &str| {
        let mut value = write::value(name, DataType::Float, &[]);
        if let Some(onnx::proto::type_proto::Value::TensorType(tensor)) =
            value.r#type.as_mut().and_then(|kind| kind.value.as_mut())
        {
            tensor.shape = None;
        }
        value
    };
    let mut input = vec![
        write::value("turn", DataType::Int64, &[]),
        write::value("on", DataType::Bool, &[]),
    ];
    let mut output = vec![write::value("on_out", DataType::Bool, &[])];
    input.extend(states.iter().map(|(before, _)| float(before)));
    output.extend(states.iter().map(|(_, after)| float(after)));
    let mut node = vec![write::node("Identity", &["on"], &["on_out"])];
    node.extend(nodes);
    GraphProto {
        name: Some("body".to_owned()),
        node,
        input,
        output,
        ..GraphProto::default()
    }
}

/// A loop that nothing ends.
pub fn endless() -> ModelProto {
    let body = body(vec![write::node("Neg", &["a"], &["b"])], &[("a", "b")]);
    let node = write::node("Loop", &["", "yes", "x"], &["y"]);
    around(
        DataType::Float,
        vec![attribute(node, write::attribute_graph("body", body))],
        vec![yes("yes")],
    )
}

/// A loop whose value doubles.
pub fn growing() -> ModelProto {
    let grow = write::node("Concat", &["a", "a"], &["b"]);
    let grow = attribute(grow, write::attribute_i("axis", 0));
    let node = write::node("Loop", &["", "yes", "x"], &["y"]);
    let body = body(vec![grow], &[("a", "b")]);
    around(
        DataType::Float,
        vec![attribute(node, write::attribute_graph("body", body))],
        vec![yes("yes")],
    )
}

/// A loop in a loop in a loop, each with more turns than there are nanoseconds.
pub fn loops_in_loops(depth: usize) -> ModelProto {
    // Each level has names of its own: those outside are seen inside.
    let level = |inside: Vec<NodeProto>, at: usize| {
        let mut graph = body(inside, &[("a", "b")]);
        let own = |name: &mut String| *name = format!("{name}{at}");
        for node in &mut graph.node {
            let inputs = node.input.iter_mut().filter(|name| !name.is_empty());
            inputs.chain(&mut node.output).for_each(own);
        }
        let values = graph.input.iter_mut().chain(&mut graph.output);
        values.filter_map(|value| value.name.as_mut()).for_each(own);
        graph
    };
    let mut nodes = vec![write::node("Neg", &["a"], &["b"])];
    for at in 0..depth {
        let inner = level(nodes, at);
        let node = write::node("Loop", &["", "on", "a"], &["b"]);
        nodes = vec![attribute(node, write::attribute_graph("body", inner))];
    }
    let outer = level(nodes, depth);
    let node = write::node("Loop", &["", "yes", "x"], &["y"]);
    around(
        DataType::Float,
        vec![attribute(node, write::attribute_graph("body", outer))],
        vec![yes("yes")],
    )
}

/// The least integer by minus one: an exception of x86 processors, against which the runtime does not guard.
pub fn divide_overflow() -> ModelProto {
    around(
        DataType::Int64,
        vec![
            write::node("Mul", &["x", "least"], &["a"]),
            write::node("Neg", &["x"], &["b"]),
            write::node("Div", &["a", "b"], &["y"]),
        ],
        vec![scalar("least", i64::MIN)],
    )
}

/// Whether the runtime guards against it.
pub fn divide_by_zero(op: &str) -> ModelProto {
    around(
        DataType::Int64,
        vec![
            write::node("Sub", &["x", "x"], &["zero"]),
            write::node(op, &["x", "zero"], &["y"]),
        ],
        Vec::new(),
    )
}

/// A function that calls itself.
pub fn recursion() -> ModelProto {
    let call = NodeProto {
        domain: Some("own".to_owned()),
        ..write::node("Again", &["x"], &["y"])
    };
    let opset = |domain: &str, version| OperatorSetIdProto {
        domain: Some(domain.to_owned()),
        version: Some(version),
    };
    let function = FunctionProto {
        name: Some("Again".to_owned()),
        domain: Some("own".to_owned()),
        input: vec!["x".to_owned()],
        output: vec!["y".to_owned()],
        node: vec![call.clone()],
        opset_import: vec![opset("", OPSET), opset("own", 1)],
        ..FunctionProto::default()
    };
    let mut model = around(DataType::Float, vec![call], Vec::new());
    model.functions = vec![function];
    model.opset_import.push(opset("own", 1));
    model
}

/// Nodes in a circle.
pub fn circle() -> ModelProto {
    around(
        DataType::Float,
        vec![
            write::node("Add", &["x", "b"], &["a"]),
            write::node("Add", &["x", "a"], &["b"]),
            write::node("Identity", &["b"], &["y"]),
        ],
        Vec::new(),
    )
}

pub fn index_beyond() -> ModelProto {
    around(
        DataType::Float,
        vec![write::node("Gather", &["x", "far"], &["y"])],
        vec![int64("far", &[1 << 40])],
    )
}

pub fn unreal_shape() -> ModelProto {
    to_shape("Reshape", &[7, -1, 3])
}

/// More elements than sixty-four bits count.
pub fn overflowing() -> ModelProto {
    to_shape("Expand", &[1 << 31, 1 << 31, 1 << 31])
}
