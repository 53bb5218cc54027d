"""Bad requests made from the server's own description: none is answered with a 5xx, each refusal is MLflow's error JSON,
and the server's memory stays where it was.

The requests come from a seeded generator, so that a failure can be repeated; `DRYDOCK_FUZZ_SEED` asks for others.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sqlite3
import subprocess
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from harness import Server, cli

SEED = int(os.environ.get("DRYDOCK_FUZZ_SEED", "20261123"))
PER_ROUTE = 6
MEMORY_GROWTH_MB_MAX = 150

DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
WRONG = [
    None, True, -1, 0, 1.5, 2**63, -(2**63) - 1, 10**400, 1e308, "", " ", "x" * 10_000, "\u0000", "a\u0000b", "\ud800", "NaN", "-Infinity",
    "BOGUS", "null", "{}", [], [None], [[]], [{}], {}, {"a": {"b": []}}, ["x"] * 2000, "'; drop table runs; --", "../../etc/passwd",
    "%2e%2e%2f", "file:///etc/passwd", "http://169.254.169.254/", "m-" + "0" * 100, "(" * 2000, "metrics.a > ", "e30=", "💥" * 300,
]
RAW = [
    b"", b" ", b"{", b"[]", b'"x"', b"null", b"1", b"\xff\xfe", b'{"a": "\xff"}', b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b"{}{}",
    b'{"a": 1, "a": 2}', b"NaN", b'{"a": Infinity}', b"[" * 100_000, DEEP, b"--x\r\n", b"a=b&c=d", b'{"a": 1e999999}', b"\x1f\x8b\x08\x00",
]
PATHS = [
    "..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%252e%252e%252f", "%00", "a%00b", "%ff%fe", "a%5c..%5cb", "%2f%2f", "x" * 3000, "%20",
    "null", "-1", "💥", "%f0%9f%92%a5", "m-none", "0" * 32, ";", "a;b", "%3f", "%23", "*", "C:%5c", "'%20or%20'1'='1",
]
KINDS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "application/json; charset=utf-16", "", "\x7f"]


def described():
    said = subprocess.run([cli(), "openapi"], capture_output=True, check=True, timeout=60).stdout
    return json.loads(said)["paths"]


def value(draw, schema):
    """Something of the right shape, so that the rest of a request is reached."""
    # `true` is a schema too: anything goes.
    kind = schema.get("type", "string") if isinstance(schema, dict) else "string"
    kind = kind[0] if isinstance(kind, list) else kind
    match kind:
        case "object":
            return {k: value(draw, s) for k, s in schema.get("properties", {}).items() if draw.random() < 0.7}
        case "array":
            return [value(draw, schema.get("items", {})) for _ in range(draw.randrange(3))]
        case "integer" | "number":
            return draw.choice([0, 1, 5, 1000])
        case "boolean":
            return draw.random() < 0.5
    return draw.choice(["0", "a", "name", "ALL", "x = 'y'", "1"])


def bad_requests(paths, draw):
    """Method, path, headers, body."""
    for path, methods in paths.items():
        for method, operation in methods.items():
            for nth in range(PER_ROUTE):
                where = path
                for parameter in operation.get("parameters", []):
                    if parameter["in"] == "path":
                        where = where.replace("{" + parameter["name"] + "}", draw.choice(PATHS))
                asked = [p for p in operation.get("parameters", []) if p["in"] == "query"]
                headers, body = {"Content-Type": "application/json"}, b""
                if asked:
                    some = draw.sample(asked, draw.randrange(len(asked) + 1))
                    told = [f"{p['name']}={quote(str(draw.choice(WRONG)).encode('utf-8', 'surrogatepass')[:3000])}" for p in some]
                    where += "?" + "&".join(told + draw.choice([[], ["%ff=%fe"], ["=&&="], [f"{asked[0]['name']}=1"] * 3, ["x" * 5000]]))
                elif method != "get":
                    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
                    message = value(draw, content.get("schema", {"type": "object"}))
                    message = message if isinstance(message, dict) else {}
                    fields = list(content.get("schema", {}).get("properties", {})) or ["x"]
                    if nth < 4:
                        message[draw.choice(fields)] = draw.choice(WRONG)
                        body = json.dumps(message).encode("utf-8", "surrogatepass")
                    elif nth == 4:
                        body = draw.choice(RAW)
                    else:
                        body = json.dumps(message).encode()
                        kind = draw.choice(KINDS)
                        headers = {"Content-Type": kind} if kind else {}
                yield method.upper(), where, headers, body


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("bad") / "data")
    yield server
    assert server.stop() == 0, "the server must have lived through all of it"


def send(server, method, path, headers, body):
    where = urlsplit(server.address)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
    try:
        connection.putrequest(method, path.encode("utf-8").decode("latin-1"), skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", where.netloc)
        for key, said in headers.items():
            connection.putheader(key, said)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


# What http.client itself would refuse to send must reach the server all the same.
http.client.HTTPConnection._validate_path = lambda self, url: None
http.client.HTTPConnection._encode_request = lambda self, request: request.encode("latin-1")


def memory_mb(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def test_no_bad_request_is_answered_with_5xx(server):
    draw = random.Random(SEED)
    requests = list(bad_requests(described(), draw))
    for _ in range(20):
        send(server, "GET", "/health", {}, b"")
    before = memory_mb(server)
    refused, slowest = 0, 0.0
    for method, where, headers, body in requests:
        began = time.monotonic()
        status, text = send(server, method, where, headers, body)
        slowest = max(slowest, time.monotonic() - began)
        shown = f"{method} {where[:200]} {headers} {body[:200]!r} answered {status} {text[:300]!r}"
        # 501 says that a folder store has no multipart uploads, as MLflow says it.
        assert status < 500 or (status == 501 and b"NOT_IMPLEMENTED" in text), shown
        if status >= 400:
            refused += 1
            # HTTP itself refuses a request line that is none, before there is anybody to write JSON.
            if not (text == b"" and status in (400, 414, 431)):
                said = json.loads(text)
                assert set(said) == {"error_code", "message"} and all(isinstance(v, str) for v in said.values()), shown
    grown = memory_mb(server) - before
    print(f"{len(requests)} requests over {len({w.split('?')[0] for _, w, _, _ in requests})} addresses, {refused} refused, "
          f"slowest {slowest * 1000:.0f} ms, memory grew by {grown:.0f} MB")
    assert refused >= 500
    assert slowest < 10
    assert grown < MEMORY_GROWTH_MB_MAX
    assert send(server, "GET", "/health", {}, b"")[0] == 200


def test_a_body_without_end_and_a_flood_of_them_stay_small(server):
    before = memory_mb(server)
    huge = b'{"filter": "' + b"x" * 40_000_000 + b'"}'
    for _ in range(5):
        status, text = send(server, "POST", "/api/2.0/mlflow/runs/search", {"Content-Type": "application/json"}, huge)
        assert status == 413 and json.loads(text)["error_code"] == "INVALID_PARAMETER_VALUE"
    assert memory_mb(server) - before < MEMORY_GROWTH_MB_MAX


def refusals(server):
    with sqlite3.connect(f"file:{server.data_dir / 'drydock.db'}?mode=ro", uri=True) as db:
        return db.execute("select subject, detail from audit_log where action = 'request.refused' order by audit_id").fetchall()


@pytest.fixture
def quiet(tmp_path):
    server = Server(tmp_path / "data")
    yield server
    server.stop()


def test_each_hostile_request_leaves_one_audit_row_and_touches_no_file(quiet, tmp_path):
    files = lambda: sorted(str(p) for p in tmp_path.rglob("*") if "drydock.db" not in p.name)
    before = files()
    json_type = {"Content-Type": "application/json"}
    model = json.dumps({"name": "target"}).encode()
    assert send(quiet, "POST", "/api/2.0/mlflow/registered-models/create", json_type, model)[0] == 200
    hostile = []
    for prefix in ("/api", "/ajax-api"):
        api = f"{prefix}/2.0/mlflow"
        for path in ("%2e%2e%2fx", "%252e%252e%252fx", "..%5cx", "a%00b", "a/..;/b", "%2fetc%2fpasswd"):
            for method in ("GET", "PUT", "DELETE"):
                hostile.append((method, f"{prefix}/2.0/mlflow-artifacts/artifacts/{path}", {}, b"x" if method == "PUT" else b""))
        for place in ("/etc", "file:///etc", "http:///#/../../etc/", "http://169.254.169.254/", "s3://b/../x", "mlflow-artifacts:/a?x=/../.."):
            hostile.append(("POST", f"{api}/experiments/create", json_type, json.dumps({"name": "x", "artifact_location": place}).encode()))
            hostile.append(("POST", f"{api}/model-versions/create", json_type, json.dumps({"name": "target", "source": place}).encode()))
        hook = {"name": "x", "url": "https://127.0.0.1/", "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}]}
        hostile.append(("POST", f"{api}/webhooks", json_type, json.dumps(hook).encode()))
        hostile.append(("POST", f"{api}/experiments/create", {"Content-Type": "text/plain"}, b'{"name": "x"}'))
        hostile.append(("POST", f"{api}/experiments/create", {**json_type, "Origin": "https://evil.example"}, b'{"name": "x"}'))
    for method, where, headers, body in hostile:
        status, text = send(quiet, method, where, headers, body)
        assert status in (400, 403, 415), f"{method} {where} {body!r} answered {status} {text!r}"
    rows = refusals(quiet)
    assert len(rows) == len(hostile)
    assert [subject for subject, _ in rows] == [f"{method} {where}" for method, where, _, _ in hostile]
    assert files() == before


def test_a_flood_of_attacks_leaves_few_rows(quiet):
    for _ in range(400):
        assert send(quiet, "GET", "/version", {"Origin": "https://evil.example"}, b"")[0] == 403
    assert 150 <= len(refusals(quiet)) <= 220


@pytest.mark.parametrize("kept", ["known", "any"])
def test_artifact_locations(tmp_path, kept):
    """`any` keeps whatever comes and opens nothing of it; `known` says what would be right."""
    secret = tmp_path / "secret.txt"
    secret.write_text("not yours")
    server = Server(tmp_path / "data", "--artifact-locations", kept)

    def post(path, message):
        status, text = send(server, "POST", f"/api/2.0/mlflow/{path}", {"Content-Type": "application/json"}, json.dumps(message).encode())
        return status, json.loads(text)

    def get(path):
        status, text = send(server, "GET", path, {}, b"")
        return status, text

    try:
        post("registered-models/create", {"name": "m"})
        # The store that clients reach by themselves is kept either way.
        assert post("model-versions/create", {"name": "m", "source": "abfss://c@a.dfs.core.windows.net/x"})[0] == 200
        for nth, place in enumerate((str(tmp_path), f"file://{tmp_path}", "http://127.0.0.1:1/x?y#z", "../..", "mlflow-artifacts:/../x")):
            status, made = post("experiments/create", {"name": f"e{nth}", "artifact_location": place})
            version_status, version = post("model-versions/create", {"name": "m", "source": place})
            if kept == "known":
                assert (status, version_status) == (400, 400), place
                assert f"'{place}' for parameter 'artifact_location'" in made["message"] and "expected" in made["message"]
                assert f"'{place}' for parameter 'source'" in version["message"]
                continue
            assert (status, version_status) == (200, 200), (made, version)
            got = json.loads(get(f"/api/2.0/mlflow/experiments/get?experiment_id={made['experiment_id']}")[1])
            assert got["experiment"]["artifact_location"] == place
            run = post("runs/create", {"experiment_id": made["experiment_id"]})[1]["run"]["info"]
            for path in ("secret.txt", "../secret.txt", "../../secret.txt"):
                assert get(f"/get-artifact?run_id={run['run_id']}&path={path}")[0] in (400, 404)
                number = version["model_version"]["version"]
                assert get(f"/model-versions/get-artifact?name=m&version={number}&path={path}")[0] in (400, 404)
            status, listed = get(f"/api/2.0/mlflow/artifacts/list?run_id={run['run_id']}")
            assert b"secret" not in listed
    finally:
        server.stop()
    assert secret.read_text() == "not yours"
