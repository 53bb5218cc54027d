//! The two npm folders: the window's UI and the driver of the end-to-end tests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::tools::{Paths, command, is_fresh, quiet, seconds, set_stamp, step};

/// `npm ci`, unless `node_modules` already came from this very lock file.
pub fn ensure(paths: &Paths, dir: &Path, name: &str) -> Result<()> {
    let lock = dir.join("package-lock.json");
    let modules = dir.join("node_modules");
    let stamp = modules.join(".lock-digest");
    if is_fresh(&stamp, &[&lock])? {
        return Ok(());
    }
    // Install scripts only fetch drivers for other browsers here: not wanted, and not to be had offline.
    let install = command(
        "npm",
        dir,
        &["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    );
    let took = quiet(paths, &format!("npm-{name}"), install)
        .context("npm ci failed; Node 20.19 or newer is needed")?;
    set_stamp(&stamp, &[&lock])?;
    step(&format!("npm ci {name}"), &seconds(took));
    Ok(())
}

/// Type check and bundle the UI into `ui/dist`, which the desktop binary embeds. Unchanged sources are left alone: a fresh
/// `dist` would make cargo link the desktop again.
pub fn build_ui(paths: &Paths) -> Result<()> {
    let ui = paths.ui();
    let mut sources = Vec::new();
    collect(&ui, &mut sources)?;
    sources.sort();
    let inputs: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();
    let stamp = ui.join("node_modules/.dist-digest");
    if ui.join("dist/index.html").exists() && is_fresh(&stamp, &inputs)? {
        step("ui build", "unchanged");
        return Ok(());
    }
    let took = quiet(paths, "ui-build", command("npm", &ui, &["run", "build"]))?;
    set_stamp(&stamp, &inputs)?;
    step("ui build", &seconds(took));
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if name == "node_modules" || name == "dist" {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
