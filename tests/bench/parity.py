"""`drydock compare` over 10,000, 100,000 and 1,000,000 rows of Parquet: memory, time, every metric against NumPy, and one
wrong row that must be found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from common import CLI, WORK, report

QUICK = os.environ.get("DRYDOCK_BENCH_QUICK") == "1"
ROWS = [10_000, 100_000] if QUICK else [10_000, 100_000, 1_000_000]
FEATURES, CLASSES = 12, 3
RTOL, ATOL = 1e-5, 1e-6
WRONG = 0.617  # where the wrong row stands, as a part of all


def train(path):
    """A gradient boosting classifier as quants ship it; its probabilities in float64 are what is expected."""
    import numpy as np
    import onnx
    from skl2onnx import to_onnx
    from sklearn.ensemble import GradientBoostingClassifier

    rng = np.random.default_rng(7)
    x = rng.normal(size=(4_000, FEATURES)).astype(np.float32)
    y = (x[:, 0] + 0.5 * x[:, 1] > 0).astype(int) + (x[:, 2] > 1)
    trained = GradientBoostingClassifier(n_estimators=30, max_depth=3, random_state=0).fit(x, y)
    onnx.save(to_onnx(trained, x[:1], target_opset=17, options={"zipmap": False}), path)
    return trained


def write_rows(trained, path, rows: int) -> int:
    """Features and expected outputs, block by block. One probability of one row is off; returns its number."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    wrong, block, writer = int(rows * WRONG), 50_000, None
    rng = np.random.default_rng(rows)
    for first in range(0, rows, block):
        count = min(block, rows - first)
        x = rng.normal(size=(count, FEATURES)).astype(np.float32)
        expected = trained.predict_proba(x)
        if first <= wrong < first + count:
            expected[wrong - first, 1] += 0.003
        columns = {f"f{i}": x[:, i] for i in range(FEATURES)}
        columns |= {"label": trained.predict(x).astype(np.int64)}
        columns |= {f"probabilities_{i}": expected[:, i] for i in range(CLASSES)}
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()
    return wrong


def with_numpy(model, path) -> dict:
    """The same metrics by Python's ONNX Runtime, NumPy and SciPy, all rows in memory."""
    import numpy as np
    import onnxruntime
    import pyarrow.parquet as pq
    from scipy.stats import rankdata

    frame = pq.read_table(path)
    x = np.column_stack([frame[f"f{i}"].to_numpy() for i in range(FEATURES)])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    blocks = [session.run(["probabilities"], {"X": x[at : at + 4096]})[0] for at in range(0, len(x), 4096)]
    a = np.concatenate(blocks).astype(np.float64).ravel()
    e = np.column_stack([frame[f"probabilities_{i}"].to_numpy() for i in range(CLASSES)]).ravel()
    d = a - e
    return {
        "within": int(np.isclose(a, e, rtol=RTOL, atol=ATOL).sum()),
        "maxAbs": float(np.abs(d).max()),
        "maxAbsRow": int(np.abs(d).argmax() // CLASSES),
        "maxRel": float((np.abs(d) / np.abs(e)).max()),
        "meanDifference": float(np.mean(d.astype(np.longdouble))),
        "meanAbs": float(np.mean(np.abs(d))),
        "rms": float(np.sqrt(np.mean(d**2))),
        "cosine": float(a @ e / (np.linalg.norm(a) * np.linalg.norm(e))),
        "snrDb": float(10 * np.log10((e**2).sum() / (d**2).sum())),
        "rankCorrelation": float(np.corrcoef(rankdata(a), rankdata(e))[0, 1]),
    }


def same_runtime() -> Path:
    """Python's own ONNX Runtime: another release rounds otherwise, and the figures would be of other outputs."""
    import onnxruntime

    return next((Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*"))


def compared(model, path) -> tuple[dict, float, float]:
    """The report, seconds and the peak of the two processes' resident memory, MB."""
    command = [CLI, "compare", str(model), "--data", str(path), "--rtol", str(RTOL), "--atol", str(ATOL)]
    command += ["--runtime", str(same_runtime()), "--json"]
    done = subprocess.run([sys.executable, "-I", "-S", "-c", STARTER, *command], capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    if os.waitstatus_to_exitcode(seen["status"]) != 1:
        raise SystemExit(f"compare ended with {seen['status']}: {seen['said']}{done.stderr}")
    return json.loads(seen["said"]), seen["took_s"], seen["peak_mb"]


# The worker is a child of the program: the peaks of both count. Started by a small interpreter, because Linux counts what
# the parent held before `exec` towards the child's peak.
STARTER = """
import json, os, subprocess, sys, threading, time
from pathlib import Path

def peaks(pid, seen):
    tree = [pid]
    for at in tree:
        try:
            for task in Path(f"/proc/{at}/task").iterdir():
                tree += [int(child) for child in (task / "children").read_text().split()]
            for line in Path(f"/proc/{at}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    seen[at] = int(line.split()[1]) / 1024
        except OSError:
            pass

began = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
seen, ended = {}, threading.Event()
def watch():
    while not ended.wait(0.02):
        peaks(child.pid, seen)
threading.Thread(target=watch, daemon=True).start()
said = child.stdout.read()
_, status, usage = os.wait4(child.pid, 0)
took = time.perf_counter() - began
ended.set()
print(json.dumps({"took_s": took, "status": status, "peak_mb": sum(seen.values()), "said": said.decode()}))
"""


def check(found: dict, golden: dict, wrong: int, rows: int) -> float:
    """Every metric to 1e-12 relative; returns the worst relative deviation."""
    output = next(each for each in found["outputs"] if each["output"] == "probabilities")
    assert found["rows"] == rows and found["agreement"] == "different", found["rows"]
    assert output["within"] == golden["within"], (output["within"], golden["within"])
    assert output["maxAbs"]["row"] == golden["maxAbsRow"] == wrong, (output["maxAbs"], wrong)
    assert found["worstRows"][0]["row"] == wrong and found["rowsOutside"] == 1, found["worstRows"][0]["row"]
    label = next(each for each in found["outputs"] if each["output"] == "label")
    assert label["within"] == rows, label
    pairs = [(output[key]["value"], golden[key]) for key in ("maxAbs", "maxRel")]
    keys = ("meanDifference", "meanAbs", "rms", "cosine", "snrDb", "rankCorrelation")
    pairs += [(output[key], golden[key]) for key in keys]
    # A mean of differences of both signs is small beside what it is the mean of, and so are its last digits.
    scales = {("meanDifference"): golden["meanAbs"]}
    names = ("maxAbs", "maxRel", *keys)
    off = {name: abs(a - b) / abs(scales.get(name, b)) for name, (a, b) in zip(names, pairs)}
    assert max(off.values()) <= 1e-12, off
    return max(off.values())


def main() -> int:
    WORK.mkdir(parents=True, exist_ok=True)
    model = str(WORK / "parity.onnx")
    trained = train(model)
    result: dict = {"rows": ROWS}
    for rows in ROWS:
        path = WORK / f"parity-{rows}.parquet"
        wrong = write_rows(trained, path, rows)
        found, seconds, peak = compared(model, path)
        worst = check(found, with_numpy(model, path), wrong, rows)
        result |= {
            f"peak_rss_mb_{rows}": round(peak, 1),
            f"seconds_{rows}": round(seconds, 2),
            f"rows_per_s_{rows}": round(rows / (found["tookMs"] / 1e3)),
            f"off_numpy_{rows}": worst,
            f"wrong_row_{rows}": wrong,
        }
        path.unlink()
    report(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
