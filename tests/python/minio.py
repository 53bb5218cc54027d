"""A private MinIO with one bucket, for the suites that need S3; its program is the one `cargo xtask` keeps."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

ACCESS_KEY = "drydock"
SECRET_KEY = "drydock-secret"
BUCKET = "desk"


def program() -> str:
    named = os.environ.get("DRYDOCK_MINIO")
    cached = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "drydock/tools/minio"
    found = named or (str(cached) if cached.exists() else shutil.which("minio"))
    if not found:
        raise RuntimeError("no minio found: run `cargo xtask test`, which gets it, or set DRYDOCK_MINIO to the program")
    return found


class Minio:
    def __init__(self, folder: Path):
        (folder / "data" / BUCKET).mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.log = open(folder / "minio.log", "ab")
        command = [program(), "server", "--quiet", "--address", f"127.0.0.1:{self.port}", "--console-address", "127.0.0.1:0", str(folder / "data")]
        more = {"MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET_KEY, "MINIO_BROWSER": "off", "MINIO_UPDATE": "off"}
        self.process = subprocess.Popen(command, env=os.environ | more, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.endpoint}/minio/health/cluster", timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError("MinIO did not become ready within 60 s")

    def environment(self, prefix: str = "team") -> dict[str, str]:
        """What makes `drydock` keep its artifacts here."""
        return {
            "DRYDOCK_ARTIFACT_ROOT": f"s3://{BUCKET}/{prefix}",
            "DRYDOCK_S3_ENDPOINT": self.endpoint,
            "DRYDOCK_S3_ACCESS_KEY": ACCESS_KEY,
            "DRYDOCK_S3_SECRET_KEY": SECRET_KEY,
        }

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()
