//! Bytes that have arrived whole and are known by their digest, but rest under no final name yet.

use std::path::PathBuf;

use bytes::Bytes;
use domain::artifact::Digest;

use crate::s3::TempObject;

/// An upload that is complete. Between receiving and committing, the caller claims the digest in the database, so that
/// no collector deletes an equal blob at that very moment. Dropped, it leaves nothing behind, except what a client of the
/// bucket has completed: that may be asked for again.
#[derive(Debug)]
#[must_use]
pub struct Received {
    pub digest: Digest,
    pub size_bytes: u64,
    pub(crate) held: Held,
}

#[derive(Debug)]
pub(crate) enum Held {
    Memory(Bytes),
    File(TempFile),
    Object(TempObject),
    /// The key of an object that a client has completed under a temporary name; its own upload deletes it.
    Completed(String),
}

/// A file under a temporary name, removed when dropped, as it is when a client hangs up.
#[derive(Debug)]
pub(crate) struct TempFile {
    pub path: PathBuf,
    pub keep: bool,
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.keep {
            // Best effort: what stays behind is swept by its age.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
