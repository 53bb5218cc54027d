//! A real `drydock server` on a folder of its own, and the `drydock` command line against it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::tools::{Paths, command};

/// Long enough for a debug build on a loaded machine; a healthy server needs a fraction of a second.
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(15);

pub struct Server {
    child: Child,
    pub address: String,
    pub took: Duration,
}

impl Server {
    /// Starts `drydock server` and waits for the line that says where it listens.
    pub fn start(
        paths: &Paths,
        cli: &Path,
        runtime: &Path,
        data_dir: &Path,
        more: &[&str],
    ) -> Result<Self> {
        fs::create_dir_all(paths.target.join("logs"))?;
        let log = paths.target.join("logs/drydock-server.log");
        let began = Instant::now();
        let port = free_port(5000)?.to_string();
        let mut child = drydock(paths, cli, runtime)
            .args([
                "server",
                "--json",
                "--host",
                "127.0.0.1",
                "--port",
                &port,
                "--data-dir",
            ])
            .arg(data_dir)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("{} cannot be started", cli.display()))?;
        let said = child
            .stdout
            .take()
            .context("the server has no standard output")?;
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            // Read to the end, so that the server never blocks on a full pipe.
            for line in BufReader::new(said).lines().map_while(std::io::Result::ok) {
                if let Some(address) = listening(&line) {
                    tell.send(address).ok();
                }
            }
        });
        match told.recv_timeout(START_LIMIT) {
            Ok(address) => Ok(Self {
                child,
                address,
                took: began.elapsed(),
            }),
            Err(_) => {
                child.kill().ok();
                child.wait().ok();
                bail!(
                    "drydock server never said where it listens:\n{}",
                    fs::read_to_string(&log).unwrap_or_default()
                )
            }
        }
    }

    /// Asks it to stop and waits for a clean end.
    pub fn stop(mut self) -> Result<Duration> {
        let began = Instant::now();
        if cfg!(unix) {
            let pid = self.child.id().to_string();
            Command::new("kill").args(["-TERM", &pid]).status()?;
        } else {
            self.child.kill()?;
        }
        while began.elapsed() < STOP_LIMIT {
            if let Some(status) = self.child.try_wait()? {
                if status.success() || !cfg!(unix) {
                    return Ok(began.elapsed());
                }
                bail!("the server ended with {status} on SIGTERM");
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!(
            "the server did not stop within {} s of SIGTERM",
            STOP_LIMIT.as_secs()
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn listening(line: &str) -> Option<String> {
    let said: Value = serde_json::from_str(line).ok()?;
    (said["event"] == "listening")
        .then(|| said["address"].as_str().map(str::to_owned))
        .flatten()
}

/// `wished` if nobody holds it, else any free one.
pub fn free_port(wished: u16) -> Result<u16> {
    let socket = TcpListener::bind(("127.0.0.1", wished))
        .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))?;
    Ok(socket.local_addr()?.port())
}

fn drydock(paths: &Paths, cli: &Path, runtime: &Path) -> Command {
    let mut drydock = command(&cli.to_string_lossy(), &paths.root, &[]);
    drydock.env("DRYDOCK_ONNXRUNTIME", runtime);
    drydock
}

/// `drydock ... --json`: the exit status and the object it printed.
pub struct Cli<'a> {
    pub paths: &'a Paths,
    pub program: PathBuf,
    pub runtime: PathBuf,
    pub data_dir: PathBuf,
}

impl Cli<'_> {
    pub fn json(&self, args: &[&str]) -> Result<(i32, Value)> {
        let said = drydock(self.paths, &self.program, &self.runtime)
            .args(args)
            .arg("--json")
            .arg("--data-dir")
            .arg(&self.data_dir)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{} cannot be started", self.program.display()))?;
        let text = String::from_utf8_lossy(&said.stdout);
        let code = said.status.code().unwrap_or(-1);
        // Pretty or on one line: the whole of standard output is one object; server events aside, nothing precedes it.
        let value = serde_json::from_str(text.trim()).map_err(|e| {
            let error = String::from_utf8_lossy(&said.stderr);
            anyhow!(
                "drydock {} (exit {code}) printed no JSON: {e}\n{text}\n{error}",
                args.join(" ")
            )
        })?;
        Ok((code, value))
    }
}

/// A number or a text somewhere inside an answer, or an error that names the place.
pub fn at<'v>(value: &'v Value, pointer: &str) -> Result<&'v Value> {
    value
        .pointer(pointer)
        .ok_or_else(|| anyhow!("the answer has no {pointer}: {value}"))
}

pub fn number(value: &Value, pointer: &str) -> Result<f64> {
    at(value, pointer)?
        .as_f64()
        .ok_or_else(|| anyhow!("{pointer} is not a number: {value}"))
}

pub fn text<'v>(value: &'v Value, pointer: &str) -> Result<&'v str> {
    at(value, pointer)?
        .as_str()
        .ok_or_else(|| anyhow!("{pointer} is not a text: {value}"))
}
