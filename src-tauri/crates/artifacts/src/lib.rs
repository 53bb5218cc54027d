//! Artifact bytes: where they rest, and how they get there whole.
//!
//! The store is content addressed: a blob's name is the SHA-256 of its bytes, so a logical path such as
//! `3/9f…/artifacts/model/model.onnx` never reaches the disk. It is a key in the database (`store::artifacts`), which
//! points at a blob. That makes traversal impossible, equal files are kept once, and a reader sees the old bytes or the
//! new ones, never half: the blob is complete and synced before any row names it.
//!
//! `ArtifactStore` is an enum over the places bytes may rest: a folder or an S3 bucket. Nothing above this crate notices
//! which, except that only a bucket lets clients send parts to it directly.

mod error;
mod folder;
mod multipart;
mod received;
mod s3;
mod stream;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use domain::artifact::Digest;
use futures_util::Stream;

pub use error::{ArtifactError, Result};
pub use multipart::PartsUpload;
pub use received::Received;
pub use s3::{PartTag, S3Fault, S3FaultKind, S3Options, StoredPart};
pub use stream::BlobStream;

/// A blob that is durably stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub digest: Digest,
    pub size_bytes: u64,
}

/// A blob as the store lists it: what its name claims, not what its bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    pub digest: Digest,
    pub size_bytes: u64,
}

/// Beside the blobs: which workspace they belong to.
pub const MARKER: &str = "drydock-workspace.json";
/// A marker is a line; whatever is larger is none of ours.
const MARKER_BYTES_MAX: u64 = 64 << 10;

/// Where blobs rest. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    place: Arc<Place>,
    /// The same bucket as clients reach it, if that is elsewhere; nothing is ever sent there from here.
    signer: Option<Arc<s3::S3>>,
}

#[derive(Debug)]
enum Place {
    Folder(folder::Folder),
    S3(s3::S3),
}

impl ArtifactStore {
    /// Opens, and where needed makes, a store in a folder.
    pub async fn open_folder(root: &Path) -> Result<Self> {
        let folder = folder::Folder::open(root).await?;
        Ok(Self {
            place: Arc::new(Place::Folder(folder)),
            signer: None,
        })
    }

    /// Prepares a store in a bucket. Nothing is sent: whether the bucket answers is what [`Self::check`] tells.
    pub fn open_s3(options: &S3Options) -> Result<Self> {
        let signer = options.public_endpoint.as_ref().map(|endpoint| {
            s3::S3::open(&S3Options {
                endpoint: endpoint.clone(),
                ..options.clone()
            })
        });
        Ok(Self {
            place: Arc::new(Place::S3(s3::S3::open(options)?)),
            signer: signer.transpose()?.map(Arc::new),
        })
    }

    /// Tries all that the store will need, and tells exactly what does not work.
    pub async fn check(&self) -> Result<()> {
        match &*self.place {
            Place::Folder(_) => {
                drop(self.receive_bytes(Bytes::from_static(b"drydock")).await?);
                Ok(())
            }
            Place::S3(s3) => s3.check().await,
        }
    }

    /// True where clients may send and fetch bytes beside this process.
    pub fn is_s3(&self) -> bool {
        matches!(*self.place, Place::S3(_))
    }

    /// Where it is, for people.
    pub fn address(&self) -> String {
        match &*self.place {
            Place::Folder(folder) => folder.address(),
            Place::S3(s3) => s3.address(),
        }
    }

    /// Where a blob rests, for people.
    pub fn address_of(&self, digest: &Digest) -> String {
        match &*self.place {
            Place::Folder(folder) => folder.blob_path(digest).display().to_string(),
            Place::S3(s3) => s3.client().address(&s3.blob_key(digest)),
        }
    }

    /// What the marker says; `None` where there is none. It is no blob: no list shows it, no sweep takes it.
    pub async fn marker(&self) -> Result<Option<Vec<u8>>> {
        match &*self.place {
            Place::Folder(folder) => folder.marker().await,
            Place::S3(s3) => s3.marker().await,
        }
    }

    /// Writes the marker, whole or not at all.
    pub async fn set_marker(&self, bytes: Bytes) -> Result<()> {
        match &*self.place {
            Place::Folder(folder) => folder.set_marker(bytes).await,
            Place::S3(s3) => s3.set_marker(bytes).await,
        }
    }

    /// Streams bytes in, hashing as they pass. They are complete, but nobody sees them before [`Self::commit`].
    pub async fn receive<S, E>(&self, bytes: S) -> Result<Received>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send,
        E: std::fmt::Display,
    {
        match &*self.place {
            Place::Folder(folder) => folder.receive(bytes).await,
            Place::S3(s3) => s3.receive(bytes).await,
        }
    }

    /// Takes in bytes that are already in memory.
    pub async fn receive_bytes(&self, bytes: Bytes) -> Result<Received> {
        self.receive(stream_of(bytes)).await
    }

    /// Gives received bytes their final name. Where a collector runs, the digest is claimed before.
    pub async fn commit(&self, received: Received) -> Result<Blob> {
        match &*self.place {
            Place::Folder(folder) => folder.commit(received).await,
            Place::S3(s3) => s3.commit(received).await,
        }
    }

    /// Receives and commits in one step, where no collector can be at work.
    pub async fn put<S, E>(&self, bytes: S) -> Result<Blob>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send,
        E: std::fmt::Display,
    {
        self.commit(self.receive(bytes).await?).await
    }

    /// Stores bytes that are already in memory.
    pub async fn put_bytes(&self, bytes: Bytes) -> Result<Blob> {
        self.commit(self.receive_bytes(bytes).await?).await
    }

    /// Opens a blob for streaming. `None` when no such blob rests here.
    pub async fn read(&self, digest: &Digest) -> Result<Option<BlobStream>> {
        self.open(digest, None).await
    }

    /// Opens the bytes `from..to` of a blob. They are not verified: only all of them have a digest.
    pub async fn read_range(
        &self,
        digest: &Digest,
        from: u64,
        to: u64,
    ) -> Result<Option<BlobStream>> {
        self.open(digest, Some((from, to))).await
    }

    async fn open(&self, digest: &Digest, range: Option<(u64, u64)>) -> Result<Option<BlobStream>> {
        match &*self.place {
            Place::Folder(folder) => folder.read(digest, range).await,
            Place::S3(s3) => s3.read(digest, range).await,
        }
    }

    /// Reads a whole blob, refusing one larger than `limit_bytes`, for the small JSON and YAML files beside a model.
    pub async fn read_all(&self, digest: &Digest, limit_bytes: u64) -> Result<Option<Vec<u8>>> {
        let Some(stream) = self.read(digest).await? else {
            return Ok(None);
        };
        if stream.size_bytes() > limit_bytes {
            return Err(ArtifactError::TooLarge {
                digest: digest.clone(),
                size_bytes: stream.size_bytes(),
                limit_bytes,
            });
        }
        stream.collect().await.map(Some)
    }

    /// A path on this machine that holds the blob's bytes, for what must open a file itself (mmap, ONNX Runtime). The
    /// file is shared: never write to it. A bucket's blob is copied into the account's cache first.
    pub async fn local_path(&self, digest: &Digest) -> Result<Option<PathBuf>> {
        match &*self.place {
            Place::Folder(folder) => folder.local_path(digest).await,
            Place::S3(s3) => s3.local_path(digest).await,
        }
    }

    /// The same with the copies of a bucket's blobs in a folder of the caller's.
    pub async fn local_copy(&self, digest: &Digest, cache: &Path) -> Result<Option<PathBuf>> {
        match &*self.place {
            Place::Folder(folder) => folder.local_path(digest).await,
            Place::S3(s3) => s3.copy_into(cache, digest).await,
        }
    }

    /// Reads the blob again and tells whether its bytes still have the digest it is named by.
    pub async fn verify(&self, digest: &Digest) -> Result<bool> {
        match self.rehash(digest, |_| {}).await {
            Ok(found) => Ok(found),
            Err(ArtifactError::Damaged { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads the blob to its end, telling how many bytes passed. `false` when it is not here; an error that says what is
    /// wrong when its bytes are not those that its name promises.
    pub async fn rehash(&self, digest: &Digest, passed: impl FnMut(u64)) -> Result<bool> {
        match self.read(digest).await? {
            Some(stream) => stream.drain(passed).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Deletes a blob. The caller has seen to it that nothing points there and nothing is about to.
    pub async fn delete(&self, digest: &Digest) -> Result<()> {
        match &*self.place {
            Place::Folder(folder) => folder.delete(digest).await,
            Place::S3(s3) => s3.delete(digest).await,
        }
    }

    /// The blobs whose digests begin with this byte, so that a large store is walked in 256 pieces.
    pub async fn shelf(&self, shelf: u8) -> Result<Vec<StoredBlob>> {
        match &*self.place {
            Place::Folder(folder) => folder.shelf_of(shelf).await,
            Place::S3(s3) => s3.shelf_of(shelf).await,
        }
    }

    /// Removes what uploads left behind that began more than `age` ago; `wanted` names the objects that somebody still
    /// means to complete.
    pub async fn sweep(
        &self,
        now: SystemTime,
        age: Duration,
        wanted: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<u64> {
        match &*self.place {
            Place::Folder(folder) => folder.sweep(now, age).await,
            Place::S3(s3) => s3.sweep(now, age, wanted).await,
        }
    }
}

fn stream_of(
    bytes: Bytes,
) -> impl Stream<Item = std::result::Result<Bytes, std::convert::Infallible>> + Send {
    futures_util::stream::once(async move { Ok(bytes) })
}
