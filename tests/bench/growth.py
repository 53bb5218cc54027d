"""How reads grow with what a workspace holds: runs for searches and the run table, points of one series for its chart.

`drydock-growth` fills databases of several sizes and asks them; `DRYDOCK_BENCH_QUICK=1` leaves the largest sizes out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from common import LOAD, report

QUICK = ["--runs", "1000,10000", "--points", "10000,1000000"]
DATABASES = os.environ.get("DRYDOCK_BENCH_DATABASES", "sqlite,postgres")


def main() -> int:
    command = [str(Path(LOAD).with_name("drydock-growth")), "--databases", DATABASES]
    if os.environ.get("DRYDOCK_BENCH_QUICK") == "1":
        command += QUICK
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=3_600, check=True)
    report(json.loads(said.stdout.splitlines()[-1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
