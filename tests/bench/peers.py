"""The tracking servers that are measured, each started alone: Drydock, MLflow 3.17, FastTrackML; on SQLite or PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from common import CLI, pss_mb
from team import Postgres, free_port

VENV = Path(sys.executable).parent
# Made by `cargo xtask bench`: FastTrackML, and the PostgreSQL driver that MLflow needs.
BENCH_VENV = Path(os.environ.get("DRYDOCK_BENCH_VENV", VENV.parent.parent / "peers"))


def answers(url: str):
    try:
        with urllib.request.urlopen(url, timeout=5) as said:
            return said.status == 200 or None
    except OSError:
        return None


class Peer:
    """A server in a folder of its own; `start_s` is the time to its first good answer, its schema made."""

    def __init__(self, folder: Path, database: str):
        folder.mkdir(parents=True)
        self.folder, self.port = folder, free_port()
        self.postgres = Postgres(folder / "postgres") if database == "postgres" else None
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = open(folder / "log", "ab")
        try:
            self.start_s = self._begin()
        except BaseException:
            self.stop()
            raise

    health = "/health"

    def _begin(self) -> float:
        began = time.perf_counter()
        self.process = subprocess.Popen(
            self.command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, **self.environment()}, start_new_session=True,
        )  # fmt: skip
        while not answers(self.address + self.health):
            assert self.process.poll() is None, f"{self.command()} ended: {(self.folder / 'log').read_text()[-2000:]}"
            assert time.perf_counter() - began < 240, f"{self.command()} does not answer"
            time.sleep(0.002)
        return time.perf_counter() - began

    def again(self) -> float:
        """Ends the server and starts it on what it has; the time to its first good answer."""
        self._end()
        return self._begin()

    def environment(self) -> dict:
        return {}

    def command(self) -> list[str]:
        raise NotImplementedError

    def pss_mb(self) -> float:
        return pss_mb(self.process.pid)

    def stop(self) -> None:
        self._end()
        if self.postgres:
            self.postgres.stop()
        self.log.close()

    def _end(self) -> None:
        process = getattr(self, "process", None)
        if process and process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


class Drydock(Peer):
    name = "drydock"

    def command(self) -> list[str]:
        more = ["--database-url", self.postgres.url] if self.postgres else []
        return [CLI, "server", "--port", str(self.port), "--data-dir", str(self.folder / "data"), *more]


class Mlflow(Peer):
    name = "mlflow"

    def environment(self) -> dict:
        packages = next((BENCH_VENV / "lib").glob("python3.*/site-packages"))
        return {"PYTHONPATH": str(packages)}

    def command(self) -> list[str]:
        store = f"sqlite:///{self.folder}/mlflow.db"
        if self.postgres:
            store = self.postgres.url.replace("postgres://", "postgresql+psycopg2://")
        return [
            str(VENV / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(self.port),
            "--backend-store-uri", store, "--artifacts-destination", str(self.folder / "artifacts"),
        ]  # fmt: skip


class FastTrackMl(Peer):
    name = "fasttrackml"

    def command(self) -> list[str]:
        store = self.postgres.url if self.postgres else f"sqlite://{self.folder}/fasttrackml.db"
        return [
            str(BENCH_VENV / "bin" / "fml"), "server", "--listen-address", f"127.0.0.1:{self.port}",
            "--database-uri", store, "--default-artifact-root", str(self.folder / "artifacts"), "--log-level", "error",
        ]  # fmt: skip


PEERS = [Drydock, Mlflow, FastTrackMl]
