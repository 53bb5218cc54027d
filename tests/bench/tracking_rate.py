"""log_metric/s and log_batch points/s of `drydock server`, beside a plain MLflow 3.17 server on SQLite.

Same driver, same machine, one server at a time, in turns (A, B, A, B), keep-alive connections, each rate the median of the
rounds. Acknowledged writes only: both servers answer after their commit.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from common import median, pss_mb, report
from harness import Server, eventually

ROUNDS = 3
SECONDS = 4.0
API = "/api/2.0/mlflow"


class Client:
    def __init__(self, address: str):
        where = urlsplit(address)
        self.connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)

    def post(self, path: str, body: dict) -> dict:
        self.connection.request("POST", API + path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {text[:300]!r}")
        return json.loads(text)


def new_run(client: Client) -> str:
    made = client.post("/experiments/create", {"name": f"bench-{time.time_ns()}"})
    return client.post("/runs/create", {"experiment_id": made["experiment_id"], "start_time": 1})["run"]["info"]["run_id"]


def rate(address: str, clients: int, once) -> float:
    """Units a second over `SECONDS`, summed over the clients; each logs to a run of its own."""
    begin, stop, counts = threading.Barrier(clients + 1), threading.Event(), [0] * clients

    def work(at: int) -> None:
        client = Client(address)
        run, n = new_run(client), 0
        begin.wait()
        while not stop.is_set():
            counts[at] += once(client, run, n)
            n += 1

    threads = [threading.Thread(target=work, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    begin.wait()
    began = time.perf_counter()
    time.sleep(SECONDS)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)


def one_metric(client: Client, run: str, n: int) -> int:
    client.post("/runs/log-metric", {"run_id": run, "key": "loss", "value": 1.0 / (n + 1), "timestamp": 1000 + n, "step": n})
    return 1


def one_batch(client: Client, run: str, n: int) -> int:
    """1000 points: 20 series of 50 steps."""
    points = [
        {"key": f"m{k}", "value": 0.5 * s, "timestamp": 1000 + n * 50 + s, "step": n * 50 + s} for k in range(20) for s in range(50)
    ]
    client.post("/runs/log-batch", {"run_id": run, "metrics": points})
    return len(points)


def measure(address: str) -> dict[str, float]:
    return {
        "log_metric_per_s_1_client": rate(address, 1, one_metric),
        "log_metric_per_s_8_clients": rate(address, 8, one_metric),
        "log_batch_points_per_s_1_client": rate(address, 1, one_batch),
        "log_batch_points_per_s_8_clients": rate(address, 8, one_batch),
    }


def drydock(folder: Path) -> tuple[dict[str, float], float, float]:
    folder.mkdir(parents=True)
    began = time.perf_counter()
    server = Server(folder / "data")
    start = time.perf_counter() - began
    try:
        return measure(server.address), start, pss_mb(server.process.pid)
    finally:
        server.stop()


def mlflow(folder: Path) -> tuple[dict[str, float], float, float]:
    folder.mkdir(parents=True)
    port = 5601
    command = [
        str(Path(sys.executable).parent / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port),
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    log = open(folder / "log", "ab")
    began = time.perf_counter()
    server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ}, start_new_session=True)
    try:
        eventually(180, lambda: answers(f"http://127.0.0.1:{port}/health"))
        return measure(f"http://127.0.0.1:{port}"), time.perf_counter() - began, pss_mb(server.pid)
    finally:
        os.killpg(server.pid, 15)
        server.wait(timeout=60)


def answers(url: str):
    try:
        with urllib.request.urlopen(url, timeout=5) as said:
            return said.status == 200 or None
    except OSError:
        return None


def main() -> int:
    ours, theirs, memory = [], [], {}
    starts = []
    for turn in range(ROUNDS):
        with tempfile.TemporaryDirectory() as scratch:
            rates, start, pss = drydock(Path(scratch) / "a")
            ours.append(rates)
            starts.append(start)
            memory["drydock_pss_mb_after"] = pss
        # MLflow needs half a minute to start: one round fewer.
        if turn < ROUNDS - 1:
            with tempfile.TemporaryDirectory() as scratch:
                rates, _, pss = mlflow(Path(scratch) / "b")
                theirs.append(rates)
                memory["mlflow_pss_mb_after"] = pss
    result: dict = {"rounds": ROUNDS, "drydock_start_s_median": round(median(starts), 3)} | memory
    for key in ours[0]:
        a, b = median([r[key] for r in ours]), median([r[key] for r in theirs])
        result[key] = {"drydock": round(a), "mlflow_3_17_sqlite": round(b), "ratio": round(a / b, 1)}
    report(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
