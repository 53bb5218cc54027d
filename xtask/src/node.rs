//! The two npm folders: the window's UI and the driver of the end-to-end tests.

use std::path::Path;

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

/// Type check and bundle the UI into `ui/dist`, which the desktop binary embeds.
pub fn build_ui(paths: &Paths) -> Result<()> {
    let took = quiet(
        paths,
        "ui-build",
        command("npm", &paths.ui(), &["run", "build"]),
    )?;
    step("ui build", &seconds(took));
    Ok(())
}
