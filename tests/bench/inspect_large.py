"""`drydock inspect` on a 1.6 GB single-file model and on one of 3.2 GB with its weights beside it: wall time and peak memory,
against Python's `onnx.load`; and how long the statistics of all its weights take, with the file in memory and without."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

from common import CLI, WORK, median, report

ROUNDS = 20
LAYERS, WIDTH = 24, 4096  # 24 x 4096 x 4096 floats = 1.61 GB
EXTERNAL_LAYERS = 48  # 3.22 GB


def varint(n: int) -> bytes:
    out = bytearray()
    while True:
        out.append((n & 0x7F) | (0x80 if n > 0x7F else 0))
        n >>= 7
        if not n:
            return bytes(out)


def write_model(path) -> None:
    """Streams the weights, so that making the file does not need its size in memory.

    ONNX is protobuf: a ModelProto with an empty graph is written first, then a second `graph` field that holds the
    initializers one by one; readers merge the two.
    """
    import numpy as np
    import onnx
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("MatMul", [f"h{i}", f"w{i}"], [f"h{i + 1}"], name=f"layer{i}") for i in range(LAYERS)],
        "deep linear",
        [helper.make_tensor_value_info("h0", TensorProto.FLOAT, ["N", WIDTH])],
        [helper.make_tensor_value_info(f"h{LAYERS}", TensorProto.FLOAT, ["N", WIDTH])],
    )
    weights = np.random.default_rng(5).standard_normal(WIDTH * WIDTH, dtype=np.float32).tobytes()
    heads = []
    for i in range(LAYERS):
        tensor = TensorProto(name=f"w{i}", data_type=TensorProto.FLOAT, dims=[WIDTH, WIDTH]).SerializeToString()
        body = tensor + b"\x4a" + varint(len(weights))  # field 9: raw_data
        heads.append(b"\x2a" + varint(len(body) + len(weights)) + body)  # GraphProto field 5: initializer
    inner = graph.SerializeToString()
    size = len(inner) + sum(len(head) + len(weights) for head in heads)
    model = onnx.ModelProto(ir_version=8, producer_name="drydock-bench", opset_import=[helper.make_opsetid("", 17)])
    with open(path, "wb") as out:
        out.write(model.SerializeToString() + b"\x3a" + varint(size) + inner)  # ModelProto field 7: graph
        for head in heads:
            out.write(head)
            out.write(weights)


def write_external(path, layers: int) -> None:
    """The same network with its weights in one file beside it."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper

    weights = np.random.default_rng(6).standard_normal(WIDTH * WIDTH, dtype=np.float32).tobytes()
    graph = helper.make_graph(
        [helper.make_node("MatMul", [f"h{i}", f"w{i}"], [f"h{i + 1}"], name=f"layer{i}") for i in range(layers)],
        "deep linear, weights beside it",
        [helper.make_tensor_value_info("h0", TensorProto.FLOAT, ["N", WIDTH])],
        [helper.make_tensor_value_info(f"h{layers}", TensorProto.FLOAT, ["N", WIDTH])],
    )
    for i in range(layers):
        tensor = graph.initializer.add(name=f"w{i}", data_type=TensorProto.FLOAT, dims=[WIDTH, WIDTH])
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", path.name + ".data"), ("offset", i * len(weights)), ("length", len(weights))):
            tensor.external_data.add(key=key, value=str(value))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    with open(f"{path}.data", "wb") as out:
        for _ in range(layers):
            out.write(weights)
        out.flush()
        os.fsync(out.fileno())


def forget(*files) -> None:
    """Has the system let go of what it keeps of the files in memory."""
    for file in files:
        with open(file, "rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def external(layers: int) -> dict:
    """Opening and the statistics of all weights of a model with its weights beside it."""
    path = WORK / "external.onnx"
    write_external(path, layers)
    data = path.with_name(path.name + ".data")
    opened = [peak_of([CLI, "inspect", str(path), "--json"]) for _ in range(ROUNDS)]
    cold_s = []
    warm_s = []
    for _ in range(3):
        forget(path, data)
        seconds, _, said = peak_of([CLI, "weights", str(path), "--json"])
        cold_s.append(seconds)
        warm_s.append(peak_of([CLI, "weights", str(path), "--json"])[0])
    lines = json.loads(said)
    assert len(lines) == layers and all(line["nan"] == 0 and abs(line["std"] - 1) < 0.01 for line in lines), lines[0]
    python = reference(data)
    assert all(abs(lines[0][key] - python[key]) <= 1e-12 * max(1, abs(python[key])) for key in ("min", "max", "mean", "std")), (lines[0], python)
    result = {
        "external_gb": round(data.stat().st_size / 1e9, 3),
        "external_open_ms_median": round(median([seconds for seconds, *_ in opened]) * 1e3, 2),
        "external_open_ms_max": round(max(seconds for seconds, *_ in opened) * 1e3, 2),
        "external_open_peak_rss_mb_max": round(max(mb for _, mb, _ in opened), 1),
        "weight_statistics_warm_s": round(median(warm_s), 2),
        "weight_statistics_cold_s": round(median(cold_s), 2),
        "weight_statistics_equal_numpy": True,
    }
    path.unlink()
    data.unlink()
    return result


def reference(data) -> dict:
    """NumPy on the first weight."""
    import numpy as np

    values = np.fromfile(data, np.float32, WIDTH * WIDTH).astype(np.float64)
    return {"min": values.min(), "max": values.max(), "mean": values.mean(), "std": values.std()}


# Linux counts what the parent held before `exec` towards the child's peak, so a small interpreter starts the program.
STARTER = """
import json, os, subprocess, sys, time
began = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
said = child.stdout.read()
_, status, usage = os.wait4(child.pid, 0)
took = time.perf_counter() - began
print(json.dumps({"took_s": took, "status": status, "peak_mb": usage.ru_maxrss / 1024, "said": said.decode()}))
"""


def peak_of(command: list[str]) -> tuple[float, float, str]:
    """Seconds, peak resident MB and standard output of one program."""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", STARTER, *command], capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    if seen["status"]:
        raise SystemExit(f"{command} ended with {seen['status']}")
    return seen["took_s"], seen["peak_mb"], seen["said"]


def main() -> int:
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / "large.onnx"
    write_model(path)
    took, peak, inner_us = [], [], []
    for _ in range(ROUNDS):
        seconds, mb, said = peak_of([CLI, "inspect", str(path), "--json"])
        seen = json.loads(said)
        assert seen["nodeCount"] == LAYERS and seen["parameterCount"] == LAYERS * WIDTH * WIDTH, seen["nodeCount"]
        took.append(seconds * 1e3)
        peak.append(mb)
        inner_us.append(seen["tookUs"])
    python, python_mb, _ = peak_of([sys.executable, "-c", f"import onnx; onnx.load({str(path)!r})"])
    result = {
        "file_gb": round(path.stat().st_size / 1e9, 3),
        "rounds": ROUNDS,
        "wall_ms_median": round(median(took), 2),
        "wall_ms_max": round(max(took), 2),
        "read_us_median": median(inner_us),
        "peak_rss_mb_max": round(max(peak), 1),
        "python_onnx_load_ms": round(python * 1e3),
        "python_peak_rss_mb": round(python_mb),
        "times_faster_than_python": round(python * 1e3 / median(took)),
    }
    path.unlink()
    quick = os.environ.get("DRYDOCK_BENCH_QUICK") == "1"
    result |= external(5 if quick else EXTERNAL_LAYERS)
    report(result)
    return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
