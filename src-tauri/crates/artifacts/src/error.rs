use domain::artifact::Digest;

pub type Result<T> = std::result::Result<T, ArtifactError>;

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
}

impl ArtifactError {
    /// True when the disk has no room left: the caller answers "free some space", not "something went wrong".
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull)
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
