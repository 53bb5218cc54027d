//! Artifact bytes: where they rest, and how they get there whole.
//!
//! The store is content addressed: a blob's name is the SHA-256 of its bytes, so a logical path such as
//! `3/9f…/artifacts/model/model.onnx` never reaches the disk. It is a key in the database (`store::artifacts`), which
//! points at a blob. That makes traversal impossible, equal files are kept once, and a reader sees the old bytes or the
//! new ones, never half: the blob is complete and synced before any row names it.
//!
//! `ArtifactStore` is an enum over the places bytes may rest. Today that is a folder; an S3 bucket joins as the second
//! variant, and nothing above this crate will notice.

mod error;
mod folder;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use domain::artifact::Digest;
use futures_util::Stream;

pub use error::{ArtifactError, Result};
pub use folder::BlobStream;

/// A blob that is durably stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub digest: Digest,
    pub size_bytes: u64,
}

/// Where blobs rest. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    place: Arc<Place>,
}

#[derive(Debug)]
enum Place {
    Folder(folder::Folder),
}

impl ArtifactStore {
    /// Opens, and where needed makes, a store in a folder; what an interrupted upload left behind is swept away.
    pub async fn open_folder(root: &Path) -> Result<Self> {
        let folder = folder::Folder::open(root).await?;
        Ok(Self {
            place: Arc::new(Place::Folder(folder)),
        })
    }

    /// Streams bytes into the store, hashing as they pass. Nothing is visible until the last byte is on disk.
    pub async fn put<S, E>(&self, bytes: S) -> Result<Blob>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send,
        E: std::fmt::Display,
    {
        match &*self.place {
            Place::Folder(folder) => folder.put(bytes).await,
        }
    }

    /// Stores bytes that are already in memory.
    pub async fn put_bytes(&self, bytes: Bytes) -> Result<Blob> {
        let once =
            futures_util::stream::once(async move { Ok::<_, std::convert::Infallible>(bytes) });
        self.put(once).await
    }

    /// Opens a blob for streaming. `None` when no such blob rests here.
    pub async fn read(&self, digest: &Digest) -> Result<Option<BlobStream>> {
        match &*self.place {
            Place::Folder(folder) => folder.read(digest).await,
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
    /// file is shared: never write to it.
    pub async fn local_path(&self, digest: &Digest) -> Result<Option<PathBuf>> {
        match &*self.place {
            Place::Folder(folder) => folder.local_path(digest).await,
        }
    }

    /// Reads the blob again and tells whether its bytes still have the digest it is named by.
    pub async fn verify(&self, digest: &Digest) -> Result<bool> {
        match self.read(digest).await? {
            Some(stream) => Ok(stream.rehash().await? == *digest),
            None => Ok(false),
        }
    }
}
