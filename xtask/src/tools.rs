//! Where things lie, and how another program is started.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

/// The folders that every subject needs.
pub struct Paths {
    pub root: PathBuf,
    /// Cargo's target folder; `CARGO_TARGET_DIR` moves it.
    pub target: PathBuf,
    /// What survives a fresh clone: ONNX Runtime and cargo-deny.
    pub cache: PathBuf,
}

impl Paths {
    pub fn find() -> Result<Self> {
        let here = env::current_dir().context("the current folder cannot be read")?;
        let root = env::var_os("CARGO_MANIFEST_DIR")
            .and_then(|xtask| PathBuf::from(xtask).parent().map(Path::to_path_buf))
            .or_else(|| {
                here.ancestors()
                    .find(|p| p.join("tauri.conf.json").exists())
                    .map(Path::to_path_buf)
            })
            .context(
                "run this inside the repository: no tauri.conf.json above the current folder",
            )?;
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => here.join(dir),
            None => root.join("target"),
        };
        Ok(Self {
            root,
            target,
            cache: cache_dir()?.join("drydock"),
        })
    }

    pub fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    pub fn e2e(&self) -> PathBuf {
        self.root.join("tests/e2e")
    }

    /// A program that `profile` ("debug" or "release") built.
    pub fn built(&self, profile: &str, name: &str) -> PathBuf {
        self.target
            .join(profile)
            .join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }
}

/// As the engine looks for it (`engine/src/runtime.rs`).
fn cache_dir() -> Result<PathBuf> {
    if cfg!(windows) {
        return env::var_os("LOCALAPPDATA")
            .map(PathBuf::from)
            .context("LOCALAPPDATA is not set");
    }
    if let Some(dir) = env::var_os("XDG_CACHE_HOME").filter(|d| Path::new(d).is_absolute()) {
        return Ok(dir.into());
    }
    Ok(env::var_os("HOME")
        .map(PathBuf::from)
        .context("HOME is not set")?
        .join(".cache"))
}

/// A command that runs in `dir`. npm is a script on Windows, so it needs its suffix there.
pub fn command(program: &str, dir: &Path, args: &[&str]) -> Command {
    let program = if cfg!(windows) && program == "npm" {
        "npm.cmd"
    } else {
        program
    };
    let mut command = Command::new(program);
    command.args(args).current_dir(dir);
    command
}

/// Runs to the end with its output in `target/logs/NAME.log`; a failure shows the last lines of it.
pub fn quiet(paths: &Paths, name: &str, mut command: Command) -> Result<Duration> {
    let logs = paths.target.join("logs");
    fs::create_dir_all(&logs)?;
    let log = logs.join(format!("{name}.log"));
    let out = File::create(&log)?;
    let began = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        .status()
        .with_context(|| format!("{name}: {:?} cannot be started", command.get_program()))?;
    if !status.success() {
        bail!(
            "{name}: {status}\n{}\n(all of it: {})",
            tail(&log, 40),
            log.display()
        );
    }
    Ok(began.elapsed())
}

fn tail(file: &Path, lines: usize) -> String {
    let text = fs::read(file)
        .map(|b| String::from_utf8_lossy(&b).into_owned())
        .unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// What a program said and how it ended.
pub struct Said {
    pub success: bool,
    pub output: String,
}

/// Runs to the end, showing every line as it comes and keeping them all.
pub fn shown(mut command: Command) -> Result<Said> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    let kept = Mutex::new(String::new());
    let streams: [Option<Box<dyn std::io::Read + Send>>; 2] = [
        child.stdout.take().map(|s| Box::new(s) as _),
        child.stderr.take().map(|s| Box::new(s) as _),
    ];
    thread::scope(|scope| {
        for stream in streams.into_iter().flatten() {
            let kept = &kept;
            scope.spawn(move || {
                let mut reader = BufReader::new(stream);
                let mut line = Vec::new();
                while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                    let text = String::from_utf8_lossy(&line);
                    print!("{text}");
                    std::io::stdout().flush().ok();
                    if let Ok(mut kept) = kept.lock() {
                        kept.push_str(&text);
                    }
                    line.clear();
                }
            });
        }
    });
    let success = child.wait()?.success();
    Ok(Said {
        success,
        output: kept.into_inner().unwrap_or_default(),
    })
}

/// Standard output of a program that must succeed; its standard error stays on the screen.
pub fn stdout_of(mut command: Command) -> Result<String> {
    let done = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    if !done.status.success() {
        bail!(
            "{command:?} ended with {}\n{}",
            done.status,
            String::from_utf8_lossy(&done.stdout)
        );
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// `program`, ended with its children when it takes longer than `limit` (where coreutils has `timeout`).
pub fn limited(limit: Duration, dir: &Path, program: &[&str]) -> Command {
    let limit = format!("{}s", limit.as_secs());
    let mut args = vec!["--kill-after=10s", &limit];
    args.extend(program);
    match program {
        _ if cfg!(target_os = "linux") => command("timeout", dir, &args),
        [first, rest @ ..] => command(first, dir, rest),
        [] => command("", dir, &[]),
    }
}

/// First line of `program args`, or `None` where it is not installed.
pub fn version_of(program: &str, args: &[&str]) -> Option<String> {
    let done = command(program, Path::new("."), args)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = if done.stdout.is_empty() {
        done.stderr
    } else {
        done.stdout
    };
    String::from_utf8_lossy(&text)
        .lines()
        .next()
        .map(|l| l.trim().to_owned())
        .filter(|_| done.status.success())
}

/// Does `stamp` already hold the digest of `inputs`? Warm runs skip the work then.
pub fn is_fresh(stamp: &Path, inputs: &[&Path]) -> Result<bool> {
    Ok(fs::read_to_string(stamp).is_ok_and(|was| digest(inputs).is_ok_and(|is| is == was)))
}

pub fn set_stamp(stamp: &Path, inputs: &[&Path]) -> Result<()> {
    fs::write(stamp, digest(inputs)?)
        .with_context(|| format!("{} cannot be written", stamp.display()))
}

pub fn digest(inputs: &[&Path]) -> Result<String> {
    let mut hash = Sha256::new();
    for input in inputs {
        hash.update(
            fs::read(input).with_context(|| format!("{} cannot be read", input.display()))?,
        );
    }
    Ok(hex::encode(hash.finalize()))
}

pub fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

/// One line of a tour: what was done, its figure.
pub fn step(name: &str, figure: &str) {
    println!("{name:<22} {figure}");
}
