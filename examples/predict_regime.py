"""Ask a Drydock endpoint for predictions and compare them with Python's own onnxruntime on the registered model.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python examples/predict_regime.py \
        --model models:/regime-classifier/3 --endpoint http://127.0.0.1:PORT

The last line of standard output is one JSON object: rows, time taken, the largest difference.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.request
from pathlib import Path

os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
import numpy as np
import onnxruntime


def ask(endpoint: str, body: bytes) -> dict:
    request = urllib.request.Request(
        endpoint.rstrip("/") + "/invocations", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def difference(answer: dict, expected: dict[str, np.ndarray]) -> float:
    """Largest absolute difference over every output of the model."""
    predictions = answer["predictions"]
    if not isinstance(predictions, dict):
        raise SystemExit(f"expected one list for each output, got {type(predictions).__name__}")
    return max(float(np.max(np.abs(np.asarray(predictions[k], dtype=np.float64) - v))) for k, v in expected.items())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="models:/NAME/VERSION")
    parser.add_argument("--endpoint", required=True, help="address of the endpoint")
    args = parser.parse_args()

    folder = Path(mlflow.artifacts.download_artifacts(args.model))
    body = (folder / "serving_input_example.json").read_bytes()
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    inputs = {name: np.asarray(rows, dtype=np.float32) for name, rows in json.loads(body)["inputs"].items()}
    names = [output.name for output in session.get_outputs()]
    expected = dict(zip(names, session.run(names, inputs)))

    began = time.perf_counter()
    answer = ask(args.endpoint, body)
    took_ms = (time.perf_counter() - began) * 1e3
    rows = len(next(iter(inputs.values())))
    print(json.dumps({"rows": rows, "took_ms": round(took_ms, 3), "max_abs_difference": difference(answer, expected)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
