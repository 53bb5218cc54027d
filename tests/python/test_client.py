"""Tracking and artifacts, as an unmodified training script uses them."""

from __future__ import annotations

import json
import math
import time
import urllib.request
import uuid

import mlflow
import numpy as np
import pytest
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException


def test_set_experiment_makes_it_once_and_finds_it_again(client):
    name = f"desk/fx {uuid.uuid4().hex[:6]}"
    first = mlflow.set_experiment(name)
    again = mlflow.set_experiment(name)
    assert first.experiment_id == again.experiment_id
    assert client.get_experiment_by_name(name).name == name
    assert first.lifecycle_stage == "active"
    assert first.artifact_location
    client.set_experiment_tag(first.experiment_id, "desk", "fx")
    assert client.get_experiment(first.experiment_id).tags["desk"] == "fx"


def test_experiments_are_renamed_searched_deleted_and_restored(client, experiment):
    name = f"renamed-{uuid.uuid4().hex[:8]}"
    client.rename_experiment(experiment, name)
    assert [e.experiment_id for e in client.search_experiments(filter_string=f"name = '{name}'")] == [experiment]
    client.delete_experiment(experiment)
    assert client.search_experiments(filter_string=f"name = '{name}'") == []
    gone = client.search_experiments(view_type=ViewType.DELETED_ONLY, filter_string=f"name = '{name}'")
    assert [e.lifecycle_stage for e in gone] == ["deleted"]
    with pytest.raises(MlflowException):
        client.create_run(experiment)
    client.restore_experiment(experiment)
    assert client.get_experiment(experiment).lifecycle_stage == "active"


def test_a_run_from_start_to_end(client, experiment):
    with mlflow.start_run(run_name="first try", tags={"desk": "fx"}) as run:
        mlflow.log_params({"alpha": 0.1, "layers": "64,32"})
        mlflow.log_metrics({"loss": 0.9, "ic": 0.04}, step=1)
        mlflow.log_metric("loss", 0.5, step=2)
        mlflow.set_tag("stage", "baseline")
        assert client.get_run(run.info.run_id).info.status == "RUNNING"
    seen = client.get_run(run.info.run_id)
    assert seen.info.status == "FINISHED"
    assert seen.info.run_name == "first try"
    assert seen.info.experiment_id == experiment
    assert seen.info.end_time >= seen.info.start_time
    assert seen.data.params == {"alpha": "0.1", "layers": "64,32"}
    assert seen.data.metrics == {"loss": 0.5, "ic": 0.04}
    assert seen.data.tags["desk"] == "fx" and seen.data.tags["stage"] == "baseline"


def test_a_script_that_fails_leaves_a_failed_run(client, experiment):
    with pytest.raises(RuntimeError):
        with mlflow.start_run() as run:
            raise RuntimeError("diverged")
    assert client.get_run(run.info.run_id).info.status == "FAILED"


def test_log_batch_keeps_every_point_in_order(client, experiment):
    run = client.create_run(experiment)
    now = int(time.time() * 1000)
    metrics = [Metric(key, step * 0.5, now + step, step) for key in ("a", "b") for step in range(500)]
    client.log_batch(run.info.run_id, metrics=metrics)
    client.log_batch(
        run.info.run_id,
        params=[Param(f"p{i}", str(i)) for i in range(100)],
        tags=[RunTag(f"t{i}", str(i)) for i in range(100)],
    )
    history = client.get_metric_history(run.info.run_id, "a")
    assert [(m.step, m.value, m.timestamp) for m in history] == [(s, s * 0.5, now + s) for s in range(500)]
    data = client.get_run(run.info.run_id).data
    assert data.metrics == {"a": 249.5, "b": 249.5}
    assert len(data.params) == 100 and data.tags["t99"] == "99"


def test_a_history_comes_in_pages_and_a_chart_in_even_samples(client, experiment):
    run_id = client.create_run(experiment).info.run_id
    for batch in range(3):
        steps = range(batch * 1000, batch * 1000 + 1000)
        client.log_batch(run_id, metrics=[Metric("m", step * 0.5, 10 + step, step) for step in steps])
    store, token, pages = client._tracking_client.store, None, []
    while True:
        page = store.get_metric_history(run_id, "m", max_results=700, page_token=token)
        pages.append([m.step for m in page])
        token = page.token
        if not token:
            break
    assert [len(page) for page in pages] == [700, 700, 700, 700, 200]
    assert sum(pages, []) == list(range(3000))
    # What MLflow's own pages ask: ntile(320) over three thousand points, and the last one.
    query = f"run_ids={run_id}&metric_key=m&max_results=320"
    address = f"{mlflow.get_tracking_uri()}/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?{query}"
    with urllib.request.urlopen(address, timeout=30) as said:
        sampled = json.load(said)["metrics"]
    size, longer = divmod(3000, 320)
    expected = [bucket * size + min(bucket, longer) for bucket in range(319)] + [2999]
    assert [int(m["step"]) for m in sampled] == expected
    assert {m["run_id"] for m in sampled} == {run_id}


def test_nan_and_infinities_survive(client, experiment):
    with mlflow.start_run() as run:
        for step, value in enumerate([1.0, math.nan, math.inf, -math.inf]):
            mlflow.log_metric("odd", value, step=step)
        mlflow.log_metric("last is nan", math.nan)
    values = [m.value for m in client.get_metric_history(run.info.run_id, "odd")]
    assert values[0] == 1.0
    assert math.isnan(values[1])
    # MLflow's own server answers the largest double for an infinity; either is an honest answer.
    assert values[2] >= 1.79e308 and values[3] <= -1.79e308
    assert math.isnan(client.get_run(run.info.run_id).data.metrics["last is nan"])


def test_the_same_point_twice_is_one_point(client, experiment):
    run = client.create_run(experiment)
    for _ in range(3):
        client.log_metric(run.info.run_id, "x", 1.0, timestamp=1000, step=1)
    client.log_metric(run.info.run_id, "x", 2.0, timestamp=1000, step=1)
    assert [m.value for m in client.get_metric_history(run.info.run_id, "x")] == [1.0, 2.0]


def test_a_parameter_is_written_once(client, experiment):
    run = client.create_run(experiment)
    client.log_param(run.info.run_id, "alpha", "0.1")
    client.log_param(run.info.run_id, "alpha", "0.1")
    with pytest.raises(MlflowException) as refused:
        client.log_batch(run.info.run_id, params=[Param("alpha", "0.2")])
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    assert client.get_run(run.info.run_id).data.params == {"alpha": "0.1"}


def test_runs_are_searched_by_metric_param_tag_and_attribute(client, experiment):
    for i in range(6):
        with mlflow.start_run(run_name=f"run-{i}", tags={"desk": "fx" if i % 2 else "rates"}):
            mlflow.log_param("depth", i)
            if i < 5:
                mlflow.log_metric("ic", [0.01, 0.05, math.nan, -0.02, 0.03][i])

    def names(text, **more):
        return [r.info.run_name for r in client.search_runs([experiment], filter_string=text, **more)]

    assert set(names("metrics.ic > 0.02")) == {"run-1", "run-4"}
    assert set(names("tags.desk = 'fx' and metrics.ic > 0")) == {"run-1"}
    assert names("params.depth = '3'") == ["run-3"]
    assert set(names("params.depth != '3'")) == {"run-0", "run-1", "run-2", "run-4", "run-5"}
    assert names("attributes.run_name LIKE '%-5'") == ["run-5"]
    assert set(names("attributes.status = 'FINISHED'")) == {f"run-{i}" for i in range(6)}
    # NaN after the numbers and missing last, in both directions.
    assert names("", order_by=["metrics.ic DESC"]) == ["run-1", "run-4", "run-0", "run-3", "run-2", "run-5"]
    assert names("", order_by=["metrics.ic ASC"]) == ["run-3", "run-0", "run-4", "run-1", "run-2", "run-5"]
    assert names("", order_by=["params.depth DESC"])[0] == "run-5"
    with pytest.raises(MlflowException) as refused:
        names("metrics.ic >> 3")
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_search_pages_through_everything_once(client, experiment):
    made = {client.create_run(experiment).info.run_id for _ in range(23)}
    seen, token = [], None
    while True:
        page = client.search_runs([experiment], max_results=10, page_token=token)
        assert len(page) <= 10
        seen += [r.info.run_id for r in page]
        token = page.token
        if not token:
            break
    assert len(seen) == 23 and set(seen) == made


def test_search_as_a_data_frame(experiment):
    with mlflow.start_run():
        mlflow.log_metric("ic", 0.03)
        mlflow.log_param("depth", 3)
    frame = mlflow.search_runs([experiment])
    assert frame["metrics.ic"].tolist() == [0.03] and frame["params.depth"].tolist() == ["3"]


def test_runs_are_deleted_and_restored(client, experiment):
    run = client.create_run(experiment).info.run_id
    client.delete_run(run)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    assert client.search_runs([experiment]) == []
    assert [r.info.run_id for r in client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)] == [run]
    with pytest.raises(MlflowException):
        client.log_metric(run, "x", 1.0)
    client.restore_run(run)
    assert [r.info.run_id for r in client.search_runs([experiment])] == [run]
    client.log_metric(run, "x", 1.0)


def test_tags_are_set_changed_and_deleted(client, experiment):
    run = client.create_run(experiment).info.run_id
    client.set_tag(run, "note", "one")
    client.set_tag(run, "note", "two")
    assert client.get_run(run).data.tags["note"] == "two"
    client.delete_tag(run, "note")
    assert "note" not in client.get_run(run).data.tags
    with pytest.raises(MlflowException) as missing:
        client.delete_tag(run, "note")
    assert missing.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    client.update_run(run, status="KILLED", name="renamed")
    assert client.get_run(run).info.status == "KILLED" and client.get_run(run).info.run_name == "renamed"


def test_artifacts_go_up_and_come_back_byte_for_byte(client, experiment, tmp_path):
    source = tmp_path / "out"
    (source / "deep er" / "ü").mkdir(parents=True)
    big = np.random.default_rng(1).bytes(3_000_000)
    (source / "big.bin").write_bytes(big)
    (source / "empty.txt").write_bytes(b"")
    (source / "deep er" / "ü" / "größe (a+b).csv").write_text("a,b\n1,2\n")
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(source), artifact_path="files")
        mlflow.log_text("x,y\n", "table.csv")
        mlflow.log_dict({"k": [1, 2]}, "conf/settings.json")
    listed = {a.path: (a.is_dir, a.file_size) for a in client.list_artifacts(run.info.run_id)}
    assert listed == {"conf": (True, None), "files": (True, None), "table.csv": (False, 4)}
    inside = {a.path: a.file_size for a in client.list_artifacts(run.info.run_id, "files")}
    # MLflow leaves the size of an empty file out; zero is the same answer.
    assert inside.pop("files/empty.txt") in (0, None)
    assert inside == {"files/big.bin": 3_000_000, "files/deep er": None}
    back = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="files", dst_path=str(tmp_path / "back"))
    for file in source.rglob("*"):
        if file.is_file():
            assert (tmp_path / "back" / "files" / file.relative_to(source)).read_bytes() == file.read_bytes(), back
    mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/conf/settings.json")


def test_an_artifact_is_replaced_whole(client, experiment):
    with mlflow.start_run() as run:
        mlflow.log_text("first, and longer", "note.txt")
        mlflow.log_text("second", "note.txt")
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/note.txt") == "second"
    assert [a.file_size for a in client.list_artifacts(run.info.run_id)] == [6]


def test_what_is_missing_says_so(client, experiment, tmp_path):
    with pytest.raises(MlflowException) as run:
        client.get_run("0" * 32)
    assert run.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert client.get_experiment_by_name("nobody made this") is None
    with pytest.raises(MlflowException) as lost:
        client.get_experiment("987654321")
    assert lost.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    here = client.create_run(experiment).info.run_id
    assert client.list_artifacts(here) == []
    assert client.get_metric_history(here, "never logged") == []
    with pytest.raises(Exception):
        mlflow.artifacts.download_artifacts(run_id=here, artifact_path="nothing.bin", dst_path=str(tmp_path))


def test_datasets_are_logged_with_the_run(client, experiment):
    data = mlflow.data.from_numpy(np.arange(6.0).reshape(3, 2), name="bars")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training")
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert [(i.dataset.name, i.dataset.digest) for i in inputs] == [("bars", data.digest)]
    assert {t.key: t.value for t in inputs[0].tags}["mlflow.data.context"] == "training"


def test_nested_runs_keep_their_parent(client, experiment):
    with mlflow.start_run(run_name="search") as parent:
        with mlflow.start_run(run_name="trial", nested=True) as child:
            mlflow.log_metric("x", 1.0)
    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
    found = client.search_runs([experiment], filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert [r.info.run_id for r in found] == [child.info.run_id]


def test_a_script_that_names_no_experiment_logs_into_the_default_one(client):
    run = client.create_run("0")
    client.log_metric(run.info.run_id, "x", 1.0)
    assert client.get_experiment("0").name == "Default"
    assert client.get_run(run.info.run_id).info.experiment_id == "0"
