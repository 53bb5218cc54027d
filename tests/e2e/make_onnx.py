"""A small valid .onnx file at the given path; with `--tower N` one of N equal blocks."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

import models
import onnx

model = models.tower(int(sys.argv[3])) if sys.argv[2:3] == ["--tower"] else models.gemm()
onnx.save(model, sys.argv[1])
print(json.dumps({"file": sys.argv[1]}))
