"""Start of the desktop binary to the first painted data, and what it holds in memory when idle. Needs a display.

The screen is read again and again while the window opens. "First painted data" is the first reading that equals the
settled picture (taken three seconds after the start) except for one byte in two hundred: a clock, ages, a scroll bar that
fades. The runs are a week old, so that their ages stand still.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import DESKTOP, median, pss_mb, report
from harness import Server

ROUNDS = 9
SETTLED_S = 3.0


def screen() -> bytes:
    """Xvfb keeps the picture in a file (`-fbdir`): reading it costs about a millisecond."""
    return Path(os.environ["DRYDOCK_SCREEN"]).read_bytes()


def unlike(a: bytes, b: bytes) -> float:
    import numpy as np

    if len(a) != len(b):
        return 1.0
    left, right = np.frombuffer(a, np.uint8), np.frombuffer(b, np.uint8)
    return float((left != right).mean())


def fill(data_dir: Path) -> None:
    """A workspace with something to paint: one experiment, 40 runs with a curve each."""
    import mlflow

    server = Server(data_dir)
    try:
        client = mlflow.MlflowClient(tracking_uri=server.address)
        experiment = client.create_experiment("bench")
        week_ago = int((time.time() - 7 * 86_400) * 1000)
        for n in range(40):
            run = client.create_run(experiment, start_time=week_ago + n * 60_000, run_name=f"run-{n:02d}").info.run_id
            points = [mlflow.entities.Metric("loss", 1 / (s + 1 + n), s, s) for s in range(200)]
            client.log_batch(run, metrics=points, params=[mlflow.entities.Param("depth", str(n))])
            client.update_run(run, status="FINISHED")
    finally:
        server.stop()


def one_start(data_dir: Path, home: Path) -> tuple[float, float, float]:
    environment = {**os.environ, "XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache")}
    before = screen()
    frames: list[tuple[float, bytes]] = []
    began = time.perf_counter()
    window = subprocess.Popen([DESKTOP, "--data-dir", str(data_dir)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() - began < SETTLED_S:
            at = time.perf_counter() - began
            frames.append((at, screen()))
            time.sleep(0.01)
        last = screen()
        if unlike(before, last) < 0.01:
            raise SystemExit("the window painted nothing")
        first_paint = next(at for at, frame in frames if unlike(frame, before) > 0.01)
        painted = next(at for at, frame in [*frames, (SETTLED_S, last)] if unlike(frame, last) <= 0.005)
        time.sleep(5)
        return first_paint * 1e3, painted * 1e3, pss_mb(window.pid)
    finally:
        window.kill()
        window.wait()
        time.sleep(0.5)


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        data_dir, home = Path(scratch) / "data", Path(scratch) / "home"
        fill(data_dir)
        one_start(data_dir, home)  # fills the page cache
        rounds = [one_start(data_dir, home) for _ in range(ROUNDS)]
    first, painted, pss = zip(*rounds)
    report(
        {
            "rounds": ROUNDS,
            "first_paint_ms_median": round(median(list(first))),
            "first_data_ms_median": round(median(list(painted))),
            "first_data_ms_max": round(max(painted)),
            "idle_pss_mb_median": round(median(list(pss)), 1),
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
