"""Layout of transformer graphs of 1,000, 10,000 and 100,000 nodes, with one mask that feeds every block and without: ours
against dagre and elkjs, the layout libraries of the browser, on the same nodes and lines.

A library that is not done within the limit is told as that, and spared the larger graphs of the same kind.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from common import WORK, median, report

HERE = Path(__file__).resolve().parent / "layout"
MAKE = os.environ["DRYDOCK_MAKE_MODEL"]
QUICK = os.environ.get("DRYDOCK_BENCH_QUICK") == "1"
LIMIT_S = 20 if QUICK else 120
BLOCKS = [53, 526] if QUICK else [53, 526, 5263]  # of 19 nodes each
PEERS = ("dagre", "elk")
ROUNDS = 3


def ours(model: Path) -> dict:
    """Folded, as the window shows it first, and whole; the shortest of a few."""
    rounds = [json.loads(subprocess.run([MAKE, "draw", str(model), "--json"], capture_output=True, text=True, check=True).stdout) for _ in range(ROUNDS)]
    assert all(each["whole"]["overlaps"] == 0 and each["folded"]["overlaps"] == 0 for each in rounds), rounds
    return {
        "nodes": rounds[0]["whole"]["nodes"],
        "boxes": rounds[0]["whole"]["boxes"],
        "whole_ms": round(median([each["whole"]["ms"] for each in rounds]), 2),
        "folded_ms": round(median([each["folded"]["ms"] for each in rounds]), 2),
        "overlaps": 0,
    }


def peer(library: str, graph: Path) -> float | str:
    """Milliseconds, or why there are none."""
    command = ["node", "--stack-size=20000", "--max-old-space-size=6144", str(HERE / "peer.mjs"), library, str(graph)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, cwd=HERE)
    except subprocess.TimeoutExpired:
        return f"not within {LIMIT_S} s"
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "Error" in line]
        return f"failed: {said[0].strip()[:100] if said else f'exit {done.returncode}'}"
    return round(json.loads(done.stdout.splitlines()[-1])["ms"], 1)


def main() -> int:
    WORK.mkdir(parents=True, exist_ok=True)
    result: dict = {"limit_s": LIMIT_S}
    for mask in (False, True):
        spared: dict[str, str] = {}
        for blocks in BLOCKS:
            model, graph = WORK / "tower.onnx", WORK / "tower.json"
            subprocess.run([MAKE, "tower", str(blocks), str(model), *(["--mask"] if mask else [])], check=True)
            subprocess.run([MAKE, "lines", str(model), str(graph)], check=True)
            seen = ours(model)
            for library in PEERS:
                took = spared.get(library) or peer(library, graph)
                seen[f"{library}_ms"] = took
                if isinstance(took, float):
                    seen[f"times_faster_than_{library}"] = round(took / seen["whole_ms"], 1)
                else:
                    spared[library] = took if took.startswith("not tried") else f"not tried: at fewer nodes {took}"
            result[f"{seen['nodes']}_nodes{'_mask' if mask else ''}"] = seen
            model.unlink()
            graph.unlink()
    report(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
