//! Verified copies of blobs on this machine, for what must open a file itself (mmap, ONNX Runtime).

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use domain::artifact::Digest;
use futures_util::StreamExt as _;
use tokio::fs;
use tokio::io::AsyncWriteExt as _;

use super::S3;
use crate::error::During as _;
use crate::{ArtifactError, Result};

/// The oldest copies go when the cache grows beyond this.
const CACHE_BYTES_MAX: u64 = 8 << 30;

#[derive(Debug)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// In the account's cache folder: one for all workspaces, since a blob is named by what it holds.
    pub fn of_this_account() -> Self {
        let project = directories::ProjectDirs::from("", "", "Drydock");
        Self {
            folder: project.map(|project| project.cache_dir().join("blobs")),
        }
    }
}

impl S3 {
    pub async fn local_path(&self, digest: &Digest) -> Result<Option<PathBuf>> {
        let folder = self.cache.folder.as_deref().ok_or_else(|| {
            ArtifactError::Interrupted("this account has no cache folder".to_owned())
        })?;
        self.copy_into(folder, digest).await
    }

    pub async fn copy_into(&self, folder: &Path, digest: &Digest) -> Result<Option<PathBuf>> {
        let target = folder.join(digest.as_str());
        if crate::folder::hash_file(&target).await.as_ref() == Some(digest) {
            return Ok(Some(target));
        }
        let Some(mut bytes) = self.read(digest, None).await? else {
            return Ok(None);
        };
        let writing = || format!("write {}", target.display());
        fs::create_dir_all(folder).await.during(writing)?;
        let temporary = crate::received::TempFile {
            path: folder.join(format!("{}.part", uuid::Uuid::new_v4().simple())),
            keep: false,
        };
        let mut file = fs::File::create_new(&temporary.path)
            .await
            .during(writing)?;
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk.map_err(ArtifactError::from_stream)?;
            file.write_all(&chunk).await.during(writing)?;
        }
        file.flush().await.during(writing)?;
        fs::rename(&temporary.path, &target).await.during(writing)?;
        make_room(folder, &target, CACHE_BYTES_MAX).await;
        Ok(Some(target))
    }
}

/// Removes the oldest copies until the rest fits; what is in use stays readable to whoever has it open.
async fn make_room(folder: &Path, newest: &Path, bytes_max: u64) {
    let Ok(mut entries) = fs::read_dir(folder).await else {
        return;
    };
    let mut found: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    while let Ok(Some(entry)) = entries.next_entry().await {
        if let Ok(about) = entry.metadata().await {
            let at = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            found.push((at, about.len(), entry.path()));
        }
    }
    found.sort();
    let mut total: u64 = found.iter().map(|(_, bytes, _)| bytes).sum();
    for (_, bytes, path) in found {
        if total <= bytes_max {
            return;
        }
        if path != newest && fs::remove_file(&path).await.is_ok() {
            total -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn the_oldest_copies_make_room() {
        let folder = tempfile::tempdir().unwrap();
        for (name, age_s) in [("old", 30), ("middle", 20), ("new", 10)] {
            let path = folder.path().join(name);
            std::fs::write(&path, [0; 100]).unwrap();
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000 - age_s);
            file.set_modified(at).unwrap();
        }
        make_room(folder.path(), &folder.path().join("new"), 200).await;
        assert!(!folder.path().join("old").exists());
        assert!(folder.path().join("middle").exists());
        make_room(folder.path(), &folder.path().join("new"), 0).await;
        assert!(!folder.path().join("middle").exists());
        assert!(folder.path().join("new").exists());
    }
}
