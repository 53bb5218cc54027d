use domain::artifact::Digest;

use crate::s3::{S3Fault, S3FaultKind};

pub type Result<T, E = ArtifactError> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    #[error("the artifact store could not {action}: {source}")]
    Io {
        action: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the upload broke off: {0}")]
    Interrupted(String),
    #[error(
        "blob {digest} holds {size_bytes} bytes; at most {limit_bytes} may be read at once here"
    )]
    TooLarge {
        digest: Digest,
        size_bytes: u64,
        limit_bytes: u64,
    },
    /// The bytes in the store are not those that were stored.
    #[error("blob {expected} is damaged: its bytes now have the SHA-256 {found}")]
    Damaged { expected: Digest, found: Digest },
    #[error(transparent)]
    S3(#[from] S3Fault),
    /// Asked of a folder what only a bucket can do.
    #[error("this artifact store is a folder: it takes files in one piece")]
    NoMultipart,
}

impl ArtifactError {
    /// True when the disk has no room left: the caller answers "free some space", not "something went wrong".
    pub fn is_disk_full(&self) -> bool {
        use std::io::ErrorKind as K;
        matches!(self, Self::Io { source, .. } if matches!(source.kind(), K::StorageFull | K::QuotaExceeded))
    }

    /// True when no answer came at all.
    pub(crate) fn is_unreachable(&self) -> bool {
        use S3FaultKind as K;
        matches!(
            self,
            Self::S3(fault) if matches!(
                fault.kind,
                K::NoSuchHost | K::Refused | K::TimedOut | K::Disconnected
            )
        )
    }

    /// True when the store cannot be reached now and the same call may succeed later.
    pub fn is_unavailable(&self) -> bool {
        self.is_unreachable()
            || matches!(self, Self::S3(fault) if fault.kind == S3FaultKind::Unwell)
    }

    /// What a stream of bytes failed with, in our own words again.
    pub(crate) fn from_stream(error: std::io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => ours,
            Err(source) => Self::Io {
                action: "read a blob".to_owned(),
                source,
            },
        }
    }
}

/// Names the action that failed, so that the message says more than the system's error alone.
pub(crate) trait During<T> {
    fn during(self, action: impl FnOnce() -> String) -> Result<T>;
}

impl<T> During<T> for std::io::Result<T> {
    fn during(self, action: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| ArtifactError::Io {
            action: action(),
            source,
        })
    }
}
