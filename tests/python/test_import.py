"""`drydock import` from a real `mlflow server` and from folders that clients 3.17 and 2.10 wrote.

What a client sees of the source and of the import must be the same document (see dump_mlflow.py): ids, times, histories,
digests of files, the registry with its gaps.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from harness import Server, cli, eventually
from mlflow.tracking import MlflowClient

HERE = Path(__file__).parent
PYTHON_3 = sys.executable
PYTHON_2 = str(Path(sys.executable).parents[2] / "mlflow210" / Path(sys.executable).parent.name / Path(sys.executable).name)
RUNS = int(os.environ.get("DRYDOCK_IMPORT_RUNS", "200"))
FOLDER_RUNS = 12
# 3.17 writes folders only on demand.
QUIET = {**os.environ, "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false", "PYTHONWARNINGS": "ignore"}


@pytest.fixture(autouse=True)
def tracking():
    """This suite has servers of its own."""


def script(python: str, name: str, *args) -> subprocess.Popen:
    return subprocess.Popen([python, str(HERE / name), *map(str, args)], env=QUIET, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(process: subprocess.Popen) -> str:
    said = process.communicate(timeout=400)[0]
    assert process.returncode == 0, said[-3000:]
    return said


def dump(python: str, uri: str, file: Path) -> dict:
    ended(script(python, "dump_mlflow.py", uri, file))
    return json.loads(file.read_text())


def drydock(data: Path, source, *more: str, expect: int = 0) -> dict:
    """One import; its report."""
    command = [cli(), "import", "--json", "--data-dir", str(data), "--from", str(source), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400)
    assert done.returncode == expect, f"{done.returncode}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
    return json.loads(done.stdout)


def imported(python: str, data: Path, file: Path) -> dict:
    server = Server(data)
    try:
        return dump(python, server.address, file)
    finally:
        server.stop()


def rows_digest(data: Path) -> str:
    """Over every row of the workspace, except the reports of imports, of which each import adds one."""
    with sqlite3.connect(data / "drydock.db") as db:
        tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table' order by name")]
        digest = hashlib.sha256()
        for table in tables:
            if table != "import_reports" and not table.startswith("sqlite_"):
                digest.update(repr([table, sorted(map(repr, db.execute(f'select * from "{table}"')))]).encode())
        return digest.hexdigest()


class Source:
    """A real MLflow server, started while the folders are filled: both take their time."""

    def __init__(self, folder: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.folder = folder
        self.log = open(folder / "server.log", "wb")
        command = [PYTHON_3, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--workers", "1"]
        command += ["--artifacts-destination", str(folder / "artifacts"), "--host", "127.0.0.1", "--port", str(port)]
        self.process = subprocess.Popen(command, env=QUIET, stdout=self.log, stderr=self.log, cwd=folder, start_new_session=True)

    def ready(self) -> None:
        def answers():
            assert self.process.poll() is None, (self.folder / "server.log").read_text()[-2000:]
            try:
                return urllib.request.urlopen(self.address + "/health", timeout=2).status
            except OSError:
                time.sleep(0.2)
                return None

        eventually(300, answers)

    def stop(self) -> None:
        os.killpg(self.process.pid, 15)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()
        self.log.close()


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    """A server with 200 runs and 3 models, and a folder by each client."""
    root = tmp_path_factory.mktemp("sources")
    server = Source(root)
    try:
        folders = {"3": (PYTHON_3, root / "runs317"), "2": (PYTHON_2, root / "runs210")}
        fills = [script(python, "fill_mlflow.py", folder, root / f"scratch-{name}", FOLDER_RUNS) for name, (python, folder) in folders.items()]
        server.ready()
        fills.append(script(PYTHON_3, "fill_mlflow.py", server.address, root / "scratch", RUNS))
        for fill in fills:
            ended(fill)
        yield {"server": server.address, "root": root, **folders}
    finally:
        server.stop()


@pytest.fixture(scope="session")
def source_dump(sources):
    """What the server holds before anything else happens to it."""
    return dump(PYTHON_3, sources["server"], sources["root"] / "source.json")


@pytest.fixture(scope="session")
def workspace(sources, source_dump, tmp_path_factory):
    """The server, imported once."""
    data = tmp_path_factory.mktemp("imported") / "data"
    return data, drydock(data, sources["server"])


def test_a_server_comes_whole(sources, source_dump, workspace, tmp_path):
    data, report = workspace
    points = sum(len(h) for run in source_dump["runs"].values() for h in run["histories"].values())
    owners = [*source_dump["runs"].values(), *source_dump["logged_models"].values()]
    # The client itself writes this one beside a model that it downloads.
    files = sum(name != "registered_model_meta" for owner in owners for name in owner["files"])
    assert report["problems"] == [] and report["outcome"] == "finished"
    assert report["runs"]["brought"] == len(source_dump["runs"]) == RUNS + 3
    assert report["experiments"]["brought"] == 4
    assert report["models"]["brought"] == 3
    assert report["versions"]["brought"] == 5
    assert report["points"] == points
    assert report["artifacts"] == files
    assert report["loggedModels"]["brought"] == len(source_dump["logged_models"]) == 2
    here = imported(PYTHON_3, data, tmp_path / "here.json")
    assert here == source_dump


def test_a_second_import_changes_nothing(sources, workspace):
    data, _ = workspace
    before = rows_digest(data)
    report = drydock(data, sources["server"])
    assert rows_digest(data) == before
    for kind in ("experiments", "runs", "loggedModels", "models", "versions"):
        assert report[kind]["brought"] == report[kind]["updated"] == report[kind]["leftOut"] == 0
    assert report["runs"]["unchanged"] == RUNS + 3
    assert (report["points"], report["artifacts"]) == (0, 0)


def test_a_killed_import_goes_on(sources, source_dump, tmp_path):
    data = tmp_path / "data"
    command = [cli(), "import", "--data-dir", str(data), "--from", sources["server"]]

    def count(what: str) -> int:
        try:
            with sqlite3.connect(f"file:{data}/drydock.db?mode=ro", uri=True) as db:
                return db.execute(what).fetchone()[0]
        except sqlite3.Error:
            return 0

    for wanted in (1, RUNS // 2):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(60, lambda wanted=wanted: count("select count(*) from runs") >= wanted or process.poll() is not None or None)
        process.kill()
        process.wait()
    done = count("select count(*) from import_items where kind = 'run' and state = 'done'")
    assert done < RUNS + 3, "the kill came too late to prove anything"
    report = drydock(data, sources["server"])
    assert report["runs"]["brought"] + report["runs"]["unchanged"] == RUNS + 3
    assert imported(PYTHON_3, data, tmp_path / "here.json") == source_dump


def test_what_grew_at_the_source_is_brought_up_to_date(sources, source_dump, workspace, tmp_path):
    data, _ = workspace
    client = MlflowClient(sources["server"], sources["server"])
    run_id = next(id for id, run in sorted(source_dump["runs"].items()) if run["info"]["status"] == "RUNNING" and run["info"]["lifecycle_stage"] == "active")
    finished = next(id for id, run in sorted(source_dump["runs"].items()) if run["info"]["status"] == "FINISHED" and run["info"]["lifecycle_stage"] == "active")
    for step in range(40, 60):
        client.log_metric(run_id, "loss", 0.01, 1_700_000_100_000 + step, step)
    client.set_tag(run_id, "late", "yes")
    client.log_param(run_id, "late", "1")
    client.set_terminated(run_id, "FINISHED")
    client.log_text(finished, "written after the end", "late/note.txt")
    client.set_registered_model_alias("regime", "late", "5")
    client.transition_model_version_stage("regime", "5", "Staging")
    report = drydock(data, sources["server"])
    assert report["runs"]["updated"] == 2
    assert report["versions"]["updated"] == 1 and report["models"]["updated"] == 1
    grown = dump(PYTHON_3, sources["server"], tmp_path / "grown.json")
    assert imported(PYTHON_3, data, tmp_path / "here.json") == grown
    # And the restored order of the world: nothing more to do.
    before = rows_digest(data)
    drydock(data, sources["server"])
    assert rows_digest(data) == before


@pytest.mark.parametrize("version", ["3", "2"])
def test_a_folder_comes_whole(sources, version, tmp_path):
    python, folder = sources[version]
    report = drydock(tmp_path / "data", folder)
    assert report["problems"] == []
    assert report["runs"]["brought"] == FOLDER_RUNS + 3
    assert report["versions"]["brought"] == 5
    there = dump(python, str(folder), tmp_path / "there.json")
    assert imported(python, tmp_path / "data", tmp_path / "here.json") == there
    before = rows_digest(tmp_path / "data")
    drydock(tmp_path / "data", folder)
    assert rows_digest(tmp_path / "data") == before


def test_what_cannot_come_is_told_and_the_rest_comes(sources, tmp_path):
    folder = tmp_path / "mlruns"
    original = sources["2"][1]
    shutil.copytree(original, folder)
    for meta in folder.glob("**/meta.yaml"):
        meta.write_text(meta.read_text().replace(str(original), str(folder)))
    runs = sorted(path for path in folder.glob("*/*/meta.yaml") if path.parts[-3] not in ("models", ".trash") and (path.parent / "metrics/loss").exists())
    broken, far = runs[0], runs[1]
    broken.write_text("run_id: x\nname: 'never closed\n")
    text = far.read_text().splitlines()
    far.write_text("\n".join("artifact_uri: s3://bucket/far" if line.startswith("artifact_uri") else line for line in text) + "\n")
    with open(next((far.parent / "metrics").glob("loss")), "a") as history:
        history.write("no point at all\n")
    (runs[2].parent / "artifacts" / "elsewhere").symlink_to("/etc/hostname")
    report = drydock(tmp_path / "data", folder, expect=1)
    told = {problem["subject"]: problem["message"] for problem in report["problems"]}
    assert any(subject.startswith(f"{broken}:") for subject in told), told
    line = next(message for subject, message in told.items() if subject.startswith(f"{far.parent}/metrics/loss:"))
    assert "no point at all" in line
    assert any("s3://bucket/far" in message for message in told.values()), told
    assert any("elsewhere" in subject for subject in told), told
    assert report["runs"]["leftOut"] == 1 and report["experiments"]["brought"] == 4
    assert report["runs"]["brought"] == FOLDER_RUNS + 2


def test_taken_names_are_kept_apart(sources, tmp_path):
    data = tmp_path / "data"
    drydock(data, sources["3"][1])
    report = drydock(data, sources["2"][1])
    told = {note["subject"]: note["message"] for note in report["notes"]}
    assert "its runs are added to it" in told["experiment 'trends'"]
    assert "'regime-imported'" in told["model 'regime'"]
    here = imported(PYTHON_3, data, tmp_path / "here.json")
    assert len(here["runs"]) == 2 * (FOLDER_RUNS + 3)
    assert sorted(here["models"]) == ["empty model", "regime", "regime-imported", "sizing", "sizing-imported"]


def test_a_choice_comes_alone(sources, tmp_path):
    folder = sources["3"][1]
    preview = drydock(tmp_path / "none", folder, "--dry-run")
    assert (preview["runs"], preview["models"], preview["versions"]) == (FOLDER_RUNS + 3, 3, 5)
    with sqlite3.connect(tmp_path / "none" / "drydock.db") as db:
        assert db.execute("select count(*) from runs").fetchone() == (0,)
    one = drydock(tmp_path / "one", folder, "--experiment", "carry / ünicode", "--no-artifacts")
    assert one["experiments"]["brought"] == 1 and one["models"]["brought"] == 0 and one["artifacts"] == 0
    assert one["runs"]["brought"] == FOLDER_RUNS // 3
    models = drydock(tmp_path / "models", folder, "--models-only")
    assert models["models"]["brought"] == 3 and models["versions"]["brought"] == 5
    assert models["runs"]["brought"] == 3 and models["problems"] == []
    drydock(tmp_path / "one", folder, "--experiment", "no such thing", expect=3)
    drydock(tmp_path / "one", tmp_path, expect=3)
