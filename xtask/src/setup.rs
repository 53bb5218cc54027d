//! Brings a fresh machine to the point where cargo, npm and Python can work. Warm, it only compares stamps.

use std::path::PathBuf;
use std::thread;

use anyhow::Result;

use crate::tools::{Paths, command, quiet, seconds, step, version_of};
use crate::{apt, node, onnxruntime, python, s3};

pub const CARGO_DENY: &str = "0.20.2";

/// What a subject asks for beyond the window's own tools.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// UI, ONNX Runtime
    Build,
    /// and the current MLflow client, and the window driver
    Tour,
    /// and the old and the slim MLflow client, two S3 servers, and cargo-deny
    Tests,
}

/// Fetches in the background while `compile` keeps the processors busy; both must end well.
pub fn ensure(paths: &Paths, needs: Needs, compile: impl FnOnce() -> Result<()>) -> Result<()> {
    apt::ensure(paths)?;
    thread::scope(|scope| {
        let fetched = scope.spawn(|| fetch(paths, needs));
        let compiled = node::ensure(paths, &paths.ui(), "ui").and_then(|()| compile());
        let fetched = fetched
            .join()
            .unwrap_or_else(|_| anyhow::bail!("the fetching thread panicked"));
        compiled.and(fetched)
    })
}

fn fetch(paths: &Paths, needs: Needs) -> Result<()> {
    onnxruntime::ensure(paths)?;
    if needs == Needs::Build {
        return Ok(());
    }
    node::ensure(paths, &paths.e2e(), "e2e")?;
    python::MLFLOW_3.ensure(paths)?;
    if needs == Needs::Tests {
        python::MLFLOW_2.ensure(paths)?;
        python::MLFLOW_SKINNY.ensure(paths)?;
        python::OPENAPI.ensure(paths)?;
        s3::ensure(paths)?;
    }
    Ok(())
}

/// cargo-deny from the PATH, or our own copy in the cache; compiling it takes about three minutes of processor, once.
pub fn cargo_deny(paths: &Paths) -> Result<PathBuf> {
    if version_of("cargo-deny", &["--version"]).is_some_and(|v| v.ends_with(CARGO_DENY)) {
        return Ok("cargo-deny".into());
    }
    let root = paths
        .cache
        .join("tools")
        .join(format!("cargo-deny-{CARGO_DENY}"));
    let program = root
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if program.exists() {
        return Ok(program);
    }
    let to = root.to_string_lossy().into_owned();
    let mut install = command(
        "cargo",
        &paths.root,
        &[
            "install",
            "--locked",
            "cargo-deny",
            "--version",
            CARGO_DENY,
            "--root",
            &to,
        ],
    );
    install.env("CARGO_TARGET_DIR", paths.target.join("cargo-deny"));
    // Speed of the tool matters less than the time to build it.
    install
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "false");
    let took = quiet(paths, "cargo-deny", install)?;
    std::fs::remove_dir_all(paths.target.join("cargo-deny")).ok();
    step(
        "cargo-deny",
        &format!("{CARGO_DENY} built in {}", seconds(took)),
    );
    Ok(program)
}
