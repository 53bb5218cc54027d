"""A small valid .onnx file at the given path."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

import models
import onnx

onnx.save(models.gemm(), sys.argv[1])
print(json.dumps({"file": sys.argv[1]}))
