"""SIGKILL in the middle of logging: every acknowledged batch is there after the restart, each all or nothing.

Twenty kills of `drydock server`, twenty of the desktop window (which embeds the same server). The window needs a display:
`cargo xtask test kill-9` gives it a virtual one. One client thread logs single batches of 200 points without a pause, so
that a kill lands in every phase of a batch: on the wire, in the transaction, between commit and acknowledgement.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from harness import TARGET, Server, eventually

KILLS = int(os.environ.get("DRYDOCK_KILLS", "20"))
POINTS = 200
API = "/api/2.0/mlflow"


def call(address: str, method: str, path: str, body: dict | None = None, timeout: float = 10) -> dict:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address + API + path, data=data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return json.load(answer)


class Logger(threading.Thread):
    """Logs numbered batches until the server goes away; knows which were sent and which were acknowledged.

    Batch n is one parameter `b<n>`, one tag and 200 points of metric `m<n>`: half of it is easy to see.
    """

    def __init__(self, address: str, run_id: str, first: int):
        super().__init__(daemon=True)
        self.address, self.run_id, self.next = address, run_id, first
        self.acknowledged: list[int] = []
        self.unexpected: Exception | None = None

    def run(self) -> None:
        while True:
            n = self.next
            self.next += 1
            body = {
                "run_id": self.run_id,
                "metrics": [{"key": f"m{n}", "value": i, "timestamp": 1_000 + i, "step": i} for i in range(POINTS)],
                "params": [{"key": f"b{n}", "value": str(n)}],
                "tags": [{"key": f"t{n}", "value": str(n)}],
            }
            try:
                call(self.address, "POST", "/runs/log-batch", body)
            except urllib.error.HTTPError as refused:
                self.unexpected = refused
                return
            except OSError:
                return  # killed in the middle of this batch: it may be there whole, or not at all
            except Exception as cut:  # an answer that was cut off half-way
                if "IncompleteRead" not in type(cut).__name__ and not isinstance(cut, ValueError):
                    self.unexpected = cut
                return
            self.acknowledged.append(n)


def check(address: str, run_id: str, acknowledged: set[int], sent: int) -> int:
    """Every acknowledged batch whole, every other one whole or absent. Returns how many are there."""
    data = call(address, "GET", f"/runs/get?run_id={run_id}")["run"]["data"]
    params = {int(p["key"][1:]) for p in data.get("params", [])}
    tags = {int(t["key"][1:]) for t in data.get("tags", []) if t["key"][0] == "t" and t["key"][1:].isdigit()}
    metrics = {int(m["key"][1:]) for m in data.get("metrics", [])}
    assert params == tags == metrics, f"half a batch: {params ^ tags ^ metrics}"
    lost = acknowledged - metrics
    assert not lost, f"acknowledged and gone: {sorted(lost)}"
    assert max(metrics, default=0) < sent
    return len(metrics)


def check_points(address: str, run_id: str, batches: list[int]) -> None:
    for n in batches:
        history = call(address, "GET", f"/metrics/get-history?run_id={run_id}&metric_key=m{n}")
        steps = [int(m["step"]) for m in history["metrics"]]
        assert steps == list(range(POINTS)), f"batch {n} has {len(steps)} of {POINTS} points"


def new_run(address: str) -> str:
    made = call(address, "POST", "/experiments/create", {"name": "kill"})
    run = call(address, "POST", "/runs/create", {"experiment_id": made["experiment_id"], "start_time": 1})
    return run["run"]["info"]["run_id"]


def kill_over_and_over(start, kills: int) -> None:
    """`start` opens the host on the same folder again and again; each time it is killed while batches go in."""
    chance = random.Random(20)
    acknowledged: set[int] = set()
    run_id, following = None, 1
    for kill in range(kills):
        host = start()
        if run_id is None:
            run_id = new_run(host.address)
        else:
            check(host.address, run_id, acknowledged, following)
            # Every point of the batches around the kill; all batches once, at the end.
            check_points(host.address, run_id, sorted(acknowledged)[-2:])
        logger = Logger(host.address, run_id, following)
        logger.start()
        # At least one acknowledged batch, then a moment of chance: the kill lands anywhere within a batch.
        eventually(20, lambda: True if logger.acknowledged or logger.unexpected else None)
        time.sleep(chance.uniform(0.0, 0.25))
        host.kill()
        logger.join(timeout=20)
        assert logger.unexpected is None, logger.unexpected
        acknowledged.update(logger.acknowledged)
        following = logger.next
    host = start()
    try:
        present = check(host.address, run_id, acknowledged, following)
        check_points(host.address, run_id, sorted(acknowledged))
        print(f"{kills} kills, {len(acknowledged)} batches acknowledged, {present} present, {following - 1} sent")
    finally:
        host.kill()


def test_the_server_is_killed_twenty_times(tmp_path, capsys):
    with capsys.disabled():
        kill_over_and_over(lambda: Server(tmp_path / "data"), KILLS)


class Window:
    """The desktop application on a virtual display; its embedded server is found through the workspace's host file."""

    def __init__(self, data_dir: Path):
        self.data_dir = data_dir
        data_dir.mkdir(parents=True, exist_ok=True)
        binary = os.environ.get("DRYDOCK_DESKTOP", str(TARGET / "debug" / "drydock-desktop"))
        self.log = open(data_dir.parent / "window.log", "ab")
        # A port of its own: another server may hold the usual one.
        environment = {**os.environ, "XDG_DATA_HOME": str(data_dir.parent / "xdg"), "XDG_CONFIG_HOME": str(data_dir.parent / "xdg")}
        self.process = subprocess.Popen(
            [binary, "--data-dir", str(data_dir)], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment
        )
        self.address = eventually(60, self._address)

    def _address(self) -> str | None:
        """The process that hosts a workspace writes where it listens; only this process's line counts."""
        if self.process.poll() is not None:
            said = Path(self.log.name).read_text(errors="replace").splitlines()[-20:]
            raise AssertionError(f"the window ended with {self.process.returncode}:\n" + "\n".join(said))
        try:
            host = json.loads((self.data_dir / "host.json").read_text())
        except (OSError, ValueError):
            return None
        if host.get("pid") != self.process.pid:
            return None
        try:
            with urllib.request.urlopen(host["address"] + "/health", timeout=2) as answer:
                return host["address"] if answer.status == 200 else None
        except OSError:
            return None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()


@pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="the window needs a display: cargo xtask test kill-9 gives it one")
def test_the_window_is_killed_twenty_times(tmp_path, capsys):
    with capsys.disabled():
        kill_over_and_over(lambda: Window(tmp_path / "data"), KILLS)
