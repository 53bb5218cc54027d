"""Fills a plain MLflow (a server, or an `mlruns` folder) with what a desk has after a year: for the import suite.

    python fill_mlflow.py URI SCRATCH RUNS

Runs under either client, 3.17 or 2.10: each writes what it knows of.
"""

from __future__ import annotations

import math
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.tracking import MlflowClient

uri, scratch, runs_wanted = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
V3 = int(mlflow.__version__.split(".")[0]) >= 3
one_at_a_time = threading.Lock()
BEGAN_MS = 1_700_000_000_000
mlflow.set_tracking_uri(uri)
mlflow.set_registry_uri(uri)
client = MlflowClient(uri, uri)

trends = client.create_experiment("trends", tags={"team": "rates", "mlflow.note.content": "# Trends\n\nwith *notes*: a lot"})
carry = client.create_experiment("carry / ünicode")
gone = client.create_experiment("given up")


def metrics_of(n: int) -> list[Metric]:
    points = [Metric("loss", 1 / (step + 1 + n / 100), BEGAN_MS + step * 1000 + n, step) for step in range(40)]
    points += [Metric("val/auc", math.nan if step == 3 else 0.5 + step / 100, BEGAN_MS + step, step) for step in range(8)]
    points.append(Metric("sharpe", n / 7 - 3, BEGAN_MS + n, 0))
    if n % 10 == 0:
        # Out of order, twice at one step, and a diverged one.
        points += [Metric("odd", 3.0, BEGAN_MS + 5, 9), Metric("odd", -1.5, BEGAN_MS + 1, 2), Metric("odd", -2.5, BEGAN_MS + 1, 2)]
        points.append(Metric("diverged", math.nan, BEGAN_MS, 0))
        points.append(Metric("spread", math.inf, BEGAN_MS, 1))
        points.append(Metric("spread", -math.inf, BEGAN_MS + 1, 2))
    return points


def make_run(n: int) -> str:
    experiment = trends if n % 3 else carry
    run = client.create_run(experiment, start_time=BEGAN_MS + n * 60_000, run_name=f"run {n}: café", tags={"n": str(n)})
    run_id = run.info.run_id
    params = [Param("lr", str(0.1 / (n + 1))), Param("layers", str(n % 5)), Param("text", f"line one\nline two {n} 'quoted' \"twice\"")]
    tags = [RunTag("note: with / odd - key" if V3 else "note with odd - key", f"value {n}"), RunTag("empty", "")]
    client.log_batch(run_id, metrics_of(n), params, tags)
    if n % 4 == 0:
        dataset = Dataset(f"ticks-{n % 8}", f"d{n % 8:04}", "local", '{"uri": "/data/ticks.parquet"}', schema='{"mlflow_colspec": [{"type": "double", "name": "mid"}]}', profile='{"num_rows": 12}')
        # MLflow's own server fails when two runs name a new dataset at once.
        with one_at_a_time:
            client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "train"), InputTag("side", "left")])])
    if n % 5 == 0:
        folder = scratch / f"files-{n}"
        (folder / "plots" / "deep").mkdir(parents=True, exist_ok=True)
        (folder / "report.md").write_text(f"# Run {n}\n")
        (folder / "plots" / "curve.csv").write_text("step,loss\n" + "".join(f"{i},{n / (i + 1)}\n" for i in range(50)))
        (folder / "plots" / "deep" / "weights 100% ä.bin").write_bytes(bytes((i * n) % 251 for i in range(4000)))
        (folder / "empty.txt").write_bytes(b"")
        client.log_artifacts(run_id, str(folder))
    if n % 50 == 49:
        return run_id  # still running
    client.set_terminated(run_id, ["FINISHED", "FAILED", "KILLED"][n % 3], BEGAN_MS + n * 60_000 + 30_000)
    return run_id


with ThreadPoolExecutor(8) as pool:
    run_ids = list(pool.map(make_run, range(runs_wanted)))

for run_id in run_ids[1:6:2]:
    client.delete_run(run_id)
lost = client.create_run(gone, start_time=BEGAN_MS)
client.log_metric(lost.info.run_id, "loss", 1.0, BEGAN_MS, 0)
client.delete_experiment(gone)

sys.path.insert(0, str(Path(__file__).parent))
import models  # noqa: E402

# Regime: three versions of which the second went, all stages, aliases; two models with little behind them.
client.create_registered_model("regime", tags={"desk": "rates", "tier": "1"}, description="Which regime are we in?\nSecond line: with a colon.")
mlflow.set_experiment("trends")
infos = []
for n in range(2):
    with mlflow.start_run(run_name=f"trained {n}") as run:
        mlflow.log_metric("ic", 0.04 + n)
        infos.append((run.info.run_id, models.log(registered_model_name="regime")))
        if V3 and n == 1:
            model_id = infos[-1][1].model_id
            client.log_batch(run.info.run_id, [Metric("eval_ic", 0.5, BEGAN_MS, 0, model_id=model_id, dataset_name="ticks", dataset_digest="d1", run_id=run.info.run_id)])
            client.set_logged_model_tags(model_id, {"checked": "yes"})
plain = client.get_run(run_ids[10]).info
for n in range(3):
    client.create_model_version("regime", f"{plain.artifact_uri}/plots", run_id=plain.run_id, description=f"version {n + 3}: hand made", tags={"n": str(n)})
client.delete_model_version("regime", "3")
client.transition_model_version_stage("regime", "1", "Archived")
client.transition_model_version_stage("regime", "2", "Production")
client.transition_model_version_stage("regime", "4", "Staging")
client.set_registered_model_alias("regime", "champion", "2")
client.set_registered_model_alias("regime", "challenger", "4")
client.create_registered_model("sizing")
client.create_model_version("sizing", f"runs:/{plain.run_id}/plots", run_id=plain.run_id, run_link="http://desk/run")
client.create_registered_model("empty model", description="nothing yet")
print(f"{runs_wanted} runs, 3 models")
