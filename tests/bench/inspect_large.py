"""`drydock inspect` on a 1.5 GB single-file model: wall time and peak memory, against Python's `onnx.load`."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

from common import CLI, WORK, median, report

ROUNDS = 20
LAYERS, WIDTH = 24, 4096  # 24 x 4096 x 4096 floats = 1.61 GB


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
    report(result)
    return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
