"""The same load on Drydock, MLflow 3.17 and FastTrackML: each alone, same machine, same kind of database.

Every write is acknowledged after a durable commit by each of them (their defaults: SQLite in its journal mode, PostgreSQL with
synchronous_commit). A figure that a server cannot give is null, with its answer in the log. `DRYDOCK_BENCH_QUICK=1` makes the
data ten times smaller; the sizes that were used stand in the result.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import LOAD, report
from peers import PEERS, Peer

QUICK = os.environ.get("DRYDOCK_BENCH_QUICK") == "1"
RUNS = 1_000 if QUICK else 10_000
POINTS = 100_000 if QUICK else 1_000_000
ARTIFACT = 256 * 1024 * 1024
SECONDS = 3 if QUICK else 6
DATABASES = os.environ.get("DRYDOCK_BENCH_DATABASES", "sqlite,postgres").split(",")
WANTED = os.environ.get("DRYDOCK_BENCH_PEERS", "drydock,mlflow,fasttrackml").split(",")


def load(peer: Peer, scenario: str, **options) -> dict:
    command = [LOAD, scenario, "--address", peer.address]
    for key, value in options.items():
        command += [f"--{key}", str(value)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=1_800)
    answer = json.loads(said.stdout.splitlines()[-1])
    if "failed" in answer:
        print(f"{peer.name} {scenario} {options}: {answer['failed'][:300]}", file=sys.stderr)
    return answer


def writes(peer: Peer, figures: dict) -> None:
    for scenario, key in [("create-run", "create_run_per_s"), ("log-metric", "log_metric_per_s"), ("log-batch", "log_batch_metrics_per_s")]:
        for clients in [1, 8, 32]:
            figures[f"{key}_{clients}"] = load(peer, scenario, clients=clients, seconds=SECONDS).get("per_s")


def reads(peer: Peer, figures: dict) -> None:
    filled = load(peer, "fill", clients=8, size=RUNS)
    for rows in [100, 1_000]:
        found = load(peer, "search", experiment=filled.get("experiment"), size=rows, seconds=SECONDS)
        figures[f"search_{rows}_p50_ms"] = found.get("p50_ms")
    series = load(peer, "points", size=POINTS)
    history = load(peer, "history", run=series.get("run"), seconds=SECONDS)
    figures["history_p50_ms"] = history.get("p50_ms")
    figures["chart_p50_ms"] = load(peer, "chart", run=series.get("run"), size=320, seconds=SECONDS).get("p50_ms")


def artifacts(peer: Peer, figures: dict) -> None:
    for direction in ["upload", "download"]:
        figures[f"{direction}_mb_per_s"] = load(peer, direction, size=ARTIFACT, seconds=SECONDS).get("mb_per_s_median")


def measure(kind: type[Peer], database: str, folder: Path) -> dict:
    peer = kind(folder, database)
    try:
        figures = {"start_s": round(peer.start_s, 3), "start_again_s": round(peer.again(), 3)}
        time.sleep(2)
        figures["idle_pss_mb"] = peer.pss_mb()
        writes(peer, figures)
        reads(peer, figures)
        figures["loaded_pss_mb"] = peer.pss_mb()
        artifacts(peer, figures)
        return figures
    finally:
        peer.stop()


def better(key: str, ours, theirs):
    """How many times better ours is; times and memory count downwards."""
    if not ours or not theirs:
        return None
    return round(theirs / ours if key.endswith(("_ms", "_s", "_mb")) and "per_s" not in key else ours / theirs, 1)


def table(database: str, figures: dict) -> dict:
    ours = figures.get("drydock", {})
    rows = {}
    names = [name for name in figures if name != "drydock"]
    print(f"\n{database:<28}{'drydock':>12}" + "".join(f"{name:>14}{'':>8}" for name in names))
    for key in next(iter(figures.values())):
        row = {name: figures[name].get(key) for name in figures}
        ratios = {name: better(key, ours.get(key), row[name]) for name in names}
        rows[key] = row | {f"ratio_{name}": ratio for name, ratio in ratios.items()}
        shown = "".join(f"{row[name] if row[name] is not None else '-':>14}{f'{ratios[name]}x' if ratios[name] else '':>8}" for name in names)
        print(f"{key:<28}{row.get('drydock', '-')!s:>12}{shown}")
    return rows


def main() -> int:
    result = {"runs": RUNS, "points": POINTS, "artifact_bytes": ARTIFACT, "seconds": SECONDS}
    for database in DATABASES:
        figures = {}
        for kind in [kind for kind in PEERS if kind.name in WANTED]:
            with tempfile.TemporaryDirectory() as scratch:
                figures[kind.name] = measure(kind, database, Path(scratch) / kind.name)
            print(f"measured {kind.name} on {database}", file=sys.stderr)
        result[database] = table(database, figures)
    report(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
