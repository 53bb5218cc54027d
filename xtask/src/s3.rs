//! S3 servers for the tests: MinIO, and one that shares no code with it.
//!
//! MinIO publishes no binaries any more, so it is built with Go, from one pinned release. The second is `s3s-fs`, which
//! cargo installs: it knows path style, SigV4, ranges, multipart and server-side copies, which is all that Drydock asks.
//! It lists no uploads under way and no ETags of parts, so it also proves that Drydock needs neither.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::tools::{Paths, command, quiet, seconds, step, version_of};

const MINIO: &str = "github.com/minio/minio";
const MINIO_VERSION: &str = "v0.0.0-20260212201848-7aac2a2c5b7c";
const SECOND: &str = "s3s-fs";
const SECOND_VERSION: &str = "0.14.1";

fn tools(paths: &Paths) -> PathBuf {
    paths.cache.join("tools")
}

fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// MinIO from the PATH, or our own build of it in the cache.
pub fn minio(paths: &Paths) -> PathBuf {
    let cached = program(&tools(paths), "minio");
    if cached.exists() || version_of("minio", &["--version"]).is_none() {
        return cached;
    }
    "minio".into()
}

pub fn second(paths: &Paths) -> PathBuf {
    let folder = tools(paths).join(format!("{SECOND}-{SECOND_VERSION}"));
    program(&folder.join("bin"), SECOND)
}

/// Sees that both are there; building them takes some minutes, once.
pub fn ensure(paths: &Paths) -> Result<()> {
    ensure_minio(paths)?;
    ensure_second(paths)
}

pub fn ensure_minio(paths: &Paths) -> Result<()> {
    let wanted = minio(paths);
    if wanted.exists() || wanted == Path::new("minio") {
        return Ok(());
    }
    if version_of("go", &["version"]).is_none() {
        bail!(
            "The S3 tests need MinIO, and there is neither a `minio` nor a `go` on the PATH. Install Go 1.24 or newer \
             (https://go.dev/dl, or apt-get install golang-go), then run this again: it builds {MINIO}@{MINIO_VERSION}. \
             Or put a MinIO server on the PATH."
        );
    }
    step("MinIO", "building the pinned release with go install");
    let folder = tools(paths);
    std::fs::create_dir_all(&folder)?;
    let mut install = command(
        "go",
        &folder,
        &["install", &format!("{MINIO}@{MINIO_VERSION}")],
    );
    install.env("GOBIN", &folder).env("CGO_ENABLED", "0");
    let took = quiet(paths, "minio", install)?;
    step("MinIO", &format!("built in {}", seconds(took)));
    Ok(())
}

fn ensure_second(paths: &Paths) -> Result<()> {
    let wanted = second(paths);
    if wanted.exists() {
        return Ok(());
    }
    let root = tools(paths).join(format!("{SECOND}-{SECOND_VERSION}"));
    let to = root.to_string_lossy().into_owned();
    let mut install = command(
        "cargo",
        &paths.root,
        &[
            "install",
            "--locked",
            SECOND,
            "--version",
            SECOND_VERSION,
            "--features",
            "binary",
            "--root",
            &to,
        ],
    );
    let build = paths.target.join(SECOND);
    install
        .env("CARGO_TARGET_DIR", &build)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "false");
    let took = quiet(paths, SECOND, install)?;
    std::fs::remove_dir_all(&build).ok();
    step(
        SECOND,
        &format!("{SECOND_VERSION} built in {}", seconds(took)),
    );
    Ok(())
}
