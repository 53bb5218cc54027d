//! Where the files of a local workspace stand.

use std::path::PathBuf;

use crate::error::{Result, ServiceError};

/// The folders of a local workspace.
#[derive(Debug, Clone)]
pub struct Folders {
    pub root: PathBuf,
}

impl Folders {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The user's own workspace, in the data directory of the operating system.
    pub fn of_this_user() -> Result<Self> {
        let project = directories::ProjectDirs::from("", "", "Drydock").ok_or_else(|| {
            ServiceError::Unavailable {
                message: "this account has no home folder to keep a workspace in".to_owned(),
                hint: "pass --data-dir DIR or set DRYDOCK_DATA_DIR".to_owned(),
            }
        })?;
        Ok(Self::new(project.data_dir().join("local")))
    }

    pub fn database(&self) -> PathBuf {
        self.root.join("drydock.db")
    }

    pub fn artifacts(&self) -> PathBuf {
        self.root.join("artifacts")
    }

    /// Verified copies of models, as ONNX Runtime wants them: files in a folder, named by digest.
    pub fn models(&self) -> PathBuf {
        self.root.join("cache").join("models")
    }

    pub fn webhook_key(&self) -> PathBuf {
        self.root.join("webhook.key")
    }

    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    pub(super) fn claim(&self) -> PathBuf {
        self.root.join("host.lock")
    }

    pub(super) fn host(&self) -> PathBuf {
        self.root.join("host.json")
    }
}
