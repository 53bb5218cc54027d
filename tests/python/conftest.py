from __future__ import annotations

import os
import uuid

# Before mlflow is imported: fail at once instead of retrying for minutes, and keep the output readable.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import mlflow
import pytest
from harness import Server
from team import SERVERS, Team


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """The server under test, one for the whole session; it must also end cleanly on SIGTERM."""
    given = os.environ.get("DRYDOCK_TEST_ADDRESS")
    if given:
        yield given
        return
    if os.environ.get("DRYDOCK_TEST_WORKSPACE") == "team":
        team = Team(tmp_path_factory.mktemp("team"))
        yield team.address
        assert team.stop() == [0] * SERVERS, "SIGTERM must end every server cleanly"
        return
    server = Server(tmp_path_factory.mktemp("workspace") / "data")
    yield server.address
    assert server.stop() == 0, "SIGTERM must end the server cleanly"


@pytest.fixture(autouse=True)
def tracking(address):
    mlflow.set_tracking_uri(address)
    mlflow.set_registry_uri(address)
    yield
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture
def client(address):
    return mlflow.MlflowClient(tracking_uri=address, registry_uri=address)


@pytest.fixture
def experiment():
    """A fresh experiment, by its id."""
    return mlflow.set_experiment(f"suite-{uuid.uuid4().hex[:8]}").experiment_id


@pytest.fixture
def name():
    """A fresh name for a registered model."""
    return f"model-{uuid.uuid4().hex[:8]}"
