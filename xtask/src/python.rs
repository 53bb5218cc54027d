//! Python virtual environments for the real MLflow clients, each pinned whole by a requirements file.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::tools::{Paths, command, is_fresh, quiet, seconds, set_stamp, step, version_of};

/// A client version under test: the environment's name is also its requirements file's.
#[derive(Clone, Copy)]
pub struct Venv(&'static str);

pub const MLFLOW_3: Venv = Venv("mlflow317");
pub const MLFLOW_SKINNY: Venv = Venv("mlflow317skinny");
pub const MLFLOW_2: Venv = Venv("mlflow210");

/// Other tracking servers to be measured against, and the database driver that MLflow's needs.
pub const PEERS: Venv = Venv("peers");

/// What tells whether a document is OpenAPI.
pub const OPENAPI: Venv = Venv("openapi");

impl Venv {
    pub fn folder(self, paths: &Paths) -> PathBuf {
        paths.target.join("venv").join(self.0)
    }

    pub fn python(self, paths: &Paths) -> PathBuf {
        self.folder(paths).join(if cfg!(windows) {
            "Scripts/python.exe"
        } else {
            "bin/python"
        })
    }

    /// A folder of an installed package, with any path below it.
    pub fn package(self, paths: &Paths, inside: &str) -> Result<PathBuf> {
        let windows = self.folder(paths).join("Lib/site-packages");
        let mut places = vec![windows];
        if let Ok(entries) = fs::read_dir(self.folder(paths).join("lib")) {
            places.extend(
                entries
                    .flatten()
                    .map(|entry| entry.path().join("site-packages")),
            );
        }
        let found = places
            .into_iter()
            .map(|place| place.join(inside))
            .find(|place| place.is_dir());
        found.ok_or_else(|| anyhow::anyhow!("the environment {} has no {inside}", self.0))
    }

    /// Makes the environment, unless it already came from this very requirements file.
    pub fn ensure(self, paths: &Paths) -> Result<()> {
        let requirements = paths
            .root
            .join(format!("tests/python/requirements-{}.txt", self.0));
        let folder = self.folder(paths);
        let stamp = folder.join(".requirements-digest");
        if is_fresh(&stamp, &[&requirements])? {
            return Ok(());
        }
        let base = interpreter()?;
        fs::create_dir_all(paths.target.join("venv"))?;
        let at = folder.to_string_lossy().into_owned();
        quiet(
            paths,
            &format!("venv-{}", self.0),
            command(base, &paths.root, &["-m", "venv", "--clear", &at]),
        )?;
        let list = requirements.to_string_lossy().into_owned();
        let args = [
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--no-input",
            "--disable-pip-version-check",
            "--progress-bar=off",
            "-r",
            &list,
        ];
        let python = self.python(paths).to_string_lossy().into_owned();
        let took = quiet(
            paths,
            &format!("pip-{}", self.0),
            command(&python, &paths.root, &args),
        )?;
        set_stamp(&stamp, &[&requirements])?;
        step(&format!("python {}", self.0), &seconds(took));
        Ok(())
    }
}

/// The pins were made on 3.11; an older interpreter cannot install them.
fn interpreter() -> Result<&'static str> {
    for name in ["python3.11", "python3", "python"] {
        let version = version_of(
            name,
            &[
                "-c",
                "import sys; print(sys.version_info >= (3, 11) and sys.version_info < (3, 13))",
            ],
        );
        if version.as_deref() == Some("True") {
            return Ok(name);
        }
    }
    bail!("Python 3.11 or 3.12 is needed for the example and the client tests, and none was found")
}
