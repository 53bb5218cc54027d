"""A real Drydock server in a folder of its own, for the client suites.

`DRYDOCK_CLI` names the binary (default: the debug build). `DRYDOCK_TEST_ADDRESS` points the suites at a server that is
already running instead, for instance a plain MLflow one, to see what the client itself expects.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
START_LIMIT_S = 60


def cli() -> str:
    return os.environ.get("DRYDOCK_CLI", str(TARGET / "debug" / "drydock"))


class Server:
    """`drydock server` on a free port; `kill` is SIGKILL, `stop` is SIGTERM."""

    def __init__(self, data_dir: Path, *more: str):
        self.data_dir = data_dir
        self.log = open(data_dir.parent / f"{data_dir.name}.log", "ab")
        command = [cli(), "server", "--json", "--host", "127.0.0.1", "--port", "0", "--data-dir", str(data_dir), *more]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log)
        self._told: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self.address = self._told.get(timeout=START_LIMIT_S)
        except queue.Empty:
            self.kill()
            raise RuntimeError(f"{command} never said where it listens; see {self.log.name}") from None

    def _read(self) -> None:
        for line in self.process.stdout:
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if said.get("event") == "listening":
                self._told.put(said["address"])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=15)
        finally:
            self.log.close()


def eventually(seconds: float, probe):
    """The first answer of `probe` that is not None, or an error after `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = probe()
        if found is not None:
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing after {seconds} s")
