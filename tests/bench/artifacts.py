"""Artifacts: 256 MB on a folder, and 5 GB on MinIO through the server, by a push, and by curl straight to MinIO.

The 5 GB file is sparse; what MinIO stores is not. Memory is the peak resident size of the server over its whole life.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import CLI, WORK, median, report
from harness import Server
from minio import ACCESS_KEY, BUCKET, SECRET_KEY, Minio

QUICK = os.environ.get("DRYDOCK_BENCH_QUICK") == "1"
LARGE = 500_000_000 if QUICK else 5_000_000_000
SMALL = 256 * 1024 * 1024
REPEATS = 3
ROUTE = "api/2.0/mlflow-artifacts/artifacts/0/bench/artifacts"


def curl(*words: str) -> float:
    began = time.monotonic()
    done = subprocess.run(["curl", "-sS", "--fail", "-o", "/dev/null", *words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"curl {words}: {done.stderr}")
    return time.monotonic() - began


def speed(size: int, seconds: float) -> float:
    return round(size / seconds / 1e6, 1)


def peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def sparse(path: Path, size: int, first: bytes) -> Path:
    """Each measurement has bytes of its own: equal ones would not be sent twice."""
    with open(path, "wb") as file:
        file.write(first)
        file.truncate(size)
    return path


def on_folder(folder: Path) -> dict:
    server = Server(folder / "local")
    ups, downs = [], []
    try:
        for n in range(REPEATS):
            file = sparse(folder / "small", SMALL, bytes([n + 1]))
            url = f"{server.address}/{ROUTE}/{n}"
            ups.append(speed(SMALL, curl("-T", str(file), url)))
            downs.append(speed(SMALL, curl(url)))
        return {"folder_256mb_up_mb_per_s": median(ups), "folder_256mb_down_mb_per_s": median(downs), "folder_peak_rss_mb": peak_mb(server.process.pid)}
    finally:
        server.stop()


def raw(minio: Minio, folder: Path) -> dict:
    signed = ["--user", f"{ACCESS_KEY}:{SECRET_KEY}", "--aws-sigv4", "aws:amz:us-east-1:s3"]
    url = f"{minio.endpoint}/{BUCKET}/raw"
    up = curl("-T", str(sparse(folder / "raw", LARGE, b"r")), *signed, url)
    down = curl(*signed, url)
    subprocess.run(["curl", "-sS", "-X", "DELETE", *signed, url], check=True)
    return {"curl_up_mb_per_s": speed(LARGE, up), "curl_down_mb_per_s": speed(LARGE, down)}


def through_server(minio: Minio, folder: Path) -> dict:
    os.environ.update(minio.environment("proxied"))
    server = Server(folder / "team")
    try:
        idle = peak_mb(server.process.pid)
        url = f"{server.address}/{ROUTE}/large"
        up = curl("-T", str(sparse(folder / "large", LARGE, b"s")), url)
        down = curl(url)
        return {
            "server_up_mb_per_s": speed(LARGE, up),
            "server_down_mb_per_s": speed(LARGE, down),
            "server_idle_rss_mb": idle,
            "server_peak_rss_mb": peak_mb(server.process.pid),
        }
    finally:
        server.stop()


def pushed(minio: Minio, folder: Path) -> dict:
    file = sparse(folder / "pushed", LARGE, b"p")
    command = [CLI, "push", str(file), "0/bench/artifacts/pushed", "--json", "--data-dir", str(folder / "push")]
    began, peak = time.monotonic(), 0.0
    process = subprocess.Popen(command, env=os.environ | minio.environment("pushed"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            peak = max(peak, peak_mb(process.pid))
        except OSError:
            pass
        time.sleep(0.1)
    if process.returncode:
        raise RuntimeError("the push failed")
    return {"push_mb_per_s": speed(LARGE, time.monotonic() - began), "push_peak_rss_mb": peak}


def main() -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=WORK))
    result = {"large_bytes": LARGE, "small_bytes": SMALL}
    try:
        result |= on_folder(folder)
        # A MinIO of its own for each, so that 5 GB at a time lie on the disk, and twice that while the server copies.
        for name, measure in [("raw", raw), ("server", through_server), ("push", pushed)]:
            place = folder / f"minio-{name}"
            minio = Minio(place)
            try:
                result |= measure(minio, folder)
            finally:
                minio.stop()
                shutil.rmtree(place, ignore_errors=True)
            print(result, file=sys.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report(result)


main()
