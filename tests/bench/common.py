"""What the measurements share: where the binaries are, child processes, order statistics, memory."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
CLI = os.environ.get("DRYDOCK_CLI", str(TARGET / "release" / "drydock"))
LOAD = os.environ.get("DRYDOCK_LOAD", str(TARGET / "release" / "drydock-load"))
DESKTOP = os.environ.get("DRYDOCK_DESKTOP", str(TARGET / "release" / "drydock-desktop"))
WORK = Path(os.environ.get("DRYDOCK_BENCH_DIR", TARGET / "bench"))


def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def children_of(pid: int) -> list[int]:
    """The process and everything below it."""
    found = [pid]
    for at in found:
        try:
            for task in Path(f"/proc/{at}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def pss_mb(pid: int) -> float:
    """Proportional set size of the whole process tree: shared pages are counted once among those who share them."""
    total_kb = 0
    for at in children_of(pid):
        try:
            for line in Path(f"/proc/{at}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total_kb += int(line.split()[1])
        except OSError:
            continue
    return round(total_kb / 1024, 1)


def machine() -> dict:
    model = next((l.split(":", 1)[1].strip() for l in Path("/proc/cpuinfo").read_text().splitlines() if l.startswith("model name")), platform.machine())
    return {"cpu": model, "cores": os.cpu_count(), "load_1m": round(os.getloadavg()[0], 2)}


def report(result: dict) -> None:
    """The last line, which `cargo xtask bench` reads."""
    print(json.dumps(result | {"machine": machine()}))
