"""Logged models, the registry and its stages, through the real client."""

from __future__ import annotations

import mlflow
import models
import numpy as np
import pytest
from mlflow.exceptions import MlflowException

LEGAL = {
    "None": ["Staging", "Archived"],
    "Staging": ["Production", "None"],
    "Production": ["Archived", "Staging"],
    "Archived": ["Staging"],
}
STAGES = list(LEGAL)


def make_version(client, name: str) -> str:
    """A version of its own with no model behind it: enough for stages, tags and aliases."""
    try:
        client.create_registered_model(name)
    except MlflowException as already:
        assert already.error_code == "RESOURCE_ALREADY_EXISTS"
    experiment = mlflow.set_experiment("versions").experiment_id
    run = client.create_run(experiment)
    source = f"{run.info.artifact_uri}/model"
    return client.create_model_version(name, source, run_id=run.info.run_id).version


@pytest.fixture
def logged(experiment):
    with mlflow.start_run() as run:
        mlflow.log_metric("ic", 0.04)
        info = models.log()
    return run, info


def test_a_logged_model_loads_back_and_predicts(logged):
    run, info = logged
    for uri in (info.model_uri, f"runs:/{run.info.run_id}/model"):
        assert np.allclose(models.predict(uri), models.expected(), atol=1e-6), uri


def test_register_alias_stage_and_load_by_each(client, logged, name):
    run, info = logged
    version = mlflow.register_model(info.model_uri, name)
    assert str(version.version) == "1" and version.run_id == run.info.run_id
    second = mlflow.register_model(f"runs:/{run.info.run_id}/model", name)
    assert str(second.version) == "2"
    client.set_registered_model_alias(name, "challenger", "2")
    client.transition_model_version_stage(name, "1", "Staging")
    client.transition_model_version_stage(name, "1", "Production")
    client.transition_model_version_stage(name, "2", "Staging")
    for uri in (f"models:/{name}/1", f"models:/{name}@challenger", f"models:/{name}/Production", f"models:/{name}/Staging", f"models:/{name}/latest"):
        assert np.allclose(models.predict(uri), models.expected(), atol=1e-6), uri
    assert str(client.get_model_version_by_alias(name, "challenger").version) == "2"
    latest = {v.current_stage: str(v.version) for v in client.get_latest_versions(name)}
    assert latest == {"Production": "1", "Staging": "2"}


def test_log_model_can_register_at_once(client, experiment, name):
    with mlflow.start_run() as run:
        models.log(registered_model_name=name)
    found = client.search_model_versions(f"name = '{name}'")
    assert [(str(v.version), v.run_id, v.current_stage) for v in found] == [("1", run.info.run_id, "None")]
    assert found[0].status == "READY"


def test_a_model_is_described_tagged_renamed_and_deleted(client, name):
    client.create_registered_model(name, tags={"desk": "fx"}, description="first")
    with pytest.raises(MlflowException) as twice:
        client.create_registered_model(name)
    assert twice.value.error_code == "RESOURCE_ALREADY_EXISTS"
    client.update_registered_model(name, description="second")
    client.set_registered_model_tag(name, "horizon", "15m")
    client.delete_registered_model_tag(name, "desk")
    seen = client.get_registered_model(name)
    assert seen.description == "second" and seen.tags == {"horizon": "15m"}
    assert [m.name for m in client.search_registered_models(f"name = '{name}'")] == [name]
    client.rename_registered_model(name, f"{name}-b")
    with pytest.raises(MlflowException) as gone:
        client.get_registered_model(name)
    assert gone.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    client.delete_registered_model(f"{name}-b")
    assert client.search_registered_models(f"name = '{name}-b'") == []


def test_a_version_is_described_tagged_and_deleted(client, name):
    version = make_version(client, name)
    client.update_model_version(name, version, description="linear")
    client.set_model_version_tag(name, version, "gate", "pass")
    seen = client.get_model_version(name, version)
    assert seen.description == "linear" and seen.tags == {"gate": "pass"}
    client.delete_model_version_tag(name, version, "gate")
    assert client.get_model_version(name, version).tags == {}
    client.delete_model_version(name, version)
    with pytest.raises(MlflowException) as gone:
        client.get_model_version(name, version)
    assert gone.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    # A number is never given twice.
    assert int(make_version(client, name)) == int(version) + 1


def test_aliases_move_and_go(client, name):
    one, two = make_version(client, name), make_version(client, name)
    client.set_registered_model_alias(name, "champion", one)
    client.set_registered_model_alias(name, "champion", two)
    assert str(client.get_model_version_by_alias(name, "champion").version) == str(two)
    assert {k: str(v) for k, v in client.get_registered_model(name).aliases.items()} == {"champion": str(two)}
    client.delete_registered_model_alias(name, "champion")
    with pytest.raises(MlflowException) as gone:
        client.get_model_version_by_alias(name, "champion")
    assert gone.value.error_code in ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST")
    with pytest.raises(MlflowException):
        client.set_registered_model_alias(name, "latest", one)


def to_stage(client, name, version, stage):
    """Walks a fresh version to `stage` by legal moves only."""
    for move in {"None": [], "Staging": ["Staging"], "Production": ["Staging", "Production"], "Archived": ["Archived"]}[stage]:
        client.transition_model_version_stage(name, version, move)


@pytest.mark.parametrize("here", STAGES)
def test_only_the_seven_legal_moves_are_taken(client, name, here):
    for there in STAGES:
        if there == here:
            continue
        version = make_version(client, name)
        to_stage(client, name, version, here)
        if there in LEGAL[here]:
            moved = client.transition_model_version_stage(name, version, there)
            assert moved.current_stage == there
            continue
        with pytest.raises(MlflowException) as refused:
            client.transition_model_version_stage(name, version, there)
        assert client.get_model_version(name, version).current_stage == here
        for legal in LEGAL[here]:
            assert legal in str(refused.value), f"{here} to {there} must name {legal}: {refused.value}"


def test_stages_are_spelt_in_any_case_and_unknown_ones_refused(client, name):
    version = make_version(client, name)
    assert client.transition_model_version_stage(name, version, "staging").current_stage == "Staging"
    with pytest.raises(MlflowException) as refused:
        client.transition_model_version_stage(name, version, "Live")
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_missing_models_and_versions_say_so(client, name):
    with pytest.raises(MlflowException) as model:
        client.get_registered_model(name)
    assert model.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    make_version(client, name)
    with pytest.raises(MlflowException) as version:
        client.get_model_version(name, "99")
    assert version.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert client.search_model_versions(f"name = '{name}-other'") == []


def test_a_source_outside_the_workspace_is_refused(client, name):
    client.create_registered_model(name)
    for source in ("file:///etc", "/etc/passwd", "http://127.0.0.1:1/x", "mlflow-artifacts:/../../etc"):
        with pytest.raises(MlflowException):
            client.create_model_version(name, source)
    assert client.search_model_versions(f"name = '{name}'") == []


def test_a_version_is_copied_to_another_model(client, experiment, name):
    """What a copy names is where the first version's files stand."""
    run = client.create_run(experiment).info.run_id
    client.log_text(run, "weights", "model/weights.txt")
    client.create_registered_model(name)
    first = client.create_model_version(name, f"runs:/{run}/model", run_id=run)
    for target in (f"{name}-live", "m-" + name):
        copied = client.copy_model_version(f"models:/{name}/{first.version}", target)
        assert (copied.name, copied.version, copied.run_id) == (target, "1", run)
        assert client.get_model_version_download_uri(target, "1") == client.get_model_version_download_uri(name, first.version)
    # A copy of a copy, whose model's name looks like a logged model's id.
    again = client.copy_model_version(f"models:/m-{name}/1", f"{name}-again")
    assert client.get_model_version_download_uri(again.name, "1") == client.get_model_version_download_uri(name, first.version)
