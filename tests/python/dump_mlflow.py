"""Writes all that a client sees of an MLflow as one JSON document: what a source and its import must agree on.

    python dump_mlflow.py URI FILE
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient

uri, out = sys.argv[1], sys.argv[2]
mlflow.set_tracking_uri(uri)
mlflow.set_registry_uri(uri)
client = MlflowClient(uri, uri)
V3 = int(mlflow.__version__.split(".")[0]) >= 3


def number(value: float) -> str:
    """MLflow's databases keep the largest number for an infinity."""
    return repr(float("inf") * (1 if value > 0 else -1)) if abs(value) >= 1.7976931348623157e308 else repr(float(value))


def files(fetch, listing) -> dict[str, str]:
    """Every file with its digest."""
    if not listing(None):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(fetch(folder))
        return {
            str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()
        }


def run_files(run) -> dict[str, str]:
    run_id = run.info.run_id
    return files(lambda folder: client.download_artifacts(run_id, "", folder), lambda path: client.list_artifacts(run_id, path))


def everything_of(run) -> dict:
    info, data = run.info, run.data
    told = {
        "info": {name: getattr(info, name) for name in ("run_id", "experiment_id", "run_name", "user_id", "status", "start_time", "end_time", "lifecycle_stage")},
        "params": data.params,
        "tags": data.tags,
        "metrics": {key: number(value) for key, value in data.metrics.items()},
        # In the one order that does not depend on the store; an exact duplicate counts once, as in MLflow's databases.
        "histories": {
            key: sorted({(m.timestamp, m.step, number(m.value)) for m in client.get_metric_history(info.run_id, key)}) for key in sorted(data.metrics)
        },
        "datasets": sorted(
            [i.dataset.name, i.dataset.digest, i.dataset.source_type, i.dataset.source, i.dataset.schema, i.dataset.profile, sorted((t.key, t.value) for t in i.tags)]
            for i in run.inputs.dataset_inputs
        ),
        "files": run_files(run),
    }
    if V3:
        told["model_inputs"] = sorted(m.model_id for m in run.inputs.model_inputs)
        told["model_outputs"] = sorted((m.model_id, m.step) for m in run.outputs.model_outputs)
    return told


def logged_models(experiment_ids: list[str]) -> dict:
    if not V3 or not experiment_ids:
        return {}
    told = {}
    for model in client.search_logged_models(experiment_ids):
        listing = lambda path, model=model: client.list_logged_model_artifacts(model.model_id, path)
        fetch = lambda folder, model=model: mlflow.artifacts.download_artifacts(artifact_uri=f"models:/{model.model_id}", dst_path=folder)
        told[model.model_id] = {
            "about": [model.experiment_id, model.name, str(model.status), model.model_type or None, model.source_run_id, model.creation_timestamp, model.last_updated_timestamp],
            "params": model.params,
            "tags": model.tags,
            "metrics": sorted((m.key, m.timestamp, m.step, number(m.value), m.run_id, m.dataset_name, m.dataset_digest) for m in model.metrics or []),
            "files": files(fetch, listing),
        }
    return told


def version(v) -> dict:
    told = {name: getattr(v, name) for name in ("version", "current_stage", "run_id", "creation_timestamp", "last_updated_timestamp", "status", "tags")}
    told["description"], told["run_link"] = v.description or "", v.run_link or ""
    address = client.get_model_version_download_uri(v.name, str(v.version))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=folder))
        told["files"] = {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(root.rglob("*")) if p.is_file()}
    told["version"] = int(told["version"])
    return told


experiments = client.search_experiments(view_type=ViewType.ALL)
runs = client.search_runs([e.experiment_id for e in experiments], run_view_type=ViewType.ALL, max_results=5000)
with ThreadPoolExecutor(8) as pool:
    told_runs = {told["info"]["run_id"]: told for told in pool.map(everything_of, runs)}
models = {}
for model in client.search_registered_models():
    versions = client.search_model_versions(f"name='{model.name}'")
    models[model.name] = {
        "about": [model.description or "", model.creation_timestamp, model.tags, {alias: int(v) for alias, v in (model.aliases or {}).items()}],
        "versions": sorted((version(v) for v in versions), key=lambda told: told["version"]),
    }
told = {
    "experiments": {e.experiment_id: [e.name, e.lifecycle_stage, e.tags, e.creation_time] for e in experiments if e.name != "Default"},
    "runs": told_runs,
    "logged_models": logged_models([e.experiment_id for e in experiments if e.lifecycle_stage == "active"]),
    "models": models,
}
Path(out).write_text(json.dumps(told, indent=1, sort_keys=True))
