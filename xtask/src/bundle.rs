//! `cargo xtask bundle`: a release build packed as .deb, with ONNX Runtime and the `drydock` command inside.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::build::cargo;
use crate::tools::{Paths, command, quiet, seconds, stdout_of, step};
use crate::{onnxruntime, setup};

pub fn bundle(paths: &Paths) -> Result<()> {
    setup::ensure(paths, setup::Needs::Build, || {
        let took = quiet(
            paths,
            "cargo-build-cli",
            cargo(
                paths,
                &["build", "--locked", "--release", "-p", "drydock-cli"],
            ),
        )?;
        step("drydock", &format!("release, {}", seconds(took)));
        Ok(())
    })?;
    let library = onnxruntime::library(paths)?;
    let name = library
        .file_name()
        .context("the library has no name")?
        .to_string_lossy()
        .into_owned();
    // Only the bundle carries the library: as a resource in tauri.conf.json each `cargo build` would need it. The engine
    // looks beside the executable and in ../lib/drydock.
    let overlay = if cfg!(target_os = "linux") {
        json!({ "bundle": { "linux": { "deb": { "files": {
            "/usr/bin/drydock": paths.built("release", "drydock"),
            format!("/usr/lib/drydock/{name}"): library,
            "/usr/share/mime/packages/drydock.xml": "src-tauri/linux/drydock-mime.xml"
        } } } } })
    } else {
        json!({ "bundle": { "resources": { library.to_string_lossy(): name } } })
    };
    let folder = paths.target.join("bundle");
    fs::create_dir_all(&folder)?;
    let config = folder.join("overlay.json");
    fs::write(&config, serde_json::to_vec_pretty(&overlay)?)?;
    let config = config.to_string_lossy().into_owned();
    let kind = if cfg!(target_os = "linux") {
        "deb"
    } else if cfg!(windows) {
        "nsis"
    } else {
        "app"
    };
    let tauri = paths
        .ui()
        .join("node_modules/.bin/tauri")
        .to_string_lossy()
        .into_owned();
    let mut build = command(
        &tauri,
        &paths.root,
        &["build", "--bundles", kind, "--config", &config, "--ci"],
    );
    build.env("CARGO_TARGET_DIR", &paths.target);
    let took = quiet(paths, "tauri-build", build)?;
    step("bundle", &format!("{kind}, {}", seconds(took)));
    if cfg!(target_os = "linux") {
        check_deb(paths)?;
    }
    Ok(())
}

/// A package that lacks its library or cannot be handed a file is worse than none.
fn check_deb(paths: &Paths) -> Result<()> {
    let package = newest_deb(paths)?;
    let at = package.to_string_lossy().into_owned();
    let listing = stdout_of(command("dpkg-deb", &paths.root, &["--contents", &at]))?;
    for wanted in [
        "usr/bin/drydock-desktop",
        "usr/bin/drydock",
        "usr/lib/drydock/libonnxruntime",
        "mime/packages/drydock.xml",
        ".desktop",
    ] {
        if !listing.lines().any(|line| line.contains(wanted)) {
            bail!("{at} lacks {wanted}:\n{listing}");
        }
    }
    let unpacked = paths.target.join("bundle/unpacked");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)?;
    }
    let to = unpacked.to_string_lossy().into_owned();
    stdout_of(command("dpkg-deb", &paths.root, &["--extract", &at, &to]))?;
    let desktop = unpacked.join("usr/share/applications/Drydock.desktop");
    let text = fs::read_to_string(&desktop)
        .with_context(|| format!("{} is missing", desktop.display()))?;
    if !text
        .lines()
        .any(|line| line.starts_with("Exec=") && line.ends_with("%F"))
        || !text.contains("MimeType=application/x-onnx")
    {
        bail!("the desktop entry does not take files:\n{text}");
    }
    let entry = desktop.to_string_lossy().into_owned();
    stdout_of(command("desktop-file-validate", &paths.root, &[&entry]))?;
    let size = fs::metadata(&package)?.len();
    step(
        "package",
        &format!(
            "{at}, {:.1} MB, opens .onnx, carries ONNX Runtime and drydock",
            size as f64 / 1e6
        ),
    );
    Ok(())
}

fn newest_deb(paths: &Paths) -> Result<PathBuf> {
    let folder = paths.target.join("release/bundle/deb");
    let mut found: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(&folder)
        .with_context(|| format!("{} is missing", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "deb"))
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .collect();
    found.sort();
    found
        .pop()
        .map(|(_, path)| path)
        .with_context(|| format!("no .deb in {}", folder.display()))
}
