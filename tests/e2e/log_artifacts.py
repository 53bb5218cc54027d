"""One run with a file of every kind, a dataset, notes and long metrics, and four runs beside it to compare with."""

import json
import pickle
import struct
import sys
import tempfile
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

import mlflow
import models
import numpy as np
import onnx
import pandas as pd

experiment = sys.argv[1]
mlflow.set_experiment(experiment)
random = np.random.default_rng(7)
ROWS = 60_000


def png(path: Path, size: int = 240) -> None:
    """A heat map without a plotting library."""
    x, y = np.meshgrid(np.linspace(0, 3, size), np.linspace(0, 3, size))
    shade = np.sin(x * 2) * np.cos(y * 2) * 0.5 + 0.5
    pixels = np.stack([56 + 120 * shade, 80 + 100 * shade, 226 - 90 * shade], axis=-1).astype(np.uint8)
    raw = b"".join(b"\0" + line.tobytes() for line in pixels)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


PAGE = """<!doctype html><html><head><title>Factors</title>
<style>body{font:14px sans-serif;margin:24px;color:#14181f}td,th{padding:4px 16px 4px 0;text-align:left}</style></head>
<body><h1>Factor exposures</h1><table><tr><th>carry</th><td>+0.42</td></tr><tr><th>momentum</th><td>+0.18</td></tr></table>
<p id="ran">scripts did not run</p>
<script>
document.getElementById("ran").textContent = "scripts ran";
try { window.parent.__escaped = true; } catch (e) {}
try { window.parent.__TAURI_INTERNALS__.invoke("delete_demo_workspace"); } catch (e) {}
</script>
<img src="x" onerror="window.parent.__escaped = true">
</body></html>
"""

NOTE = """## What changed
Four states instead of three; **dropout 0.2**. Out of sample from `2025-07`.

| window | ic | sharpe |
|---|---:|---:|
| 2025-07 | 0.0431 | 1.71 |
| 2025-08 | 0.0462 | 1.83 |

- [x] no look-ahead
- [ ] costs at 0.3 bp

<img src=x onerror="window.__escaped = true">
"""


def write_files(folder: Path) -> None:
    frame = pd.DataFrame(
        {
            "at": pd.date_range("2025-07-01", periods=ROWS, freq="min"),
            "pair": pd.Categorical(random.choice(["EURUSD", "USDJPY", "GBPUSD"], ROWS)).astype(str),
            "mid": 1.08 + random.normal(0, 0.002, ROWS).cumsum() / 50,
            "spread_bps": np.where(random.random(ROWS) < 0.02, np.nan, random.gamma(2, 0.15, ROWS)).astype("float32"),
            "volume": random.integers(0, 5000, ROWS),
        }
    )
    (folder / "data").mkdir()
    frame.to_parquet(folder / "data/bars.parquet", index=False)
    frame.head(5_000).to_csv(folder / "data/trades.csv", index=False)
    (folder / "reports").mkdir()
    png(folder / "reports/confusion.png")
    (folder / "reports/factors.html").write_text(PAGE)
    (folder / "reports/walk_forward.md").write_text("# Walk forward\n\n" + NOTE)
    (folder / "config.json").write_text(json.dumps({"horizon_minutes": 15, "regimes": ["calm", "trend"], "seed": None, "nested": {"a": [1, 2, 3]}}))
    (folder / "nan.json").write_text('{"ic": NaN}')
    (folder / "env.yaml").write_text("python: 3.12 # pinned\ndependencies:\n- onnx\n- numpy>=2\n")
    (folder / "train.log").write_text("".join(f"2026-01-01 00:00:{n % 60:02d} step {n} loss {1 / (n + 1):.6f}\n" for n in range(20_000)))
    (folder / "empty.txt").write_text("")
    (folder / "scaler.pkl").write_bytes(pickle.dumps({"mean": [0.1]}))
    (folder / "weights.npy").write_bytes(b"\x93NUMPY\x01\x00")
    (folder / "broken.parquet").write_bytes(b"PAR1 and then nothing")
    (folder / "net").mkdir()
    onnx.save(models.gemm(), str(folder / "net/gemm.onnx"))


def log_run(name: str, seed: int, extra: bool) -> str:
    noise = np.random.default_rng(seed)
    with mlflow.start_run(run_name=name) as run:
        mlflow.log_params({"window": 64 if seed % 2 else 128, "lr": 0.003, "dropout": 0.1 * seed, "states": 4, "features": "spread_bps, carry_3m, mom_60m"})
        client = mlflow.MlflowClient()
        steps = 300
        points = []
        for key, (start, end, scale) in {"ic": (0, 0.046, 0.002), "sharpe": (-0.2, 1.8, 0.05), "val_loss": (1.1, 0.62, 0.01), "grad_norm": (4.2, 0.5, 0.2)}.items():
            for step in range(steps):
                value = end + (start - end) * np.exp(-4 * step / steps) + noise.normal(0, scale)
                points.append(mlflow.entities.Metric(key, float(value), 1_760_000_000_000 + step * 1000, step))
        for at in range(0, len(points), 900):
            client.log_batch(run.info.run_id, metrics=points[at : at + 900])
        mlflow.log_metric("test_ic", 0.04 + seed / 1000)
        mlflow.set_tag("desk", "fx")
        if extra:
            mlflow.set_tag("mlflow.note.content", NOTE)
            frame = pd.DataFrame({"spread_bps": [0.1, 0.2], "carry_3m": [0.01, 0.02]})
            mlflow.log_input(mlflow.data.from_pandas(frame, source="https://data.example/fx.parquet", name="fx-1m"), context="train")
            with tempfile.TemporaryDirectory() as folder:
                write_files(Path(folder))
                mlflow.log_artifacts(folder)
            mlflow.onnx.log_model(models.gemm(), name="model", registered_model_name="viewer-model")
        return run.info.run_id


made = {name: log_run(name, seed, name == "all-kinds") for seed, name in enumerate(["base", "wide-window", "more-dropout", "other-seed", "all-kinds"], start=1)}
experiment_id = mlflow.get_experiment_by_name(experiment).experiment_id
print(json.dumps({"runs": made, "experiment_id": experiment_id, "parquet_rows": ROWS}))
