"""Three Drydock servers behind nginx, one PostgreSQL with a streaming replica, MinIO: throughput, and reads of own writes.

Everything shares this machine with the driver, so the figures show what the arrangement costs, not what it gains.
"""

from __future__ import annotations

import http.client
import json
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

from common import report
from team import SERVERS, Team
from tracking import load

OWN_WRITES = 300
API = "/api/2.0/mlflow"


def ask(connection: http.client.HTTPConnection, path: str, body: dict) -> dict:
    connection.request("POST", API + path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, f"{path}: {answer.status} {text[:300]!r}"
    return json.loads(text)


def stale_reads(address: str) -> tuple[int, float]:
    """Writes a metric, then searches for it at once, through whichever server nginx picks: how often was it not there?"""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
    experiment = ask(connection, "/experiments/create", {"name": f"own-{time.time_ns()}"})["experiment_id"]
    run = ask(connection, "/runs/create", {"experiment_id": experiment, "start_time": 1})["run"]["info"]["run_id"]
    stale, began = 0, time.perf_counter()
    for step in range(OWN_WRITES):
        ask(connection, "/runs/log-metric", {"run_id": run, "key": "loss", "value": step, "timestamp": step + 1, "step": step})
        found = ask(connection, "/runs/search", {"experiment_ids": [experiment], "filter": f"metrics.loss = {step}", "max_results": 1})
        stale += len(found.get("runs", [])) != 1
    return stale, (time.perf_counter() - began) / OWN_WRITES * 1e3


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "team"
        folder.mkdir()
        team = Team(folder, replica=True)
        try:
            peer = SimpleNamespace(name="three servers", address=team.address)
            result = {"servers": SERVERS}
            for scenario in ["create-run", "log-metric", "log-batch"]:
                for clients in [8, 32]:
                    said = load(peer, scenario, clients=clients, seconds=5)
                    result[f"{scenario}_{clients}"] = {key: said.get(key) for key in ["per_s", "p50_ms", "max_ms"]}
            filled = load(peer, "fill", clients=8, size=2_000)
            result["search_100_p50_ms"] = load(peer, "search", experiment=filled["experiment"], size=100).get("p50_ms")
            stale, both_ms = stale_reads(team.address)
            result |= {"own_writes": OWN_WRITES, "stale_reads": stale, "write_then_search_ms": round(both_ms, 2)}
        finally:
            team.stop()
    report(result)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
