//! ONNX Runtime: one shared library out of the npm package `onnxruntime-node`, pinned by its digest.

use std::env::consts::{ARCH, OS};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::tools::{Paths, command, quiet, seconds, stdout_of, step};

pub const VERSION: &str = "1.30.0";
const TARBALL_SHA256: &str = "6e3390d6b783e7be946fad629292799da28d0b42f84856e50d2c1b0383291e75";

/// This platform's folder and library inside the package, and the library's own digest.
fn platform() -> Result<(&'static str, &'static str, &'static str)> {
    Ok(match (OS, ARCH) {
        ("linux", "x86_64") => (
            "linux/x64",
            "libonnxruntime.so.1",
            "ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23",
        ),
        ("linux", "aarch64") => (
            "linux/arm64",
            "libonnxruntime.so.1",
            "1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76",
        ),
        ("macos", "aarch64") => (
            "darwin/arm64",
            "libonnxruntime.1.30.0.dylib",
            "685d2be5dba1309c89d3a5324b7fd06a5c42f1a61bfea32d14c4cc28d072121d",
        ),
        ("windows", "x86_64") => (
            "win32/x64",
            "onnxruntime.dll",
            "508c362f5673483dd3a086379c392795b2e42d10d5e6f3f90ebd7ac21c97af67",
        ),
        ("windows", "aarch64") => (
            "win32/arm64",
            "onnxruntime.dll",
            "6c3a2abf5c6aca11c48a0d338a91af309f2266f25ce2e4084e6a87bbcb0fbfd0",
        ),
        (os, arch) => bail!("onnxruntime-node {VERSION} has no library for {os} on {arch}"),
    })
}

fn folder(paths: &Paths) -> PathBuf {
    paths.cache.join("onnxruntime").join(VERSION)
}

/// Where the library lies once it was fetched.
pub fn library(paths: &Paths) -> Result<PathBuf> {
    Ok(folder(paths).join(platform()?.1))
}

/// Fetches the package, checks it, keeps the library. A warm run only looks whether it is there.
pub fn ensure(paths: &Paths) -> Result<PathBuf> {
    let library = library(paths)?;
    if library.exists() {
        return Ok(library);
    }
    let (inside, file, expected) = platform()?;
    let folder = folder(paths);
    let fetch = folder.join(format!("fetch-{}", std::process::id()));
    fs::create_dir_all(&fetch)?;
    let began = std::time::Instant::now();
    let packed = stdout_of(command(
        "npm",
        &fetch,
        &["pack", "--silent", &format!("onnxruntime-node@{VERSION}")],
    ))?;
    let tarball = fetch.join(packed.lines().last().unwrap_or_default().trim());
    check(&tarball, TARBALL_SHA256)?;
    let name = tarball
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let member = format!("package/bin/napi-v6/{inside}/{file}");
    let mut members = vec!["-xzf", &name, &member];
    // DirectML stands beside the Windows library and is loaded by it.
    let direct_ml = format!("package/bin/napi-v6/{inside}/DirectML.dll");
    if cfg!(windows) {
        members.push(&direct_ml);
    }
    quiet(
        paths,
        "onnxruntime-extract",
        command("tar", &fetch, &members),
    )?;
    check(&fetch.join(&member), expected)?;
    if cfg!(windows) {
        fs::rename(fetch.join(&direct_ml), folder.join("DirectML.dll"))?;
    }
    // Last, so that a library at its final name is always whole.
    fs::rename(fetch.join(&member), &library)?;
    fs::remove_dir_all(&fetch)?;
    step(
        "ONNX Runtime",
        &format!(
            "{VERSION} fetched and checked in {}",
            seconds(began.elapsed())
        ),
    );
    Ok(library)
}

fn check(file: &Path, expected: &str) -> Result<()> {
    let mut input = File::open(file)
        .with_context(|| format!("{} is missing from the package", file.display()))?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        let read = input.read(&mut block)?;
        if read == 0 {
            break;
        }
        hash.update(&block[..read]);
    }
    let found = hex::encode(hash.finalize());
    if found != expected {
        bail!(
            "{} has SHA-256 {found}, not the pinned {expected}: it is not used",
            file.display()
        );
    }
    Ok(())
}
