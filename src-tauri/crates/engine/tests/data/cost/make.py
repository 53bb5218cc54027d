"""Makes the models in this folder, and what onnx-tool says that each of their nodes costs.

Run with onnx 1.23.2, onnx-tool 1.0.1, numpy 2.4.6:  python make.py
"""

import json

import numpy as np
import onnx
import onnx_tool
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(11)


class Net:
    """A graph under construction: each call adds a node and gives its output's name."""

    def __init__(self, inputs):
        self.nodes, self.weights, self.inputs, self.count = [], [], inputs, {}

    def weight(self, *shape):
        return self.constant((rng.standard_normal(shape) * 0.1).astype(np.float32))

    def constant(self, array):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def __call__(self, op, *inputs, outputs=1, **attributes):
        self.count[op] = self.count.get(op, 0) + 1
        name = f"{op.lower()}{self.count[op]}"
        made = [f"{name}_{i}" if i else f"{name}_out" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), made, name=name, **attributes))
        return made[0] if outputs == 1 else made

    def model(self, name, **ranks):
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, dims) for n, dims in self.inputs.items()],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, [None] * rank) for n, rank in ranks.items()],
            self.weights,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


def mlp():
    net = Net({"x": ["N", 12]})
    h = net("Relu", net("Gemm", "x", net.weight(12, 16), net.weight(16)))
    h = net("Sigmoid", net("Gemm", h, net.weight(8, 16), net.weight(8), transB=1))
    h = net("Tanh", net("Add", net("MatMul", h, net.weight(8, 8)), net.weight(8)))
    return net.model("mlp", **{net("Softmax", net("Gemm", h, net.weight(8, 3)), axis=-1): 2})


def cnn():
    net = Net({"x": ["N", 3, 16, 16]})
    h = net("Conv", "x", net.weight(8, 3, 3, 3), net.weight(8), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    scale, bias, mean = net.weight(8), net.weight(8), net.weight(8)
    h = net("BatchNormalization", h, scale, bias, mean, net.constant(np.ones(8, np.float32)))
    h = net("MaxPool", net("Relu", h), kernel_shape=[2, 2], strides=[2, 2])
    skip = h
    h = net("Conv", h, net.weight(8, 1, 3, 3), kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=8)
    h = net("LeakyRelu", net("Conv", h, net.weight(8, 8, 1, 1), net.weight(8), kernel_shape=[1, 1]), alpha=0.1)
    h = net("Add", h, skip)
    h = net("AveragePool", h, kernel_shape=[2, 2], strides=[2, 2])
    h = net("ConvTranspose", h, net.weight(8, 4, 2, 2), kernel_shape=[2, 2], strides=[2, 2])
    h = net("GlobalAveragePool", h)
    h = net("Flatten", h, axis=1)
    return net.model("cnn", **{net("Gemm", h, net.weight(4, 5), net.weight(5)): 2})


def gru():
    net = Net({"x": ["T", "N", 6]})
    seq, last = net("GRU", "x", net.weight(1, 30, 6), net.weight(1, 30, 10), net.weight(1, 60), outputs=2, hidden_size=10)
    h = net("Squeeze", seq, net.constant(np.array([1])))
    both, _ = net(
        "LSTM", h, net.weight(1, 32, 10), net.weight(1, 32, 8), net.weight(1, 64), outputs=2, hidden_size=8
    )
    h = net("Squeeze", both, net.constant(np.array([1])))
    h = net("ReduceMean", h, axes=[0], keepdims=0)
    return net.model("gru", **{net("Gemm", h, net.weight(8, 2), net.weight(2)): 2, last: 3})


def transformer():
    heads, width, steps = 2, 16, 10
    net = Net({"x": ["N", steps, width], "mask": ["N", 1, steps, steps]})
    split = net.constant(np.array([0, steps, heads, width // heads]))
    join = net.constant(np.array([0, steps, width]))
    h = "x"
    for _ in range(2):
        n = net("LayerNormalization", h, net.weight(width), net.weight(width), axis=-1)
        q, k, v = (
            net("Transpose", net("Reshape", net("Add", net("MatMul", n, net.weight(width, width)), net.weight(width)), split), perm=p)
            for p in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
        )
        score = net("Div", net("MatMul", q, k), net.constant(np.float32(8**0.5)))
        share = net("Softmax", net("Add", score, "mask"), axis=-1)
        seen = net("Reshape", net("Transpose", net("MatMul", share, v), perm=[0, 2, 1, 3]), join)
        h = net("Add", h, net("Add", net("MatMul", seen, net.weight(width, width)), net.weight(width)))
        n = net("LayerNormalization", h, net.weight(width), net.weight(width), axis=-1)
        u = net("Add", net("MatMul", n, net.weight(width, 32)), net.weight(32))
        u = net("Mul", u, net("Sigmoid", u))
        h = net("Add", h, net("Add", net("MatMul", u, net.weight(32, width)), net.weight(width)))
    return net.model("transformer", **{net("ReduceMean", h, axes=[1], keepdims=0): 2})


DIMS = {"N": 2, "T": 7}
for make in (mlp, cnn, gru, transformer):
    model = make()
    onnx.checker.check_model(model, full_check=True)
    name = model.graph.name
    onnx.save(model, f"{name}.onnx")
    tool = onnx_tool.Model(f"{name}.onnx", {"constant_folding": False, "verbose": False})
    inputs = {
        i.name: np.zeros([d.dim_value or DIMS[d.dim_param] for d in i.type.tensor_type.shape.dim], np.float32)
        for i in model.graph.input
    }
    tool.graph.shape_infer(inputs)
    tool.graph.profile()
    nodes = {
        n.name: {
            "op": n.op_type,
            "macs": int(n.macs[0]),
            "params": int(n.params),
            "shapes": {o: [int(d) for d in tool.graph.tensormap[o].get_shape()] for o in n.output},
        }
        for n in tool.graph.nodemap.values()
    }
    golden = {"dims": DIMS, "macs": int(tool.graph.macs[0]), "params": int(tool.graph.params), "nodes": nodes}
    with open(f"{name}.json", "w") as file:
        file.write(json.dumps(golden, indent=1) + "\n")
    print(name, golden["macs"], golden["params"], len(nodes))
