"""One run through the plain MLflow client; prints when the server had acknowledged it (for the window's reaction time)."""

import json
import sys
import time

import mlflow

client = mlflow.MlflowClient()
experiment, name = sys.argv[1], sys.argv[2]
found = client.get_experiment_by_name(experiment)
at = found.experiment_id if found else client.create_experiment(experiment)
asked_ms = time.time() * 1000
run = client.create_run(at, run_name=name)
acknowledged_ms = time.time() * 1000
for step in range(20):
    client.log_metric(run.info.run_id, "val_log_loss", 1.0 / (step + 1), step=step)
client.set_terminated(run.info.run_id)
print(json.dumps({"run_id": run.info.run_id, "experiment_id": at, "asked_ms": asked_ms, "acknowledged_ms": acknowledged_ms}))
