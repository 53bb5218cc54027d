//! The claim that makes one process the host of a workspace, and how others of the same user find it.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folders::Folders;
use crate::error::{Result, ServiceError};

/// This machine, as the others of a team know it: an id that its workspace folder keeps, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    pub id: String,
    pub name: String,
}

impl Host {
    pub(crate) fn of(folders: &Folders) -> Result<Self> {
        let path = folders.root.join("host-id");
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let id = if kept.trim().is_empty() {
            let id = uuid::Uuid::now_v7().simple().to_string();
            std::fs::create_dir_all(&folders.root)
                .and_then(|()| std::fs::write(&path, &id))
                .map_err(ServiceError::io(format!("cannot write {}", path.display())))?;
            id
        } else {
            kept.trim().to_owned()
        };
        Ok(Self {
            id,
            name: engine::host_name(),
        })
    }
}

/// Who hosts a workspace: told to other processes of the same user, so that `drydock deploy` finds the host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostRecord {
    pub pid: u32,
    pub address: String,
    /// Proves to the host that the caller can read this user's files.
    pub token: String,
}

/// The exclusive right to host a workspace, held as long as this lives; the system frees it if the process dies.
#[derive(Debug)]
pub struct HostClaim {
    lock: File,
    folders: Folders,
}

impl HostClaim {
    /// Claims the workspace, or names the process that holds it.
    pub fn take(folders: &Folders) -> Result<Self> {
        std::fs::create_dir_all(&folders.root).map_err(ServiceError::io(format!(
            "cannot make the workspace folder {}",
            folders.root.display()
        )))?;
        let path = folders.claim();
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(ServiceError::io(format!("cannot open {}", path.display())))?;
        match try_lock(&lock) {
            Ok(()) => Ok(Self {
                lock,
                folders: folders.clone(),
            }),
            Err(std::fs::TryLockError::WouldBlock) => Err(taken(folders)),
            Err(std::fs::TryLockError::Error(e)) => Err(ServiceError::io(format!(
                "cannot lock {}",
                path.display()
            ))(e)),
        }
    }

    /// Tells others of this user where the host answers.
    pub fn announce(&mut self, record: &HostRecord) -> Result<()> {
        let text = serde_json::to_string_pretty(record).unwrap_or_default();
        write_private(&self.folders.host(), &text).map_err(ServiceError::io(format!(
            "cannot write {}",
            self.folders.host().display()
        )))?;
        // The lock file carries the same pid, for people who look.
        let _ = self.lock.seek(SeekFrom::Start(0));
        let _ = self.lock.set_len(0);
        let _ = write!(self.lock, "{}", record.pid);
        Ok(())
    }
}

impl Drop for HostClaim {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.folders.host());
    }
}

/// Others look whether the lock is held by taking it for a moment, so a first refusal may be only such a look.
fn try_lock(lock: &File) -> std::result::Result<(), std::fs::TryLockError> {
    for _ in 0..5 {
        match lock.try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            other => return other,
        }
    }
    lock.try_lock()
}

/// The host of this workspace, if a living process holds it.
pub fn current_host(folders: &Folders) -> Option<HostRecord> {
    let lock = OpenOptions::new().write(true).open(folders.claim()).ok()?;
    // A lock that we can have means that nobody hosts; a record beside it is a dead host's.
    if lock.try_lock().is_ok() {
        return None;
    }
    serde_json::from_str(&std::fs::read_to_string(folders.host()).ok()?).ok()
}

fn taken(folders: &Folders) -> ServiceError {
    let by = current_host(folders).map_or_else(
        || "another process".to_owned(),
        |h| format!("process {}", h.pid),
    );
    ServiceError::Unavailable {
        message: format!(
            "the workspace {} is already open in {by}",
            folders.root.display()
        ),
        hint: "close the other Drydock, or pass another --data-dir".to_owned(),
    }
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let temporary = path.with_extension("json.tmp");
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(temporary, path)
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_hosts_a_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::new(folder.path());
        assert!(current_host(&folders).is_none());
        let mut claim = HostClaim::take(&folders).unwrap();
        claim
            .announce(&HostRecord {
                pid: 7,
                address: "http://127.0.0.1:5000".into(),
                token: "t".into(),
            })
            .unwrap();
        assert_eq!(current_host(&folders).unwrap().pid, 7);
        let error = HostClaim::take(&folders).unwrap_err().to_string();
        assert!(error.contains("already open in process 7"), "{error}");
        drop(claim);
        assert!(current_host(&folders).is_none());
        HostClaim::take(&folders).unwrap();
    }
}
