"""What Python's own onnxruntime answers to the model's logged input example; one JSON object, a list for each output."""

import json
import sys
from pathlib import Path

import mlflow
import numpy as np
import onnxruntime

folder = Path(mlflow.artifacts.download_artifacts(sys.argv[1]))
body = json.loads((folder / "serving_input_example.json").read_text())
session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
inputs = {name: np.asarray(rows, dtype=np.float32) for name, rows in body["inputs"].items()}
names = [output.name for output in session.get_outputs()]
print(json.dumps({name: value.tolist() for name, value in zip(names, session.run(names, inputs))}))
