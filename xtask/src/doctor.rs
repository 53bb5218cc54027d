//! `cargo xtask doctor`: what is here, in which version, and what is missing. Changes nothing.

use std::process::exit;

use anyhow::Result;

use crate::tools::{Paths, step, version_of};
use crate::{apt, onnxruntime, python, setup};

pub fn doctor(paths: &Paths) -> Result<()> {
    let mut report = Report::default();
    report.needs("rustc", version_of("rustc", &["--version"]).as_deref());
    report.needs("cargo", version_of("cargo", &["--version"]).as_deref());
    report.needs(
        "node (>= 20.19)",
        version_of("node", &["--version"]).as_deref(),
    );
    report.needs("npm", version_of("npm", &["--version"]).as_deref());
    report.needs(
        "python (3.11, 3.12)",
        version_of("python3", &["--version"]).as_deref(),
    );
    if cfg!(target_os = "linux") {
        linux(&mut report);
    }
    report.may_have("cargo-deny", deny_version(paths).as_deref());
    let library = onnxruntime::library(paths)?;
    let found = library
        .exists()
        .then(|| format!("{} {}", onnxruntime::VERSION, library.display()));
    report.may_have("ONNX Runtime", found.as_deref());
    for (name, venv) in [
        ("mlflow 3.17 client", python::MLFLOW_3),
        ("mlflow 2.10 client", python::MLFLOW_2),
    ] {
        let python = venv.python(paths);
        report.may_have(
            name,
            python
                .exists()
                .then(|| python.display().to_string())
                .as_deref(),
        );
    }
    if report.missing > 0 {
        step("missing", &report.missing.to_string());
        exit(1);
    }
    Ok(())
}

#[derive(Default)]
struct Report {
    missing: u32,
}

impl Report {
    fn needs(&mut self, name: &str, found: Option<&str>) {
        self.missing += u32::from(found.is_none());
        step(name, found.unwrap_or("MISSING"));
    }

    /// What `cargo xtask` fetches by itself when it is wanted.
    fn may_have(&mut self, name: &str, found: Option<&str>) {
        step(name, found.unwrap_or("not fetched yet"));
    }
}

fn linux(report: &mut Report) {
    report.needs(
        "webkit2gtk-4.1",
        version_of("pkg-config", &["--modversion", "webkit2gtk-4.1"]).as_deref(),
    );
    report.needs(
        "WebKitWebDriver",
        version_of("which", &["WebKitWebDriver"]).as_deref(),
    );
    report.needs(
        "xvfb-run",
        version_of("xvfb-run", &["--help"]).map(|_| "found"),
    );
    report.needs(
        "PostgreSQL (>= 15)",
        apt::has_postgres().then_some("initdb found"),
    );
    if apt::is_debian() {
        let packages = apt::missing();
        report.needs(
            "Debian packages",
            packages.is_empty().then_some("all installed"),
        );
        if !packages.is_empty() {
            step(
                "",
                &format!(
                    "apt-get install -y --no-install-recommends {}",
                    packages.join(" ")
                ),
            );
        }
    }
}

fn deny_version(paths: &Paths) -> Option<String> {
    let ours = paths
        .cache
        .join("tools")
        .join(format!("cargo-deny-{}/bin/cargo-deny", setup::CARGO_DENY));
    version_of("cargo-deny", &["--version"])
        .or_else(|| version_of(&ours.to_string_lossy(), &["--version"]))
}
