"""Webhooks through MLflow's own client, against a real receiver: what is sent, how it is signed, what is refused."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mlflow
import pytest
import requests
from harness import Server, eventually
from team import Postgres

if int(mlflow.__version__.split(".")[0]) < 3:
    pytest.skip("clients before MLflow 3 have no webhooks", allow_module_level=True)

from mlflow.entities.webhook import WebhookEvent, WebhookStatus
from mlflow.exceptions import MlflowException
from mlflow.webhooks.delivery import _generate_hmac_signature

API = "/api/2.0/mlflow"


class Receiver:
    """Answers with the statuses it was given, one each, then 200; keeps what it heard."""

    def __init__(self):
        heard, answers = self.heard, self.answers = [], []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append((self.path, self.headers, body, time.monotonic()))
                status, headers = answers.pop(0) if answers else (200, {})
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count, seconds=20):
        return eventually(seconds, lambda: self.heard[:] if len(self.heard) >= count else None)


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory, receiver):
    server = Server(tmp_path_factory.mktemp("webhooks") / "data", "--webhook-allow", receiver.origin)
    yield server
    assert server.stop() == 0


@pytest.fixture
def hooks(server, receiver):
    """A client of that server, with a receiver that has heard nothing yet."""
    client = mlflow.MlflowClient(tracking_uri=server.address, registry_uri=server.address)
    receiver.heard.clear()
    receiver.answers.clear()
    yield client
    for webhook in client.list_webhooks():
        client.delete_webhook(webhook.webhook_id)


EVENTS = [
    "registered_model.created",
    "model_version.created",
    "model_version_tag.set",
    "model_version_tag.deleted",
    "model_version_alias.created",
    "model_version_alias.deleted",
]


def test_every_event_arrives_signed_as_mlflow_signs(hooks, receiver, name):
    secret = "a secret of the receiver"
    hooks.create_webhook("all", f"{receiver.origin}/hook?x=1", [WebhookEvent.from_str(e) for e in EVENTS], secret=secret)
    hooks.create_registered_model(name, tags={"team": "fx"}, description="d")
    hooks.create_model_version(name, "s3://bucket/model", tags={"a": "b"})
    hooks.set_model_version_tag(name, "1", "gate", "pass")
    hooks.delete_model_version_tag(name, "1", "gate")
    hooks.set_registered_model_alias(name, "champion", "1")
    hooks.delete_registered_model_alias(name, "champion")
    # None of these is subscribed to.
    hooks.set_registered_model_tag(name, "x", "y")
    requests.post(f"{hooks.tracking_uri}{API}/model-versions/transition-stage", json={"name": name, "version": "1", "stage": "Staging"}).raise_for_status()
    heard = receiver.wait(6)
    time.sleep(0.3)
    assert len(receiver.heard) == 6
    told = {}
    for path, headers, body, _ in heard:
        assert path == "/hook?x=1"
        assert headers["Content-Type"] == "application/json"
        expected = _generate_hmac_signature(secret, headers["X-MLflow-Delivery-Id"], headers["X-MLflow-Timestamp"], body.decode())
        assert headers["X-MLflow-Signature"] == expected
        assert abs(int(headers["X-MLflow-Timestamp"]) - time.time()) < 60
        message = json.loads(body)
        assert set(message) == {"entity", "action", "timestamp", "data"}
        told[f"{message['entity']}.{message['action']}"] = message["data"]
    assert told == {
        "registered_model.created": {"name": name, "tags": {"team": "fx"}, "description": "d"},
        "model_version.created": {"name": name, "version": "1", "source": "s3://bucket/model", "run_id": None, "tags": {"a": "b"}, "description": None},
        "model_version_tag.set": {"name": name, "version": "1", "key": "gate", "value": "pass"},
        "model_version_tag.deleted": {"name": name, "version": "1", "key": "gate"},
        "model_version_alias.created": {"name": name, "alias": "champion", "version": "1"},
        "model_version_alias.deleted": {"name": name, "alias": "champion"},
    }


def test_a_stage_move_is_drydocks_own_event(hooks, receiver, name):
    body = {
        "name": "stages",
        "url": f"{receiver.origin}/stages",
        "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}],
        "drydock_events": [{"entity": "MODEL_VERSION_STAGE", "action": "TRANSITIONED"}],
    }
    made = requests.post(f"{hooks.tracking_uri}{API}/webhooks", json=body).json()["webhook"]
    assert made["drydock_events"] == body["drydock_events"]
    assert [str(e) for e in hooks.get_webhook(made["webhook_id"]).events] == ["model_version.created"]
    hooks.create_registered_model(name)
    hooks.create_model_version(name, "s3://bucket/model")
    requests.post(f"{hooks.tracking_uri}{API}/model-versions/transition-stage", json={"name": name, "version": "1", "stage": "staging"}).raise_for_status()
    heard = [json.loads(body) for _, _, body, _ in receiver.wait(2)]
    moved = next(m for m in heard if m["entity"] == "model_version_stage")
    assert moved["action"] == "transitioned"
    assert {k: moved["data"][k] for k in ("name", "version", "from_stage", "to_stage")} == {
        "name": name, "version": "1", "from_stage": "None", "to_stage": "Staging",
    }


def test_create_read_change_list_and_delete(hooks, receiver):
    made = hooks.create_webhook("first", f"{receiver.origin}/a", ["model_version.created"], description="tells CI", secret="s")
    assert (made.name, made.description, made.status, made.secret) == ("first", "tells CI", WebhookStatus.ACTIVE, None)
    assert made.creation_timestamp == made.last_updated_timestamp
    changed = hooks.update_webhook(made.webhook_id, name="second", events=["model_version_alias.created", "model_version_tag.set"], status="DISABLED")
    assert (changed.name, changed.url, changed.description, changed.status) == ("second", f"{receiver.origin}/a", "tells CI", WebhookStatus.DISABLED)
    assert {str(e) for e in changed.events} == {"model_version_alias.created", "model_version_tag.set"}
    assert hooks.get_webhook(made.webhook_id).name == "second"
    more = [hooks.create_webhook(f"more-{i}", f"{receiver.origin}/{i}", ["model_version.created"]).webhook_id for i in range(4)]
    page = hooks.list_webhooks(max_results=3)
    rest = hooks.list_webhooks(max_results=3, page_token=page.token)
    assert {w.webhook_id for w in page} | {w.webhook_id for w in rest} == {made.webhook_id, *more}
    assert (len(page), len(rest), rest.token or None) == (3, 2, None)
    hooks.delete_webhook(made.webhook_id)
    for use in (hooks.get_webhook, hooks.delete_webhook, hooks.test_webhook):
        with pytest.raises(MlflowException, match="not found") as error:
            use(made.webhook_id)
        assert error.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_no_answer_ever_shows_the_secret(hooks, receiver, server):
    secret = f"secret-{uuid.uuid4().hex}"
    made = hooks.create_webhook("quiet", f"{receiver.origin}/q", ["model_version.created"], secret=secret)
    base = f"{server.address}{API}/webhooks"
    answers = [requests.get(base), requests.get(f"{base}/{made.webhook_id}"), requests.patch(f"{base}/{made.webhook_id}", json={"secret": secret}),
               requests.patch(f"{base}/{made.webhook_id}", json={"secret": secret * 100}), requests.get(f"{base}/{made.webhook_id}/deliveries")]
    for answer in answers:
        assert secret not in answer.text
    assert answers[3].status_code == 400


def test_a_disabled_webhook_hears_nothing(hooks, receiver, name):
    hooks.create_webhook("off", f"{receiver.origin}/off", ["registered_model.created"], status="DISABLED")
    hooks.create_webhook("on", f"{receiver.origin}/on", ["registered_model.created"])
    hooks.create_registered_model(name)
    assert [path for path, *_ in receiver.wait(1)] == ["/on"]


def test_what_cannot_be_delivered_is_tried_again_with_the_same_id(hooks, receiver, server, name):
    receiver.answers += [(503, {}), (429, {"Retry-After": "2"})]
    made = hooks.create_webhook("busy", f"{receiver.origin}/busy", ["registered_model.created"])
    hooks.create_registered_model(name)
    heard = receiver.wait(3, seconds=30)
    assert len({headers["X-MLflow-Delivery-Id"] for _, headers, _, _ in heard}) == 1
    first, second, third = (at for *_, at in heard)
    assert second - first >= 1 and third - second >= 2

    def delivered():
        log = requests.get(f"{server.address}{API}/webhooks/{made.webhook_id}/deliveries").json()["deliveries"]
        return log if log[0]["state"] == "delivered" else None

    log = eventually(10, delivered)
    assert [(d["event"], d["attempts"], d["response_status"]) for d in log] == [("registered_model.created", 3, 200)]


def test_redirects_are_not_followed(hooks, receiver, server, name):
    receiver.answers += [(302, {"Location": f"{receiver.origin}/elsewhere"})]
    made = hooks.create_webhook("moved", f"{receiver.origin}/moved", ["registered_model.created"])
    hooks.create_registered_model(name)

    def failed():
        log = requests.get(f"{server.address}{API}/webhooks/{made.webhook_id}/deliveries").json().get("deliveries", [])
        return log if log and log[0]["state"] == "failed" else None

    assert eventually(10, failed)[0]["error_message"] == "the receiver answered 302"
    assert [path for path, *_ in receiver.heard] == ["/moved"]


def test_a_test_sends_mlflows_example(hooks, receiver):
    made = hooks.create_webhook("try", f"{receiver.origin}/try", ["model_version_tag.set"], secret="s")
    result = hooks.test_webhook(made.webhook_id)
    assert (result.success, result.response_status, result.response_body) == (True, 200, "ok")
    message = json.loads(receiver.heard[0][2])
    assert message["data"] == {"name": "example_model", "version": "1", "key": "example_key", "value": "example_value"}
    receiver.answers += [(500, {})]
    result = hooks.test_webhook(made.webhook_id, "registered_model.created")
    assert (result.success, result.response_status) == (False, 500)
    assert json.loads(receiver.heard[1][2])["entity"] == "registered_model"


def test_a_message_survives_the_server(tmp_path, receiver, name):
    """Killed before anything could be delivered: the next server delivers it."""
    receiver.heard.clear()
    held = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{held.getsockname()[1]}"
    first = Server(tmp_path / "data", "--webhook-allow", origin)
    client = mlflow.MlflowClient(tracking_uri=first.address, registry_uri=first.address)
    client.create_webhook("late", f"{origin}/late", ["registered_model.created"])
    client.create_registered_model(name)
    # It is on its way to a receiver that never answers.
    held.settimeout(10)
    on_its_way, _ = held.accept()
    first.kill()
    on_its_way.close()
    held.close()
    listening = ThreadingHTTPServer(("127.0.0.1", int(origin.rsplit(":", 1)[1])), receiver.server.RequestHandlerClass)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    second = Server(tmp_path / "data", "--webhook-allow", origin)
    try:
        path, _, body, _ = receiver.wait(1, seconds=90)[0]
        assert path == "/late" and json.loads(body)["data"]["name"] == name
    finally:
        second.stop()
        listening.shutdown()


def test_three_servers_on_one_database_deliver_each_message_once(tmp_path, receiver, name):
    receiver.heard.clear()
    receiver.answers.clear()
    database = Postgres(tmp_path / "postgres")
    servers = []
    try:
        for nth in range(3):
            servers.append(Server(tmp_path / f"data{nth}", "--database-url", database.url, "--webhook-allow", receiver.origin))
        clients = [mlflow.MlflowClient(tracking_uri=server.address, registry_uri=server.address) for server in servers]
        clients[0].create_webhook("once", f"{receiver.origin}/once", ["model_version_tag.set"])
        clients[1].create_registered_model(name)
        clients[2].create_model_version(name, "s3://bucket/model")

        def tag(nth):
            for i in range(nth, 60, 6):
                clients[nth % 3].set_model_version_tag(name, "1", f"k{i}", "v")

        threads = [threading.Thread(target=tag, args=(nth,)) for nth in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        receiver.wait(60, seconds=60)
        time.sleep(2)
        assert len(receiver.heard) == 60
        assert sorted(json.loads(body)["data"]["key"] for _, _, body, _ in receiver.heard) == sorted(f"k{i}" for i in range(60))
        assert len({headers["X-MLflow-Delivery-Id"] for _, headers, _, _ in receiver.heard}) == 60
    finally:
        for server in servers:
            server.stop()
        database.stop()


def deliveries(server, webhook):
    return requests.get(f"{server.address}{API}/webhooks/{webhook}/deliveries").json().get("deliveries", [])


def signed_with(secret, heard):
    _, headers, body, _ = heard
    return headers.get("X-MLflow-Signature") == _generate_hmac_signature(secret, headers["X-MLflow-Delivery-Id"], headers["X-MLflow-Timestamp"], body.decode())


def test_a_secret_is_sealed_and_an_old_one_is_when_next_saved(tmp_path, receiver, name):
    receiver.heard.clear()
    receiver.answers.clear()
    data, secret, old = tmp_path / "data", f"secret-{uuid.uuid4().hex}", f"old-{uuid.uuid4().hex}"

    def holding(text):
        return [path.name for path in data.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]

    def started():
        server = Server(data, "--webhook-allow", receiver.origin)
        return server, mlflow.MlflowClient(tracking_uri=server.address, registry_uri=server.address)

    server, client = started()
    assert not (data / "webhook.key").exists(), "made before it is needed"
    made = client.create_webhook("sealed", f"{receiver.origin}/sealed", ["registered_model.created"], secret=secret)
    assert (data / "webhook.key").stat().st_mode & 0o777 == 0o600
    assert holding(made.webhook_id) and holding(secret) == []
    client.create_registered_model(f"{name}-1")
    assert signed_with(secret, receiver.wait(1)[0])
    assert server.stop() == 0

    # As a database from before there were keys has it.
    with sqlite3.connect(data / "drydock.db") as database:
        assert database.execute("update webhooks set secret = ?, key_id = ''", (old,)).rowcount == 1
    database.close()
    server, client = started()
    client.create_registered_model(f"{name}-2")
    assert signed_with(old, receiver.wait(2)[1])
    client.update_webhook(made.webhook_id, description="saved again")
    client.create_registered_model(f"{name}-3")
    assert signed_with(old, receiver.wait(3)[2])
    assert server.stop() == 0
    with sqlite3.connect(data / "drydock.db") as database:
        kept, key_id = database.execute("select secret, key_id from webhooks").fetchone()
    database.close()
    assert old not in kept and len(key_id) == 16


def test_servers_that_share_a_key_sign_and_another_says_why_not(tmp_path, receiver, name):
    receiver.heard.clear()
    receiver.answers.clear()
    database = Postgres(tmp_path / "postgres")
    servers, secret = [], "shared by the team"

    def start(data, *more):
        servers.append(Server(tmp_path / data, "--database-url", database.url, "--webhook-allow", receiver.origin, *more))
        return mlflow.MlflowClient(tracking_uri=servers[-1].address, registry_uri=servers[-1].address)

    try:
        first = start("first")
        hook = first.create_webhook("hook", f"{receiver.origin}/hook", ["registered_model.created"], secret=secret).webhook_id
        key = tmp_path / "first" / "webhook.key"
        stranger = start("stranger")
        # Beside a server that has the key, nobody notices the one that has not.
        began = time.monotonic()
        stranger.create_registered_model(f"{name}-1")
        assert signed_with(secret, receiver.wait(1)[0])
        assert time.monotonic() - began < 8
        # It holds no key; with one of its own it would be a second.
        assert not stranger.test_webhook(hook).success
        with pytest.raises(MlflowException, match="other webhooks of this workspace are sealed with key"):
            stranger.create_webhook("second", f"{receiver.origin}/second", ["registered_model.created"], secret="s")
        servers.pop(0).stop()

        stranger.create_registered_model(f"{name}-2")
        told = eventually(30, lambda: next((d for d in deliveries(servers[0], hook) if d["state"] == "pending" and d.get("error_message")), None))
        assert "is sealed with key" in told["error_message"] and "--webhook-key-file" in told["error_message"], told
        assert "is sealed with key" in stranger.test_webhook(hook).error_message
        wrong = start("wrong", "--webhook-key-file", str(tmp_path / "none.key"))
        assert "none.key, cannot be read" in wrong.test_webhook(hook).error_message
        assert len(receiver.heard) == 1, "something was sent without its signature"

        for nth in range(2):
            last = start(f"sharing{nth}", "--webhook-key-file", str(key))
            assert last.test_webhook(hook).success
        heard = receiver.wait(4, seconds=60)
        assert all(signed_with(secret, message) for message in heard)
        eventually(20, lambda: True if all(d["state"] == "delivered" for d in deliveries(servers[-1], hook)) else None)
    finally:
        for server in servers:
            server.stop()
        database.stop()


REFUSED = [
    "http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "https://localhost:{port}/", "https://LOCALHOST.:{port}/",
    "https://[::1]:{port}/", "https://[::ffff:127.0.0.1]:{port}/", "https://[::ffff:7f00:1]:{port}/", "https://[64:ff9b::7f00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/", "https://127.1:{port}/", "https://2130706433:{port}/", "https://0x7f000001:{port}/",
    "https://0177.0.0.1:{port}/", "https://0:{port}/", "https://0.0.0.0:{port}/", "https://[::]:{port}/",
    "https://user:pass@127.0.0.1:{port}/", "https://example.org@127.0.0.1:{port}/", "https://example.org\\@127.0.0.1:{port}/",
    "https://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/", "https://100.64.0.1/",
    "https://224.0.0.1/", "https://[fe80::1]/", "https://[fd00::1]/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/", "ftp://127.0.0.1/",
    "//127.0.0.1:{port}/", "https://", "", "x" * 5000, "https://127.0.0.1:{port}/\r\nX: y",
]


def test_addresses_inside_are_refused_and_never_connected_to(server):
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    base = f"{server.address}{API}/webhooks"
    made = None
    for api in ("/api", "/ajax-api"):
        for url in REFUSED:
            body = {"name": "bad", "url": url.format(port=port), "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}]}
            answer = requests.post(f"{server.address}{api}/2.0/mlflow/webhooks", json=body)
            assert answer.status_code == 400, (url, answer.text)
            assert set(answer.json()) == {"error_code", "message"}
            assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert made is None and requests.get(base).json() == {}
    listener.settimeout(0.2)
    with pytest.raises(TimeoutError):
        listener.accept()
    listener.close()
