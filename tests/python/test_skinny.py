"""What a script does with the slim client alone: mlflow-skinny, without numpy or pandas."""

from __future__ import annotations

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException


def test_a_run_from_start_to_end(client, experiment):
    with mlflow.start_run(tags={"desk": "fx"}) as run:
        mlflow.log_params({"alpha": 0.1})
        for step in range(3):
            mlflow.log_metric("loss", 1.0 - step / 10, step=step)
        client.log_batch(
            run.info.run_id,
            metrics=[Metric("ic", step / 100, 1_000 + step, step) for step in range(500)],
            params=[Param("layers", "2")],
            tags=[RunTag("note", "slim")],
        )
        mlflow.log_text("plain", "notes/readme.txt")
        mlflow.log_dict({"a": 1}, "config.json")
    seen = client.get_run(run.info.run_id)
    assert seen.info.status == "FINISHED"
    assert seen.data.metrics == {"loss": 0.8, "ic": 4.99}
    assert seen.data.params == {"alpha": "0.1", "layers": "2"}
    assert seen.data.tags["note"] == "slim"
    assert [m.step for m in client.get_metric_history(run.info.run_id, "ic")] == list(range(500))
    assert [f.path for f in client.list_artifacts(run.info.run_id)] == ["config.json", "notes"]
    assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/readme.txt") == "plain"


def test_runs_are_found_in_order(client, experiment):
    for loss in [0.3, float("nan"), 0.1, None, 0.2]:
        run = client.create_run(experiment, tags={"loss": str(loss)})
        if loss is not None:
            client.log_metric(run.info.run_id, "loss", loss)
    for order, wanted in [("ASC", ["0.1", "0.2", "0.3", "nan", "None"]), ("DESC", ["0.3", "0.2", "0.1", "nan", "None"])]:
        found = client.search_runs([experiment], order_by=[f"metrics.loss {order}"])
        assert [run.data.tags["loss"] for run in found] == wanted
    first = client.search_runs([experiment], "metrics.loss < 0.25", order_by=["metrics.loss ASC"], max_results=1)
    second = client.search_runs([experiment], "metrics.loss < 0.25", order_by=["metrics.loss ASC"], max_results=1, page_token=first.token)
    assert [run.data.tags["loss"] for run in [*first, *second]] == ["0.1", "0.2"]


def test_versions_stages_and_aliases(client, experiment, name):
    run = client.create_run(experiment)
    client.log_text(run.info.run_id, "weights", "model/weights.bin")
    client.create_registered_model(name)
    source = f"{run.info.artifact_uri}/model"
    versions = [client.create_model_version(name, source, run.info.run_id).version for _ in range(2)]
    assert [str(v) for v in versions] == ["1", "2"]
    client.transition_model_version_stage(name, "1", "Staging")
    client.set_registered_model_alias(name, "champion", "2")
    assert client.get_model_version_by_alias(name, "champion").version in (2, "2")
    assert client.get_model_version(name, "1").current_stage == "Staging"
    assert client.get_model_version_download_uri(name, "1") == source
    with pytest.raises(MlflowException, match="champion2"):
        client.get_model_version_by_alias(name, "champion2")
