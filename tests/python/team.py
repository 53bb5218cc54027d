"""A team's workspace for the client suites: PostgreSQL, MinIO, three Drydock servers, and nginx before them.

Everything is private to one test session: a folder, free ports, gone at the end. `DRYDOCK_MINIO` names the MinIO binary.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path

from harness import Server, eventually

SERVERS = 3
BUCKET = "drydock"
KEYS = {"MINIO_ROOT_USER": "drydock-test", "MINIO_ROOT_PASSWORD": "drydock-test-secret"}

NGINX_CONF = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 0;
  # A load of thousands of requests goes over one connection.
  keepalive_requests 1000000;
  upstream drydock {{ {servers} keepalive 32; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://drydock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_request_buffering off;
      proxy_buffering off;
    }}
  }}
}}
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def unprivileged() -> dict:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres" if any(u.pw_name == "postgres" for u in pwd.getpwall()) else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "cwd": "/"}


def postgres_program(name: str) -> str:
    for major in range(18, 14, -1):
        path = Path(f"/usr/lib/postgresql/{major}/bin/{name}")
        if path.exists():
            return str(path)
    found = shutil.which(name)
    assert found, f"{name} of PostgreSQL 15 or newer is needed: install postgresql"
    return found


class Postgres:
    """A private server; with `of`, a streaming replica of that one."""

    def __init__(self, folder: Path, of: Postgres | None = None):
        folder.mkdir()
        self.port, self._as = free_port(), unprivileged()
        if self._as:
            os.chown(folder, self._as["user"], self._as["group"])
            for above in list(folder.parents)[:3]:
                above.chmod(above.stat().st_mode | 0o011)
        data = folder / "data"
        initdb = [postgres_program("initdb"), "--auth=trust", "--username=drydock", "--encoding=UTF8", "--no-locale", "--no-sync", "-D", data]
        if of:
            initdb = [
                postgres_program("pg_basebackup"), "-h", "127.0.0.1", "-p", str(of.port), "-U", "drydock",
                "--checkpoint=fast", "--no-sync", "-X", "stream", "-R", "-D", data,
            ]  # fmt: skip
        subprocess.run(initdb, check=True, capture_output=True, **self._as)
        self.process = subprocess.Popen(
            [postgres_program("postgres"), "-D", data, "-p", str(self.port), "-h", "127.0.0.1", "-k", folder],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._as,
        )
        ready = [postgres_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        eventually(60, lambda: True if subprocess.run(ready).returncode == 0 else None)
        self.url = f"postgres://drydock@127.0.0.1:{self.port}/postgres"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class Minio:
    def __init__(self, folder: Path):
        program = os.environ.get("DRYDOCK_MINIO") or shutil.which("minio")
        assert program, "DRYDOCK_MINIO does not name a MinIO server, and none is on the PATH"
        # A folder of the drive is a bucket.
        (folder / BUCKET).mkdir(parents=True)
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        command = [program, "server", "--quiet", "--address", f"127.0.0.1:{port}", "--console-address", f"127.0.0.1:{free_port()}", folder]
        self.process = subprocess.Popen(command, env={**os.environ, **KEYS}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(60, lambda: answers(f"{self.endpoint}/minio/health/ready"))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class Nginx:
    def __init__(self, folder: Path, port: int, servers: list[Server]):
        folder.mkdir()
        lines = " ".join(f"server {server.address.removeprefix('http://')};" for server in servers)
        conf = folder / "nginx.conf"
        conf.write_text(NGINX_CONF.format(folder=folder, port=port, servers=lines))
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        # As root, nginx would give its files to another account.
        more = ["-g", "user root;"] if os.getuid() == 0 else []
        self.process = subprocess.Popen([program, "-c", str(conf), "-p", str(folder), *more], stderr=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{port}"
        eventually(30, lambda: answers(f"{self.address}/health"))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def answers(url: str) -> bool | None:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return True if answer.status == 200 else None
    except OSError:
        return None


class Team:
    """`address` is nginx's; `servers` are those behind it."""

    def __init__(self, folder: Path, replica: bool = False):
        self._stops = []
        try:
            self._start(folder, replica)
        except BaseException:
            self.stop()
            raise

    def _start(self, folder: Path, replica: bool) -> None:
        postgres = self._kept(Postgres(folder / "postgres"))
        minio = self._kept(Minio(folder / "minio"))
        port = free_port()
        os.environ["DRYDOCK_S3_ACCESS_KEY"] = KEYS["MINIO_ROOT_USER"]
        os.environ["DRYDOCK_S3_SECRET_KEY"] = KEYS["MINIO_ROOT_PASSWORD"]
        shared = [
            "--database-url", postgres.url,
            "--artifact-root", f"s3://{BUCKET}/team", "--s3-endpoint", minio.endpoint,
            "--allowed-host", f"127.0.0.1:{port}",
        ]
        if replica:
            shared += ["--replica-url", self._kept(Postgres(folder / "replica", of=postgres)).url]
        self.servers = []
        for n in range(SERVERS):
            self.servers.append(Server(folder / f"server{n}", *shared))
        self.address = self._kept(Nginx(folder / "nginx", port, self.servers)).address

    def _kept(self, part):
        self._stops.append(part.stop)
        return part

    def stop(self) -> list[int]:
        """Exit codes of the servers; everything ends, whatever fails."""
        codes = [server.stop() for server in getattr(self, "servers", [])]
        for stop in reversed(self._stops):
            stop()
        return codes
