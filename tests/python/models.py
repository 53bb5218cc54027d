"""A tiny ONNX model that both clients can log, and how each of them does it."""

from __future__ import annotations

import inspect

import mlflow
import numpy as np
import onnx
from mlflow.models import infer_signature
from onnx import TensorProto, helper, numpy_helper

EXAMPLE = np.array([[1.0, -2.0, 0.5], [0.25, 4.0, -1.0]], dtype=np.float32)
WEIGHTS = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], dtype=np.float32)


def expected(rows: np.ndarray = EXAMPLE) -> np.ndarray:
    return rows @ WEIGHTS


def gemm() -> onnx.ModelProto:
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2])],
        [numpy_helper.from_array(WEIGHTS, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def tower(layers: int) -> onnx.ModelProto:
    """`layers` equal blocks with a skip around each, between a stem and a head, and a choice at the end."""
    nodes, weights, last = [helper.make_node("Tanh", ["x"], ["h0"], "/stem/tanh")], [], "h0"
    square = np.eye(3, dtype=np.float32)
    for n in range(layers):
        place = f"/layers.{n}"
        weights.append(numpy_helper.from_array(square, f"w{n}"))
        nodes += [
            helper.make_node("MatMul", [last, f"w{n}"], [f"m{n}"], f"{place}/mix"),
            helper.make_node("Softmax", [f"m{n}"], [f"s{n}"], f"{place}/share"),
            helper.make_node("Mul", [f"m{n}", f"s{n}"], [f"g{n}"], f"{place}/gate"),
            helper.make_node("Add", [f"g{n}", last], [f"a{n}"], f"{place}/skip"),
        ]
        last = f"a{n}"
    side = helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", 3])
    bodies = {
        "then_branch": helper.make_graph([helper.make_node("Neg", [last], ["z"], "/choice/negated")], "then", [], [side]),
        "else_branch": helper.make_graph([helper.make_node("Identity", [last], ["z"], "/choice/same")], "else", [], [side]),
    }
    nodes.append(helper.make_node("If", ["flip"], ["y"], "/choice", **bodies))
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3]),
        helper.make_tensor_value_info("flip", TensorProto.BOOL, []),
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3])]
    graph = helper.make_graph(nodes, "tower", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def log(where: str = "model", **more):
    """`log_model` as the installed client spells it: a name in MLflow 3, a path in MLflow 2."""
    takes = inspect.signature(mlflow.onnx.log_model).parameters
    place = {"name": where} if "name" in takes else {"artifact_path": where}
    return mlflow.onnx.log_model(
        gemm(),
        **place,
        input_example={"x": EXAMPLE},
        signature=infer_signature({"x": EXAMPLE}, {"y": expected()}),
        pip_requirements=["onnxruntime"],
        **more,
    )


def predict(uri: str) -> np.ndarray:
    return np.asarray(mlflow.pyfunc.load_model(uri).predict({"x": EXAMPLE})["y"])
