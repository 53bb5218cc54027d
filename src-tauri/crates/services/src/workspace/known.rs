//! The workspaces that this user knows: a small file in the configuration folder. It says where each stands; no secret
//! is ever written here.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use domain::registry::StagePolicy;
use serde::{Deserialize, Serialize};

use super::{Folders, WorkspaceKind};
use crate::error::{Result, ServiceError};

/// The form of the file; a newer app's file is left alone.
const VERSION: u32 = 1;

/// Names a workspace in this user's list. The account's own local workspace is `local`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(transparent)]
pub struct WorkspaceId(pub String);

impl WorkspaceId {
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    pub fn new() -> Self {
        Self(uuid::Uuid::now_v7().simple().to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for WorkspaceId {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownWorkspace {
    pub id: WorkspaceId,
    /// What this user calls it.
    pub name: String,
    /// The port of its tracking server; 5000 where none was chosen.
    pub port: Option<u16>,
    #[serde(flatten)]
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Place {
    Local { folder: PathBuf },
    Team(Box<TeamPlace>),
}

/// Where a shared workspace stands. Its password and keys are in the keychain or in the encrypted file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TeamPlace {
    pub database: DatabasePlace,
    pub storage: StoragePlace,
    pub stage_policy: StagePolicy,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DatabasePlace {
    pub host: String,
    pub port: u16,
    pub database: String,
    pub user: String,
    pub tls: TlsMode,
    /// The authority that signed the server's certificate, as a PEM file.
    pub ca_file: Option<String>,
    /// `host` or `host:port` of a streaming replica for large reads.
    pub replica: Option<String>,
}

/// How much the way to a database is trusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Encrypted, and the server proves who it is.
    #[default]
    VerifyFull,
    /// Encrypted, but to whoever answers.
    Require,
    /// Readable on the network: for a database on this machine.
    Disable,
}

impl TlsMode {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::VerifyFull => "verify-full",
            Self::Require => "require",
            Self::Disable => "disable",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct StoragePlace {
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub prefix: String,
    pub ca_file: Option<String>,
}

/// What the file holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownWorkspaces {
    version: u32,
    /// The one that a plain start opens.
    pub last: Option<WorkspaceId>,
    pub workspaces: Vec<KnownWorkspace>,
}

impl Default for KnownWorkspaces {
    fn default() -> Self {
        Self {
            version: VERSION,
            last: None,
            workspaces: Vec::new(),
        }
    }
}

impl KnownWorkspaces {
    pub fn find(&self, id: &WorkspaceId) -> Option<&KnownWorkspace> {
        self.workspaces.iter().find(|known| known.id == *id)
    }

    pub fn find_mut(&mut self, id: &WorkspaceId) -> Option<&mut KnownWorkspace> {
        self.workspaces.iter_mut().find(|known| known.id == *id)
    }

    /// The local workspace that stands in this folder.
    pub fn in_folder(&self, wanted: &Path) -> Option<&KnownWorkspace> {
        self.workspaces
            .iter()
            .find(|known| matches!(&known.place, Place::Local { folder } if folder == wanted))
    }
}

/// The file itself. Changes are made under a lock and appear whole or not at all.
#[derive(Debug, Clone)]
pub struct KnownFile {
    folder: PathBuf,
}

impl KnownFile {
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// In the configuration folder of this account.
    pub fn of_this_user() -> Result<Self> {
        let project = directories::ProjectDirs::from("", "", "Drydock").ok_or_else(|| {
            ServiceError::Unavailable {
                message: "this account has no home folder to keep a list of workspaces in"
                    .to_owned(),
                hint: "pass --data-dir DIR".to_owned(),
            }
        })?;
        Ok(Self::in_folder(project.config_dir()))
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self) -> PathBuf {
        self.folder.join("workspaces.json")
    }

    pub fn read(&self) -> Result<KnownWorkspaces> {
        let path = self.path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(KnownWorkspaces::default());
            }
            Err(error) => return Err(ServiceError::io(cannot("read", &path))(error)),
        };
        let unreadable = |problem: String| ServiceError::Unavailable {
            message: format!("the list of workspaces {} {problem}", path.display()),
            hint: "it was left as it is; move it away to begin a new list".to_owned(),
        };
        let version: VersionOnly = serde_json::from_str(&text)
            .map_err(|error| unreadable(format!("cannot be read: {error}")))?;
        if version.version > VERSION {
            return Err(unreadable("was written by a newer Drydock".to_owned()));
        }
        serde_json::from_str(&text).map_err(|error| unreadable(format!("cannot be read: {error}")))
    }

    /// Reads, changes and writes, while nobody else of this user does.
    pub fn change<T>(&self, change: impl FnOnce(&mut KnownWorkspaces) -> Result<T>) -> Result<T> {
        std::fs::create_dir_all(&self.folder)
            .map_err(ServiceError::io(cannot("make", &self.folder)))?;
        let _lock = self.lock()?;
        let mut known = self.read()?;
        let answer = change(&mut known)?;
        let text = serde_json::to_string_pretty(&known).unwrap_or_default();
        let path = self.path();
        write_whole(&path, text.as_bytes()).map_err(ServiceError::io(cannot("write", &path)))?;
        Ok(answer)
    }

    fn lock(&self) -> Result<File> {
        let path = self.folder.join("workspaces.lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .and_then(|file| file.lock().map(|()| file));
        lock.map_err(ServiceError::io(cannot("lock", &path)))
    }
}

#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

fn cannot(what: &str, path: &Path) -> String {
    format!("cannot {what} {}", path.display())
}

/// A file that only this user reads, old or new, never half.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

impl KnownWorkspace {
    /// The account's own workspace, in the list or not.
    pub fn own(folders: &Folders) -> Self {
        Self {
            id: WorkspaceId::local(),
            name: "My workspace".to_owned(),
            port: None,
            place: Place::Local {
                folder: folders.root.clone(),
            },
        }
    }

    /// What it is as far as the list knows; a demo says so only when it is open.
    pub fn kind(&self) -> WorkspaceKind {
        match &self.place {
            Place::Local { .. } => WorkspaceKind::Local,
            Place::Team(_) => WorkspaceKind::Team,
        }
    }

    pub fn team(&self) -> Option<&TeamPlace> {
        match &self.place {
            Place::Team(team) => Some(team),
            Place::Local { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team() -> KnownWorkspace {
        KnownWorkspace {
            id: WorkspaceId("desk".into()),
            name: "FX desk".into(),
            port: Some(5010),
            place: Place::Team(Box::new(TeamPlace {
                database: DatabasePlace {
                    host: "db.fx.example".into(),
                    port: 5432,
                    database: "drydock".into(),
                    user: "quant".into(),
                    tls: TlsMode::VerifyFull,
                    ca_file: None,
                    replica: None,
                },
                storage: StoragePlace {
                    endpoint: "https://s3.fx.example".into(),
                    bucket: "models".into(),
                    region: "us-east-1".into(),
                    prefix: String::new(),
                    ca_file: None,
                },
                stage_policy: StagePolicy::default(),
            })),
        }
    }

    #[test]
    fn a_list_is_kept_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = KnownFile::in_folder(folder.path().join("Drydock"));
        assert!(file.read().unwrap().workspaces.is_empty());
        file.change(|known| {
            known.last = Some(WorkspaceId("desk".into()));
            known.workspaces.push(team());
            Ok(())
        })
        .unwrap();
        let again = file.read().unwrap();
        assert_eq!(again.workspaces, [team()]);
        assert_eq!(again.last.unwrap().as_str(), "desk");
        // A refused change leaves the file as it was.
        let refused: Result<()> = file.change(|known| {
            known.workspaces.clear();
            Err(ServiceError::state("no"))
        });
        assert!(refused.is_err());
        assert_eq!(file.read().unwrap().workspaces.len(), 1);
    }

    #[test]
    fn many_writers_lose_no_entry() {
        let folder = tempfile::tempdir().unwrap();
        let file = KnownFile::in_folder(folder.path());
        std::thread::scope(|scope| {
            for n in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    file.change(|known| {
                        known.workspaces.push(KnownWorkspace {
                            id: WorkspaceId(format!("w{n}")),
                            ..team()
                        });
                        Ok(())
                    })
                    .unwrap();
                });
            }
        });
        assert_eq!(file.read().unwrap().workspaces.len(), 8);
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = KnownFile::in_folder(folder.path());
        for (text, told) in [
            (r#"{"version": 2}"#, "newer Drydock"),
            ("{", "cannot be read"),
        ] {
            std::fs::write(file.path(), text).unwrap();
            let error = file.change(|_| Ok(())).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
            assert_eq!(std::fs::read_to_string(file.path()).unwrap(), text);
        }
    }
}
