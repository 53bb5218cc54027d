"""Raw HTTP: what no well-behaved client sends. Every answer is a 4xx, nothing is touched, the server lives."""

from __future__ import annotations

import http.client
import json
import uuid
from urllib.parse import urlsplit

import mlflow
import pytest

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def send(address):
    """One request exactly as written: no path is normalised on the way."""
    where = urlsplit(address)

    def send(method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            sent = {"Host": where.netloc, **(headers or {})}
            data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
            if isinstance(body, (dict, list)):
                sent.setdefault("Content-Type", "application/json")
            if data is not None:
                sent["Content-Length"] = str(len(data))
            for key, value in sent.items():
                if value is not None:
                    connection.putheader(key, value)
            connection.endheaders(data)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    return send


@pytest.fixture
def run(client, experiment):
    return client.create_run(experiment).info


def test_it_says_that_it_is_alive_and_speaks_mlflow(send):
    assert send("GET", "/health")[0] == 200
    status, version = send("GET", "/version")
    assert status == 200 and version


@pytest.mark.parametrize("host", ["evil.example", "10.evil.example", "127.0.0.1.evil.example", "localhost.evil.example:5000", "192.168.1.7:5000"])
def test_a_foreign_host_is_refused(send, host):
    assert send("GET", "/version", headers={"Host": host})[0] == 403
    assert send("POST", f"{API}/experiments/create", {"name": "never"}, {"Host": host})[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://evil.example:5000", "null", "http://127.0.0.1.evil.example"])
def test_a_foreign_origin_is_refused(send, origin):
    name = f"never-{uuid.uuid4().hex[:6]}"
    assert send("POST", f"{API}/experiments/create", {"name": name}, {"Origin": origin})[0] == 403
    assert send("GET", f"{API}/experiments/get-by-name?experiment_name={name}")[0] == 404


def test_json_dressed_as_a_simple_request_is_refused(send):
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        status, _ = send("POST", f"{API}/experiments/create", b'{"name":"never"}', {"Content-Type": kind})
        assert status in (400, 415), kind


HOSTILE = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "..%5c..%5cetc%5cpasswd",
    "a/..%2f..%2f..%2fb",
    "a/%00b",
    "%2fetc%2fpasswd",
    "a/;/../../b",
    "a%5cb",
    "C:%5cwindows%5cwin.ini",
]


@pytest.mark.parametrize("path", HOSTILE)
@pytest.mark.parametrize("api", ["/api", "/ajax-api"])
def test_hostile_artifact_paths_are_refused(send, run, path, api):
    base = run.artifact_uri.split(":/", 1)[1].lstrip("/")
    proxy = f"{api}/2.0/mlflow-artifacts/artifacts"
    for where in (f"{proxy}/{base}/{path}", f"{proxy}/{path}"):
        put, _ = send("PUT", where, b"owned")
        assert 400 <= put < 500, f"PUT {where} answered {put}"
        got, _ = send("GET", where)
        assert 400 <= got < 500, f"GET {where} answered {got}"
        # A path that HTTP itself folds (`/../`) may name nothing at all: refusing and not finding are both safe.
        assert got in (400, 403, 404), where
    listed, _ = send("GET", f"{API}/artifacts/list?run_id={run.run_id}&path={path}")
    assert listed == 400, f"list {path} answered {listed}"
    assert send("GET", f"{API}/artifacts/list?run_id={run.run_id}")[1].get("files", []) == []


def test_a_hostile_artifact_location_is_refused(send):
    for location in ("file:///etc", "/etc", "http:///#/../../etc/", "mlflow-artifacts:/../x", "s3://bucket/../x"):
        status, said = send("POST", f"{API}/experiments/create", {"name": f"x-{uuid.uuid4().hex}", "artifact_location": location})
        assert status == 400, f"{location}: {said}"


ERRORS = [
    ("GET", f"{API}/runs/get?run_id=" + "0" * 32, None, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("GET", f"{API}/experiments/get?experiment_id=987654321", None, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("GET", f"{API}/experiments/get-by-name?experiment_name=nobody", None, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("GET", f"{API}/registered-models/get?name=nobody", None, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("POST", f"{API}/experiments/create", {}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", f"{API}/experiments/create", {"name": ""}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", f"{API}/runs/search", {"experiment_ids": ["0"], "filter": "metrics.x ==== 1"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", f"{API}/runs/search", {"experiment_ids": ["0"], "max_results": 50001}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", f"{API}/runs/search", {"experiment_ids": ["0"], "page_token": "!!not a token!!"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", f"{API}/registered-models/create", {"name": "a/b"}, 400, "INVALID_PARAMETER_VALUE"),
]


@pytest.mark.parametrize("method,path,body,status,code", ERRORS, ids=[f"{e[0]} {e[1][len(API):][:40]} {i}" for i, e in enumerate(ERRORS)])
def test_errors_have_mlflows_shape_and_status(send, method, path, body, status, code):
    got, said = send(method, path, body)
    assert (got, said.get("error_code")) == (status, code), said
    assert set(said) == {"error_code", "message"} and said["message"]


def test_log_batch_is_all_or_nothing(send, run, client):
    def batch(body):
        return send("POST", f"{API}/runs/log-batch", {"run_id": run.run_id, **body})

    point = {"key": "x", "value": 1.0, "timestamp": 1, "step": 0}
    assert batch({"metrics": [point] * 1001})[0] == 400
    assert batch({"metrics": [point], "params": [{"key": "p", "value": "1"}, {"key": "p", "value": "2"}]})[0] == 400
    assert batch({"metrics": [point, {"key": "bad key ☠" * 60, "value": 1.0, "timestamp": 1, "step": 0}]})[0] == 400
    assert batch({"metrics": [{"key": "x", "value": "many", "timestamp": 1, "step": 0}]})[0] == 400
    data = client.get_run(run.run_id).data
    assert data.metrics == {} and data.params == {}


def test_numbers_come_in_every_spelling(send, run, client):
    spelt = [("nan", "NaN"), ("inf", "Infinity"), ("minus", "-Infinity"), ("text", "1.5"), ("plain", 2.5)]
    for key, value in spelt:
        status, said = send("POST", f"{API}/runs/log-metric", {"run_id": run.run_id, "key": key, "value": value, "timestamp": "17", "step": "3"})
        assert status == 200, said
    bare = b'{"run_id":"%s","key":"bare","value":NaN,"timestamp":1}' % run.run_id.encode()
    assert send("POST", f"{API}/runs/log-metric", bare, {"Content-Type": "application/json"})[0] == 200
    data = client.get_run(run.run_id).data.metrics
    assert data["text"] == 1.5 and data["plain"] == 2.5
    assert data["nan"] != data["nan"] and data["bare"] != data["bare"]
    assert client.get_metric_history(run.run_id, "text")[0].step == 3


def test_unknown_fields_and_both_spellings_of_the_run_id(send, run):
    for key in ("run_id", "run_uuid"):
        status, _ = send("POST", f"{API}/runs/log-metric", {key: run.run_id, "key": "x", "value": 1, "timestamp": 1, "extra": {"a": 1}})
        assert status == 200
    info = send("GET", f"{API}/runs/get?run_id={run.run_id}")[1]["run"]["info"]
    assert info["run_id"] == info["run_uuid"] == run.run_id
    assert isinstance(info["experiment_id"], str) and isinstance(info["start_time"], int)


def test_what_is_too_large_is_refused_and_the_server_lives(send):
    huge = b'{"name": "' + b"a" * (100 * 1024 * 1024) + b'"}'
    try:
        status, _ = send("POST", f"{API}/experiments/create", huge, {"Content-Type": "application/json"})
        assert status in (400, 413)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it hung up in the middle of the upload: refused as well
    deep = b"[" * 100_000 + b"]" * 100_000
    assert send("POST", f"{API}/experiments/create", deep, {"Content-Type": "application/json"})[0] == 400
    assert send("GET", "/health")[0] == 200


def test_an_artifact_is_never_a_page(send, run, address):
    """Script in an HTML artifact must not run in the server's own origin."""
    base = run.artifact_uri.split(":/", 1)[1].lstrip("/")
    assert send("PUT", f"{ARTIFACTS}/{base}/x.html", b"<script>alert(1)</script>")[0] == 200
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=10)
    connection.request("GET", f"{ARTIFACTS}/{base}/x.html")
    answer = connection.getresponse()
    assert answer.read() == b"<script>alert(1)</script>"
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert (answer.getheader("Content-Disposition") or "").startswith("attachment")
    connection.close()


def test_the_client_under_test_is_the_one_that_was_asked_for():
    assert mlflow.__version__ in ("3.17.2", "2.10.2")
