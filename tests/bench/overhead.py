"""What a call costs through Drydock's engine, beside ONNX Runtime bound beforehand and beside Python's onnxruntime.

All three run on the library of the Python wheel, one thread, the same models, in one run. The models are what quants
ship: a small perceptron, gradient boosted trees over 30 features, a convolution with a GRU, and one large product of
about a millisecond. The limits (acceptance): 1.02 of bound above 100 us, 3 us more below.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from pathlib import Path

import common
import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OVERHEAD = os.environ.get("DRYDOCK_OVERHEAD", str(common.TARGET / "release" / "examples" / "overhead"))
SECONDS = 1.0 if os.environ.get("DRYDOCK_BENCH_QUICK") == "1" else 4.0
random = numpy.random.default_rng(7)


def weight(name: str, *shape: int) -> TensorProto:
    return numpy_helper.from_array((random.standard_normal(shape) / numpy.sqrt(shape[-1])).astype("float32"), name)


def save(path: Path, nodes: list, weights: list, input_shape: list, output: str) -> Path:
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, input_shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        weights,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def perceptron(path: Path, inner: list[int], rows: int = 1) -> Path:
    nodes, weights, value = [], [], "x"
    for layer, (wide, out) in enumerate(zip(inner, inner[1:])):
        weights += [weight(f"w{layer}", wide, out), weight(f"b{layer}", out)]
        nodes.append(helper.make_node("Gemm", [value, f"w{layer}", f"b{layer}"], [f"g{layer}"]))
        nodes.append(helper.make_node("Relu", [f"g{layer}"], [f"r{layer}"]))
        value = f"r{layer}"
    return save(path, nodes, weights, [rows, inner[0]], value)


def conv_gru(path: Path) -> Path:
    hidden, features, steps = 32, 16, 64
    weights = [
        weight("k", hidden, features, 5),
        weight("w", 1, 3 * hidden, hidden),
        weight("r", 1, 3 * hidden, hidden),
    ]
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["c"], pads=[4, 0], kernel_shape=[5]),
        helper.make_node("Relu", ["c"], ["a"]),
        helper.make_node("Transpose", ["a"], ["t"], perm=[2, 0, 1]),
        helper.make_node("GRU", ["t", "w", "r"], ["all", "y"], hidden_size=hidden),
    ]
    return save(path, nodes, weights, [1, features, steps], "y")


def boosted(path: Path) -> Path:
    from skl2onnx import to_onnx
    from sklearn.ensemble import GradientBoostingRegressor

    rows = random.standard_normal((2_000, 30)).astype("float32")
    target = rows[:, 0] * rows[:, 1] + numpy.sin(rows[:, 2]) + 0.1 * random.standard_normal(2_000)
    model = GradientBoostingRegressor(n_estimators=200, max_depth=6, random_state=7).fit(rows, target)
    path.write_bytes(to_onnx(model, rows[:1], target_opset=17).SerializeToString())
    return path


def python_p50_us(path: Path) -> float:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    port = session.get_inputs()[0]
    shape = [dim if isinstance(dim, int) else 1 for dim in port.shape]
    given = {port.name: random.standard_normal(shape).astype("float32")}
    samples, end = [], time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        before = time.perf_counter_ns()
        session.run(None, given)
        samples.append((time.perf_counter_ns() - before) / 1e3)
    return statistics.median(samples)


def library() -> Path:
    folder = Path(onnxruntime.__file__).parent / "capi"
    found = sorted(folder.glob("libonnxruntime.so*")) + sorted(folder.glob("onnxruntime.dll")) + sorted(folder.glob("libonnxruntime*.dylib"))
    return found[0]


def main() -> None:
    folder = common.WORK / "overhead"
    folder.mkdir(parents=True, exist_ok=True)
    models = [
        perceptron(folder / "mlp_tiny.onnx", [8, 16, 3]),
        boosted(folder / "gbt_30_features.onnx"),
        conv_gru(folder / "conv_gru.onnx"),
        # Weights that stay in the cache: two copies of larger ones, in turns, measure the memory.
        perceptron(folder / "gemm_100us.onnx", [512, 1_024, 16], rows=8),
        perceptron(folder / "gemm_1ms.onnx", [512, 1_280, 16], rows=64),
    ]
    run = [OVERHEAD, *map(str, models), "--seconds", str(SECONDS)]
    python = {path.stem: python_p50_us(path) for path in models}
    said = subprocess.run(run, check=True, capture_output=True, text=True, env=os.environ | {"DRYDOCK_ONNXRUNTIME": str(library())}, timeout=600)
    found = json.loads(said.stdout.splitlines()[-1])
    for model in found["models"]:
        # Before and after, so that a machine that slowed down meanwhile does not flatter either.
        name = model["model"]
        model["python_p50_us"] = round((python[name] + python_p50_us(folder / f"{name}.onnx")) / 2, 2)
        model["python_ratio"] = round(model["python_p50_us"] / model["engine_p50_us"], 3)
        model["within"] = model["ratio"] <= 1.02 if model["bound_p50_us"] > 100 else model["more_us"] <= 3
    common.report(found)


if __name__ == "__main__":
    main()
