"""The same requests that were once sent to `mlflow server` 3.17.2, with its answers beside them (`parity-*.json`).

A step without a status was answered otherwise there on purpose (MLflow answers 500, or keeps what it was told not to);
it is sent for what it does, and must only not fail inside.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import pytest
from harness import Server

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("parity") / "data", "--stage-policy", "open")
    yield server
    assert server.stop() == 0


def normal(value, key=None):
    """What differs between two servers of any make: ids, times, names that were drawn, empty texts or none."""
    if isinstance(value, dict):
        return {k: normal(v, k) for k, v in value.items() if k not in ("workspace", "user_id") and v != ""}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and value > 1_000_000_000_000:
        return "<ms>"
    if isinstance(value, str):
        if key == "experiment_id":
            return "<exp>"
        if key in ("next_page_token", "page_token"):
            return "<token>"
        if key in ("run_name", "user_id"):
            return "<x>"
        value = re.sub(r"m-[0-9a-f]{32}", "<mid>", value)
        value = re.sub(r"\b[0-9a-f]{32}\b", "<rid>", value)
        value = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>", value)
        return re.sub(r"mlflow-artifacts:/\d+", "mlflow-artifacts:/<exp>", value)
    return value


class Replay:
    def __init__(self, address):
        self.address = address
        tag = uuid.uuid4().hex[:6]
        self.known = {"u": tag, "U": tag.upper()}

    def filled(self, value):
        if isinstance(value, str):
            return re.sub(r"<(\w+)>", lambda m: str(self.known.get(m.group(1), m.group(0))), value)
        if isinstance(value, dict):
            return {self.filled(k): self.filled(v) for k, v in value.items()}
        return [self.filled(item) for item in value] if isinstance(value, list) else value

    def send(self, step):
        headers = dict(step.get("headers", {}))
        data = step["raw"].encode() if "raw" in step else None
        if "body" in step:
            data = json.dumps(self.filled(step["body"])).encode()
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.address + self.filled(step["path"]), data=data, method=step["method"], headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"text": text.decode(errors="replace")[:300]}
        for name, pointer in step.get("save", {}).items():
            found = answer
            for part in pointer:
                found = found.get(part, {}) if isinstance(found, dict) else {}
            self.known[name] = urllib.parse.quote(found) if isinstance(found, str) else "none"
        return status, answer


@pytest.mark.parametrize(("recording", "compared_min"), [("tracking", 150), ("registry", 150), ("search", 30)])
def test_answers_are_mlflows(server, recording, compared_min):
    steps = json.loads((HERE / f"parity-{recording}.json").read_text())
    replay, wrong, compared = Replay(server.address), [], 0
    for step in steps:
        status, answer = replay.send(step)
        shown = f"{step['method']} {step['path']} {json.dumps(step.get('body', step.get('raw')))[:300]}"
        if status >= 500 and status != 501:
            wrong.append(f"{shown}\n  answered {status} {answer}")
        if "status" not in step:
            continue
        compared += 1
        answer = normal(answer)
        right = status == step["status"] and answer.get("error_code") == step.get("error_code")
        if "answer" in step:
            right = right and replay.filled(step["answer"]) == answer
        if not right:
            expected = step.get("answer", step.get("error_code"))
            wrong.append(f"{shown}\n  expected {step['status']} {json.dumps(expected)[:600]}\n  answered {status} {json.dumps(answer)[:600]}")
    print(f"{compared} of {len(steps)} answers compared")
    assert compared > compared_min
    assert not wrong, f"{len(wrong)} of {compared} answers differ:\n" + "\n".join(wrong)
