//! Blobs in a folder: `blobs/<2 hex>/<sha256>`, with uploads under way in `tmp/<uuid>`.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use domain::artifact::Digest;
use futures_util::{Stream, StreamExt};
use sha2::{Digest as _, Sha256};
use tokio::fs::{self, File};
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio_util::io::ReaderStream;

use crate::Blob;
use crate::error::{ArtifactError, During, Result};

/// Large enough that a 256 MB upload is few system calls, small enough that 100 uploads cost little memory.
const CHUNK_BYTES: usize = 256 * 1024;

#[derive(Debug)]
pub(crate) struct Folder {
    blobs: PathBuf,
    tmp: PathBuf,
}

/// Removes an unfinished upload when its future is dropped, as it is when a client hangs up.
struct Unfinished {
    path: PathBuf,
    keep: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.keep {
            // Best effort: what stays behind is swept when the store is next opened.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Folder {
    pub async fn open(root: &Path) -> Result<Self> {
        let (blobs, tmp) = (root.join("blobs"), root.join("tmp"));
        for folder in [&blobs, &tmp] {
            fs::create_dir_all(folder)
                .await
                .during(|| format!("make the folder {}", folder.display()))?;
        }
        let mut left_behind = fs::read_dir(&tmp)
            .await
            .during(|| format!("list {}", tmp.display()))?;
        while let Ok(Some(entry)) = left_behind.next_entry().await {
            tracing::info!(file = %entry.path().display(), "sweeping an interrupted upload");
            let _ = fs::remove_file(entry.path()).await;
        }
        Ok(Self { blobs, tmp })
    }

    pub async fn put<S, E>(&self, bytes: S) -> Result<Blob>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send,
        E: std::fmt::Display,
    {
        let path = self.tmp.join(uuid::Uuid::new_v4().simple().to_string());
        let file = File::create_new(&path)
            .await
            .during(|| format!("create {}", path.display()))?;
        let mut unfinished = Unfinished {
            path: path.clone(),
            keep: false,
        };
        let blob = write_hashing(file, bytes).await?;
        let target = self.blob_path(&blob.digest);
        if fs::try_exists(&target).await.unwrap_or(false) {
            // The same bytes already rest here; the copy goes.
            return Ok(blob);
        }
        let shelf = self.shelf(&blob.digest);
        fs::create_dir_all(&shelf)
            .await
            .during(|| format!("make the folder {}", shelf.display()))?;
        fs::rename(&path, &target)
            .await
            .during(|| format!("move an upload to {}", target.display()))?;
        unfinished.keep = true;
        sync_folder(shelf).await?;
        Ok(blob)
    }

    pub async fn read(&self, digest: &Digest) -> Result<Option<BlobStream>> {
        let path = self.blob_path(digest);
        let file = match File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).during(|| format!("open {}", path.display())),
        };
        let size_bytes = file
            .metadata()
            .await
            .during(|| format!("read the size of {}", path.display()))?
            .len();
        Ok(Some(BlobStream {
            size_bytes,
            bytes: ReaderStream::with_capacity(file, CHUNK_BYTES),
        }))
    }

    pub async fn local_path(&self, digest: &Digest) -> Result<Option<PathBuf>> {
        let path = self.blob_path(digest);
        let exists = fs::try_exists(&path)
            .await
            .during(|| format!("look for {}", path.display()))?;
        Ok(exists.then_some(path))
    }

    fn shelf(&self, digest: &Digest) -> PathBuf {
        self.blobs.join(&digest.as_str()[..2])
    }

    fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.shelf(digest).join(digest.as_str())
    }
}

async fn write_hashing<S, E>(file: File, bytes: S) -> Result<Blob>
where
    S: Stream<Item = std::result::Result<Bytes, E>> + Send,
    E: std::fmt::Display,
{
    let mut hasher = Sha256::new();
    let mut size_bytes = 0;
    let mut out = BufWriter::with_capacity(CHUNK_BYTES, file);
    let mut bytes = pin!(bytes);
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk.map_err(|error| ArtifactError::Interrupted(error.to_string()))?;
        hasher.update(&chunk);
        size_bytes += chunk.len() as u64;
        out.write_all(&chunk)
            .await
            .during(|| "write an upload".to_owned())?;
    }
    out.flush().await.during(|| "write an upload".to_owned())?;
    out.into_inner()
        .sync_all()
        .await
        .during(|| "sync an upload to disk".to_owned())?;
    Ok(Blob {
        digest: Digest::from_bytes(hasher.finalize().into()),
        size_bytes,
    })
}

/// A rename is only durable once the folder that names the file is synced.
#[cfg(unix)]
async fn sync_folder(folder: PathBuf) -> Result<()> {
    let opened = File::open(&folder)
        .await
        .during(|| format!("open {}", folder.display()))?;
    opened
        .sync_all()
        .await
        .during(|| format!("sync {}", folder.display()))
}

/// Windows has no folder handle to sync; NTFS journals the rename.
#[cfg(not(unix))]
async fn sync_folder(_folder: PathBuf) -> Result<()> {
    Ok(())
}

/// The bytes of one blob, in order.
#[derive(Debug)]
pub struct BlobStream {
    size_bytes: u64,
    bytes: ReaderStream<File>,
}

impl BlobStream {
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    pub(crate) async fn collect(mut self) -> Result<Vec<u8>> {
        let mut all = Vec::with_capacity(usize::try_from(self.size_bytes).unwrap_or(0));
        while let Some(chunk) = self.bytes.next().await {
            all.extend_from_slice(&chunk.during(|| "read a blob".to_owned())?);
        }
        Ok(all)
    }

    pub(crate) async fn rehash(mut self) -> Result<Digest> {
        let mut hasher = Sha256::new();
        while let Some(chunk) = self.bytes.next().await {
            hasher.update(&chunk.during(|| "read a blob".to_owned())?);
        }
        Ok(Digest::from_bytes(hasher.finalize().into()))
    }
}

impl Stream for BlobStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.bytes).poll_next(context)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ArtifactStore;
    use futures_util::stream;

    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn count_files(folder: &Path) -> usize {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| if path.is_dir() { count_files(&path) } else { 1 })
            .sum()
    }

    #[tokio::test]
    async fn bytes_come_back_under_their_digest() {
        let folder = tempfile::tempdir().unwrap();
        let store = ArtifactStore::open_folder(folder.path()).await.unwrap();
        let blob = store.put_bytes(Bytes::from_static(b"hello")).await.unwrap();
        assert_eq!(blob.digest.as_str(), HELLO);
        assert_eq!(blob.size_bytes, 5);
        assert_eq!(
            store.read_all(&blob.digest, 100).await.unwrap().unwrap(),
            b"hello"
        );
        assert!(store.verify(&blob.digest).await.unwrap());
        assert!(matches!(
            store.read_all(&blob.digest, 4).await,
            Err(ArtifactError::TooLarge { size_bytes: 5, .. })
        ));
    }

    #[tokio::test]
    async fn equal_bytes_are_kept_once_and_no_upload_stays_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = ArtifactStore::open_folder(folder.path()).await.unwrap();
        for _ in 0..3 {
            store.put_bytes(Bytes::from_static(b"hello")).await.unwrap();
        }
        assert_eq!(count_files(&folder.path().join("blobs")), 1);
        assert_eq!(count_files(&folder.path().join("tmp")), 0);
    }

    #[tokio::test]
    async fn a_broken_upload_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = ArtifactStore::open_folder(folder.path()).await.unwrap();
        let broken = stream::iter([Ok(Bytes::from_static(b"hel")), Err("connection reset")]);
        let error = store.put(broken).await.unwrap_err();
        assert_eq!(error.to_string(), "the upload broke off: connection reset");
        assert_eq!(count_files(folder.path()), 0);
    }

    #[tokio::test]
    async fn opening_sweeps_what_a_killed_process_left() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("tmp")).unwrap();
        std::fs::write(folder.path().join("tmp/half"), b"hel").unwrap();
        ArtifactStore::open_folder(folder.path()).await.unwrap();
        assert_eq!(count_files(folder.path()), 0);
    }

    #[tokio::test]
    async fn damaged_bytes_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let store = ArtifactStore::open_folder(folder.path()).await.unwrap();
        let blob = store.put_bytes(Bytes::from_static(b"hello")).await.unwrap();
        let path = store.local_path(&blob.digest).await.unwrap().unwrap();
        std::fs::write(path, b"hallo").unwrap();
        assert!(!store.verify(&blob.digest).await.unwrap());
    }
}
