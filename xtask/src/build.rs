//! The two binaries: the desktop window with its UI inside, and the headless `drydock`.

use std::process::Command;

use anyhow::Result;

use crate::node;
use crate::tools::{Paths, command, quiet, seconds, step};

/// One feature set for building, linting and testing, or cargo would compile Tauri twice. `custom-protocol` makes the
/// window load the embedded UI instead of a development server.
pub const FEATURES: &[&str] = &["--features", "drydock-desktop/custom-protocol"];

/// Built binaries of one profile.
#[derive(Clone)]
pub struct Binaries {
    pub desktop: std::path::PathBuf,
    pub cli: std::path::PathBuf,
    /// Drives a tracking server; built for measurements only.
    pub load: std::path::PathBuf,
    /// Makes models and lays out their graphs; built for measurements only.
    pub make_model: std::path::PathBuf,
    /// Times single runs of models; likewise.
    pub overhead: std::path::PathBuf,
}

impl Binaries {
    pub fn of(paths: &Paths, profile: &str) -> Self {
        Self {
            desktop: paths.built(profile, "drydock-desktop"),
            cli: paths.built(profile, "drydock"),
            load: paths.built(profile, "drydock-load"),
            make_model: paths.built(profile, "examples/make_model"),
            overhead: paths.built(profile, "examples/overhead"),
        }
    }
}

pub fn cargo(paths: &Paths, args: &[&str]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = command(&cargo, &paths.root, args);
    command
        .env("CARGO_TARGET_DIR", &paths.target)
        .env("CARGO_TERM_COLOR", "never");
    if std::env::var_os("CI").is_some() {
        // A fresh clone is compiled once: what a second build would reuse is only disk.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// The UI first: the desktop binary embeds `ui/dist`.
pub fn binaries(paths: &Paths, release: bool) -> Result<Binaries> {
    node::build_ui(paths)?;
    let mut args = vec!["-p", "drydock-desktop", "-p", "drydock-cli"];
    args.extend(FEATURES);
    compile(paths, release, &args)
}

/// What a measurement starts: release builds of `drydock` and of the programs that load it; the window where it is looked at.
pub fn measured(paths: &Paths, window: bool) -> Result<Binaries> {
    if window {
        binaries(paths, true)?;
    }
    let make_model = [
        "build",
        "--locked",
        "--release",
        "-p",
        "drydock-onnx",
        "--features",
        "fixtures",
        "--example",
        "make_model",
    ];
    quiet(paths, "cargo-build-make-model", cargo(paths, &make_model))?;
    let overhead = [
        "build",
        "--locked",
        "--release",
        "-p",
        "drydock-engine",
        "--example",
        "overhead",
    ];
    quiet(paths, "cargo-build-overhead", cargo(paths, &overhead))?;
    compile(paths, true, &["-p", "drydock-cli", "-p", "drydock-tests"])
}

fn compile(paths: &Paths, release: bool, packages: &[&str]) -> Result<Binaries> {
    let profile = if release { "release" } else { "debug" };
    let mut args = vec!["build", "--locked", "--bins"];
    if release {
        args.push("--release");
    }
    args.extend(packages);
    let took = quiet(
        paths,
        &format!("cargo-build-{profile}"),
        cargo(paths, &args),
    )?;
    step("cargo build", &format!("{profile}, {}", seconds(took)));
    Ok(Binaries::of(paths, profile))
}
