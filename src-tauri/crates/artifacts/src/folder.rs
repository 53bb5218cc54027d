//! Blobs in a folder: `blobs/<2 hex>/<sha256>`, with uploads under way in `tmp/<uuid>`.

use std::fs::File as StdFile;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use domain::artifact::Digest;
use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::fs::{self, File};
use tokio::task::spawn_blocking;

use crate::error::{ArtifactError, During, Result};
use crate::received::{Held, Received, TempFile};
use crate::stream::BlobStream;
use crate::{Blob, MARKER, MARKER_BYTES_MAX, StoredBlob, stream_of};

/// What is written at once: large enough that a 256 MB upload is few trips to another thread, small enough that 100
/// uploads cost little memory.
const BATCH_BYTES: usize = 1 << 20;
/// The disk is set to work while bytes still arrive, so that little is left to wait for at the end.
const FLUSH_EVERY_BYTES: u64 = 32 << 20;

#[derive(Debug)]
pub(crate) struct Folder {
    blobs: PathBuf,
    tmp: PathBuf,
}

impl Folder {
    pub async fn open(root: &Path) -> Result<Self> {
        let (blobs, tmp) = (root.join("blobs"), root.join("tmp"));
        for folder in [&blobs, &tmp] {
            fs::create_dir_all(folder)
                .await
                .during(|| format!("make the folder {}", folder.display()))?;
        }
        Ok(Self { blobs, tmp })
    }

    fn root(&self) -> &Path {
        self.blobs.parent().unwrap_or(&self.blobs)
    }

    pub fn address(&self) -> String {
        self.root().display().to_string()
    }

    pub async fn marker(&self) -> Result<Option<Vec<u8>>> {
        let path = self.root().join(MARKER);
        match fs::metadata(&path).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            about => {
                let about = about.during(|| format!("look at {}", path.display()))?;
                if about.len() > MARKER_BYTES_MAX {
                    return Ok(Some(Vec::new()));
                }
            }
        }
        let read = fs::read(&path).await;
        read.map(Some).during(|| format!("read {}", path.display()))
    }

    pub async fn set_marker(&self, bytes: Bytes) -> Result<()> {
        let received = self.receive(stream_of(bytes)).await?;
        let Held::File(mut temp) = received.held else {
            return Ok(());
        };
        let path = self.root().join(MARKER);
        fs::rename(&temp.path, &path)
            .await
            .during(|| format!("move the marker to {}", path.display()))?;
        temp.keep = true;
        sync_folder(self.root().to_owned()).await
    }

    /// Removes uploads that nobody has written to for `age`; younger ones may belong to another process.
    pub async fn sweep(&self, now: SystemTime, age: Duration) -> Result<u64> {
        let mut left_behind = fs::read_dir(&self.tmp)
            .await
            .during(|| format!("list {}", self.tmp.display()))?;
        let mut swept = 0;
        while let Ok(Some(entry)) = left_behind.next_entry().await {
            let written = entry.metadata().await.and_then(|about| about.modified());
            let idle = written.ok().and_then(|at| now.duration_since(at).ok());
            if idle.is_some_and(|idle| idle >= age) {
                tracing::info!(file = %entry.path().display(), "sweeping an abandoned upload");
                swept += u64::from(fs::remove_file(entry.path()).await.is_ok());
            }
        }
        Ok(swept)
    }

    /// Takes a stream in under a temporary name, complete and on disk, known by its digest.
    pub async fn receive<S, E>(&self, bytes: S) -> Result<Received>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send,
        E: std::fmt::Display,
    {
        let path = self.tmp.join(uuid::Uuid::new_v4().simple().to_string());
        let file = File::create_new(&path)
            .await
            .during(|| format!("create {}", path.display()))?;
        let temp = TempFile { path, keep: false };
        let (digest, size_bytes) = write_hashing(file.into_std().await, bytes).await?;
        Ok(Received {
            digest,
            size_bytes,
            held: Held::File(temp),
        })
    }

    /// Gives what was received its final name.
    pub async fn commit(&self, received: Received) -> Result<Blob> {
        let blob = Blob {
            digest: received.digest,
            size_bytes: received.size_bytes,
        };
        let Held::File(mut temp) = received.held else {
            return Err(ArtifactError::Interrupted(
                "an upload into a bucket cannot be committed to a folder".to_owned(),
            ));
        };
        let (target, shelf) = (self.blob_path(&blob.digest), self.shelf(&blob.digest));
        fs::create_dir_all(&shelf)
            .await
            .during(|| format!("make the folder {}", shelf.display()))?;
        // Over whatever rests there: the same bytes, or what has become of them.
        if let Err(error) = fs::rename(&temp.path, &target).await {
            // Windows moves nothing over a file that a program has mapped; if its bytes are good, nothing is missing.
            if hash_file(&target).await.as_ref() == Some(&blob.digest) {
                return Ok(blob);
            }
            return Err(error).during(|| format!("move an upload to {}", target.display()));
        }
        temp.keep = true;
        sync_folder(shelf).await?;
        Ok(blob)
    }

    /// The blob, or the bytes `from..to` of it.
    pub async fn read(
        &self,
        digest: &Digest,
        range: Option<(u64, u64)>,
    ) -> Result<Option<BlobStream>> {
        let path = self.blob_path(digest);
        let opened = spawn_blocking(move || {
            let mut file = StdFile::open(&path)?;
            let size_bytes = file.metadata()?.len();
            let (from, to) = range.unwrap_or((0, size_bytes));
            if from > 0 {
                file.seek(SeekFrom::Start(from))?;
            }
            Ok((file, size_bytes, to.min(size_bytes).saturating_sub(from)))
        });
        let opened: io::Result<_> = opened.await.unwrap_or_else(|e| Err(io::Error::other(e)));
        match opened {
            Ok((file, size_bytes, length_bytes)) => {
                let whole = range.is_none().then(|| digest.clone());
                Ok(Some(BlobStream::of_file(
                    file,
                    size_bytes,
                    length_bytes,
                    whole,
                )))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).during(|| format!("open the blob {digest}")),
        }
    }

    pub async fn local_path(&self, digest: &Digest) -> Result<Option<PathBuf>> {
        let path = self.blob_path(digest);
        let exists = fs::try_exists(&path)
            .await
            .during(|| format!("look for {}", path.display()))?;
        Ok(exists.then_some(path))
    }

    pub async fn delete(&self, digest: &Digest) -> Result<()> {
        let path = self.blob_path(digest);
        match fs::remove_file(&path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).during(|| format!("delete {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// The blobs of one shelf (`00` to `ff`), in no order.
    pub async fn shelf_of(&self, shelf: u8) -> Result<Vec<StoredBlob>> {
        let folder = self.blobs.join(format!("{shelf:02x}"));
        let mut entries = match fs::read_dir(&folder).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.during(|| format!("list {}", folder.display()))?,
        };
        let mut found = Vec::new();
        while let Some(entry) = entries
            .next_entry()
            .await
            .during(|| format!("list {}", folder.display()))?
        {
            let digest = Digest::parse(&entry.file_name().to_string_lossy());
            if let (Ok(digest), Ok(about)) = (digest, entry.metadata().await) {
                found.push(StoredBlob {
                    digest,
                    size_bytes: about.len(),
                });
            }
        }
        Ok(found)
    }

    fn shelf(&self, digest: &Digest) -> PathBuf {
        self.blobs.join(&digest.as_str()[..2])
    }

    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.shelf(digest).join(digest.as_str())
    }
}

/// A file that is written and hashed on another thread, while the next bytes arrive.
struct Writing {
    file: StdFile,
    hash: Sha256,
    size_bytes: u64,
    flushed_bytes: u64,
}

impl Writing {
    async fn write(mut self, batch: Vec<Bytes>) -> io::Result<Self> {
        let written = spawn_blocking(move || {
            for chunk in batch {
                self.file.write_all(&chunk)?;
                self.hash.update(&chunk);
                self.size_bytes += chunk.len() as u64;
            }
            if self.size_bytes - self.flushed_bytes >= FLUSH_EVERY_BYTES {
                self.flushed_bytes = self.size_bytes;
                let file = self.file.try_clone()?;
                // Only to set the disk to work; the sync that counts comes at the end, and tells of any failure.
                spawn_blocking(move || {
                    let _ = file.sync_data();
                });
            }
            Ok(self)
        });
        written.await.unwrap_or_else(|e| Err(io::Error::other(e)))
    }

    async fn finish(self) -> io::Result<(Digest, u64)> {
        let synced = spawn_blocking(move || {
            self.file.sync_all()?;
            let digest = Digest::from_bytes(self.hash.finalize().into());
            Ok((digest, self.size_bytes))
        });
        synced.await.unwrap_or_else(|e| Err(io::Error::other(e)))
    }
}

async fn write_hashing<S, E>(file: StdFile, bytes: S) -> Result<(Digest, u64)>
where
    S: Stream<Item = std::result::Result<Bytes, E>> + Send,
    E: std::fmt::Display,
{
    let writing = || "write an upload".to_owned();
    let mut bytes = pin!(bytes);
    let mut out = Writing {
        file,
        hash: Sha256::new(),
        size_bytes: 0,
        flushed_bytes: 0,
    };
    let mut batch = Vec::new();
    loop {
        let (written, next) = tokio::join!(out.write(batch), next_batch(&mut bytes));
        out = written.during(writing)?;
        batch = next?;
        if batch.is_empty() {
            return out
                .finish()
                .await
                .during(|| "sync an upload to disk".to_owned());
        }
    }
}

async fn next_batch<E: std::fmt::Display>(
    bytes: &mut (impl Stream<Item = std::result::Result<Bytes, E>> + Unpin),
) -> Result<Vec<Bytes>> {
    let mut batch = Vec::new();
    let mut size = 0;
    while size < BATCH_BYTES {
        match bytes.next().await {
            None => break,
            Some(Ok(chunk)) => {
                size += chunk.len();
                batch.push(chunk);
            }
            Some(Err(error)) => return Err(ArtifactError::Interrupted(error.to_string())),
        }
    }
    Ok(batch)
}

/// The digest of a file; `None` when it cannot be read.
pub(crate) async fn hash_file(path: &Path) -> Option<Digest> {
    let path = path.to_owned();
    let hashed = spawn_blocking(move || {
        let mut file = StdFile::open(path).ok()?;
        let mut hash = Sha256::new();
        io::copy(&mut file, &mut hash).ok()?;
        Some(Digest::from_bytes(hash.finalize().into()))
    });
    hashed.await.ok().flatten()
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
    async fn a_sweep_takes_what_a_killed_process_left_long_ago() {
        let folder = tempfile::tempdir().unwrap();
        let store = ArtifactStore::open_folder(folder.path()).await.unwrap();
        let half = folder.path().join("tmp/half");
        std::fs::write(&half, b"hel").unwrap();
        let written = std::fs::metadata(&half).unwrap().modified().unwrap();
        let hour = Duration::from_secs(3_600);
        let soon = written + hour - Duration::from_secs(1);
        assert_eq!(store.sweep(soon, hour, &|_| false).await.unwrap(), 0);
        assert!(half.exists(), "it may be another process's upload");
        let later = written + hour;
        assert_eq!(store.sweep(later, hour, &|_| false).await.unwrap(), 1);
        assert!(!half.exists());
    }

    #[tokio::test]
    async fn damaged_bytes_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let store = ArtifactStore::open_folder(folder.path()).await.unwrap();
        let blob = store.put_bytes(Bytes::from_static(b"hello")).await.unwrap();
        let path = store.local_path(&blob.digest).await.unwrap().unwrap();
        std::fs::write(path, b"hallo").unwrap();
        assert!(!store.verify(&blob.digest).await.unwrap());
        let mut stream = store.read(&blob.digest).await.unwrap().unwrap();
        let error = stream.next().await.unwrap().unwrap_err();
        assert!(error.to_string().contains("is damaged"), "{error}");
    }
}
