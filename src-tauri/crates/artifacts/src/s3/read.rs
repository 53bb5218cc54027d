//! Objects on their way out; a connection that breaks in the middle is taken up where it broke.

use std::io;
use std::pin::Pin;

use bytes::Bytes;
use domain::artifact::Digest;
use futures_util::stream::{self, Stream, StreamExt as _};
use reqwest::Response;

use super::{S3, S3Fault};
use crate::{ArtifactError, Result};

pub(crate) type ObjectStream = Pin<Box<dyn ObjectBytes>>;

/// A stream that can be shown in messages.
pub(crate) trait ObjectBytes: Stream<Item = io::Result<Bytes>> + Send {}
impl<T: Stream<Item = io::Result<Bytes>> + Send> ObjectBytes for T {}

impl std::fmt::Debug for dyn ObjectBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ObjectBytes")
    }
}

/// A broken transfer is taken up this often.
const RESUMES_MAX: u32 = 3;

/// Where a transfer stands: enough to ask for the rest.
struct Transfer {
    s3: S3,
    key: String,
    response: Response,
    at: u64,
    /// One past the last byte wanted.
    end: u64,
    resumed: u32,
}

impl S3 {
    /// Opens an object, or the bytes `from..to` of it; answers with its whole size and how many bytes will come.
    pub(super) async fn open_object(
        &self,
        key: String,
        range: Option<(u64, u64)>,
    ) -> Result<Option<(ObjectStream, u64, u64)>> {
        let (from, last) = match range {
            Some((from, to)) if to > from => (from, Some(to - 1)),
            Some(_) => return self.open_nothing(&key).await,
            None => (0, None),
        };
        let Some(response) = self.client.get(&key, from, last).await? else {
            return Ok(None);
        };
        let length_bytes = response.content_length().ok_or_else(|| {
            S3Fault::new(
                super::S3FaultKind::Rejected,
                "read an object",
                "it told no size",
            )
        })?;
        let size_bytes = match last {
            None => length_bytes,
            Some(_) => total_of(&response).unwrap_or(from + length_bytes),
        };
        let transfer = Transfer {
            s3: self.clone(),
            key,
            response,
            at: from,
            end: from + length_bytes,
            resumed: 0,
        };
        let bytes: ObjectStream = Box::pin(stream::try_unfold(transfer, next_chunk));
        Ok(Some((bytes, size_bytes, length_bytes)))
    }

    async fn open_nothing(&self, key: &str) -> Result<Option<(ObjectStream, u64, u64)>> {
        let size = self.client.head(key).await?;
        let nothing: ObjectStream = Box::pin(stream::empty());
        Ok(size.map(|size| (nothing, size, 0)))
    }

    pub async fn read(
        &self,
        digest: &Digest,
        range: Option<(u64, u64)>,
    ) -> Result<Option<crate::BlobStream>> {
        let opened = self.open_object(self.blob_key(digest), range).await?;
        Ok(opened.map(|(bytes, size_bytes, length_bytes)| {
            let whole = range.is_none().then(|| digest.clone());
            crate::BlobStream::of_object(bytes, size_bytes, length_bytes, whole)
        }))
    }
}

/// The size in `Content-Range: bytes 0-9/100`.
fn total_of(response: &Response) -> Option<u64> {
    let text = response.headers().get("content-range")?.to_str().ok()?;
    text.rsplit_once('/')?.1.parse().ok()
}

async fn next_chunk(mut transfer: Transfer) -> io::Result<Option<(Bytes, Transfer)>> {
    loop {
        if transfer.at >= transfer.end {
            return Ok(None);
        }
        let fault = match transfer.response.chunk().await {
            Ok(Some(chunk)) => {
                transfer.at += chunk.len() as u64;
                return Ok(Some((chunk, transfer)));
            }
            Ok(None) => "it ended too early".to_owned(),
            Err(error) => S3Fault::unanswered("read an object", &error).to_string(),
        };
        transfer.resumed += 1;
        tracing::warn!(
            fault,
            at = transfer.at,
            "an S3 transfer broke and is taken up again"
        );
        let again = if transfer.resumed > RESUMES_MAX {
            Err(ArtifactError::Interrupted(fault))
        } else {
            let last = Some(transfer.end - 1);
            let client = transfer.s3.client.clone();
            match client.get(&transfer.key, transfer.at, last).await {
                Ok(Some(response)) => Ok(response),
                Ok(None) => Err(ArtifactError::Interrupted("the object is gone".to_owned())),
                Err(fault) => Err(fault.into()),
            }
        };
        transfer.response = again.map_err(io::Error::other)?;
    }
}

/// Reads a whole object once and tells its digest and size.
impl S3 {
    pub(crate) async fn hash_object(&self, key: &str) -> Result<Option<(Digest, u64)>> {
        use sha2::{Digest as _, Sha256};
        let Some((mut bytes, size_bytes, _)) = self.open_object(key.to_owned(), None).await? else {
            return Ok(None);
        };
        let mut hash = Sha256::new();
        let mut seen = 0;
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk.map_err(ArtifactError::from_stream)?;
            seen += chunk.len() as u64;
            hash.update(&chunk);
        }
        if seen != size_bytes {
            let told = format!("{seen} of {size_bytes} bytes could be read back");
            return Err(ArtifactError::Interrupted(told));
        }
        Ok(Some((Digest::from_bytes(hash.finalize().into()), seen)))
    }
}
