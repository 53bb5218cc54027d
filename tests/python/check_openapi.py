"""What `drydock openapi` prints is OpenAPI 3.1, as an independent validator reads it, and holds every route that
docs/mlflow-compatibility.md, made from the route table, says is answered. Ends with 1 and the reasons where it is not."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

ROOT = Path(__file__).resolve().parents[2]
CLI = os.environ.get("DRYDOCK_CLI", str(ROOT / "target/debug/drydock"))


def mistakes(document: dict) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()]


def shaped(path: str) -> str:
    """MLflow names some parameters otherwise than Drydock: a parameter is a parameter."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def promised() -> set[tuple[str, str]]:
    """Rows of the tables such as `| GET | `/api/2.0/mlflow/runs/get` | supported |`."""
    rows = re.findall(r"^\| ([A-Z]+) \| `(/[^`]*)` \|(.*)$", (ROOT / "docs/mlflow-compatibility.md").read_text(), re.M)
    return {(method, shaped(path)) for method, path, rest in rows if "supported" in rest and "not " not in rest or not rest.strip()}


def main() -> int:
    document = json.loads(subprocess.run([CLI, "openapi"], check=True, capture_output=True).stdout)
    wrong = mistakes(document)
    if not document["openapi"].startswith("3.1."):
        wrong.append(f"it calls itself {document['openapi']}")
    told = {(method.upper(), shaped(path)) for path, item in document["paths"].items() for method in item}
    wanted = promised()
    if len(wanted) < 100:
        wrong.append(f"only {len(wanted)} routes were read from the table: has its form changed?")
    wrong += [f"{method} {path} is answered and not described" for method, path in sorted(wanted - told)]
    # The validator itself is tried: an answer needs a description.
    broken = copy.deepcopy(document)
    del broken["components"]["responses"]["Error"]["description"]
    if not mistakes(broken):
        wrong.append("the validator finds nothing wrong with an answer without a description")
    print("\n".join(wrong) or f"{len(told)} operations at {len(document['paths'])} paths, all {len(wanted)} of the table among them")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
