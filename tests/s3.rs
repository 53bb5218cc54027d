//! A private S3 server for one test: MinIO or s3s-fs, in a temporary folder, on a free port, gone with its value.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const BUCKET: &str = "desk";
pub const ACCESS_KEY: &str = "drydock";
pub const SECRET_KEY: &str = "drydock-secret";

/// Which program serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    MinIo,
    /// `s3s-fs`, an independent server that cargo installs.
    Second,
}

/// A running server with an empty bucket; dropping it stops it and removes its files.
pub struct Server {
    process: Child,
    port: u16,
    scheme: &'static str,
    folder: tempfile::TempDir,
}

impl Server {
    pub fn start(kind: Kind) -> Result<Self, String> {
        Self::start_with(kind, None)
    }

    /// MinIO behind TLS, with a certificate and key that `make` writes into the folder it is given.
    pub fn start_tls(make: impl FnOnce(&Path) -> Result<(), String>) -> Result<Self, String> {
        let folder = new_folder()?;
        make(folder.path())?;
        Self::start_in(Kind::MinIo, folder, true, None)
    }

    /// MinIO that asks the policy service at this address what each request may do, even with the first key.
    pub fn start_ruled(policy: &str) -> Result<Self, String> {
        Self::start_in(Kind::MinIo, new_folder()?, false, Some(policy))
    }

    fn start_with(kind: Kind, folder: Option<tempfile::TempDir>) -> Result<Self, String> {
        let folder = folder.map_or_else(new_folder, Ok)?;
        Self::start_in(kind, folder, false, None)
    }

    fn start_in(
        kind: Kind,
        folder: tempfile::TempDir,
        tls: bool,
        policy: Option<&str>,
    ) -> Result<Self, String> {
        let program = program(kind)?;
        let data = folder.path().join("data");
        std::fs::create_dir_all(data.join(BUCKET)).map_err(|e| format!("no folder: {e}"))?;
        let port = free_port()?;
        let log = File::create(folder.path().join("log")).map_err(|e| format!("no log: {e}"))?;
        let errors = log.try_clone().map_err(|e| format!("no log: {e}"))?;
        let mut command = Command::new(&program);
        match kind {
            Kind::MinIo => command
                .args(["server", "--quiet", "--address"])
                .arg(format!("127.0.0.1:{port}"))
                .args(["--console-address", "127.0.0.1:0", "--certs-dir"])
                .arg(folder.path())
                .arg(&data)
                .env("MINIO_ROOT_USER", ACCESS_KEY)
                .env("MINIO_ROOT_PASSWORD", SECRET_KEY)
                .env("MINIO_BROWSER", "off")
                .env("MINIO_UPDATE", "off"),
            Kind::Second => command
                .args(["--host", "127.0.0.1", "--port", &port.to_string()])
                .args(["--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY])
                .arg(&data)
                .env("RUST_LOG", "error"),
        };
        if let Some(policy) = policy {
            command.env("MINIO_POLICY_PLUGIN_URL", policy);
        }
        let process = command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("cannot start {}: {e}", program.display()))?;
        let server = Self {
            process,
            port,
            scheme: if tls { "https" } else { "http" },
            folder,
        };
        server.wait_until_ready(kind, tls)?;
        Ok(server)
    }

    pub fn endpoint(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Where the server keeps its certificate, its log and its data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn wait_until_ready(&self, kind: Kind, tls: bool) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            let ready = if tls {
                TcpStream::connect(("127.0.0.1", self.port)).is_ok()
            } else {
                self.answers(kind)
            };
            if ready {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        Err(format!("{kind:?} did not become ready within 60 s: {log}"))
    }

    fn answers(&self, kind: Kind) -> bool {
        let path = match kind {
            Kind::MinIo => "/minio/health/cluster",
            Kind::Second => "/",
        };
        let Ok(mut socket) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return false;
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        );
        let mut answer = String::new();
        let _ = socket.set_read_timeout(Some(Duration::from_secs(5)));
        socket.write_all(request.as_bytes()).is_ok()
            && socket.read_to_string(&mut answer).is_ok()
            && answer.starts_with("HTTP/1.1 ")
            && (kind == Kind::Second || answer.starts_with("HTTP/1.1 200"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn new_folder() -> Result<tempfile::TempDir, String> {
    tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))
}

fn free_port() -> Result<u16, String> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| format!("no free port: {e}"))
}

/// Named by the environment, as `cargo xtask test` does, else where `cargo xtask` keeps it, else on the PATH.
fn program(kind: Kind) -> Result<PathBuf, String> {
    let (variable, cached, name) = match kind {
        Kind::MinIo => ("DRYDOCK_MINIO", "minio", "minio"),
        Kind::Second => ("DRYDOCK_S3_SECOND", "s3s-fs-0.14.1/bin/s3s-fs", "s3s-fs"),
    };
    if let Some(named) = std::env::var_os(variable) {
        return Ok(named.into());
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"),
        PathBuf::from,
    );
    let cached = cache.join("drydock/tools").join(cached);
    let on_path = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .unwrap_or_default();
    std::iter::once(cached)
        .chain(on_path.into_iter().map(|folder| folder.join(name)))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            format!("no {name} found: run `cargo xtask test`, which gets it, or set {variable} to the program")
        })
}
