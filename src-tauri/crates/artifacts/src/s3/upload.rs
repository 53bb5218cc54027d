//! Streaming an upload of unknown length into the bucket with bounded memory: parts of 8 MB and more, a few in flight.

use bytes::{Bytes, BytesMut};
use domain::artifact::Digest;
use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use std::pin::Pin;
use tokio::task::{JoinSet, spawn_blocking};

use super::parts::PartTag;
use super::{S3, S3Fault, S3FaultKind};
use crate::received::{Held, Received};
use crate::{ArtifactError, Blob, Result};

/// S3 wants 5 MB at least; MinIO and AWS are fast from 8.
const PART_BYTES: usize = 8 << 20;
/// Parts on their way at once, beside the one that is being filled.
const IN_FLIGHT: usize = 3;
/// 10,000 parts make an object at most, so they grow: 8 MB, and after each 2,000 parts twice as much, which makes half a terabyte.
const PARTS_OF_ONE_SIZE: u32 = 2_000;

fn part_bytes(number: u32) -> usize {
    PART_BYTES << ((number - 1) / PARTS_OF_ONE_SIZE).min(4)
}

/// An object under a temporary name. Dropped before it was committed, it is deleted.
#[derive(Debug)]
pub(crate) struct TempObject {
    s3: S3,
    key: String,
    /// Set while its parts still arrive.
    upload: Option<String>,
    gone: bool,
}

impl Drop for TempObject {
    fn drop(&mut self) {
        if self.gone {
            return;
        }
        // Best effort: what stays behind is found by its age.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (s3, key, upload) = (self.s3.clone(), self.key.clone(), self.upload.take());
        runtime.spawn(async move {
            let removed = match upload {
                Some(upload) => s3.client.abort_upload(&key, &upload).await,
                None => s3.client.delete(&key).await,
            };
            if let Err(error) = removed {
                tracing::warn!(key, %error, "an unfinished upload stays behind until the next gc");
            }
        });
    }
}

/// Cuts a stream into parts.
struct Parts<'s, E> {
    bytes: Pin<&'s mut (dyn Stream<Item = std::result::Result<Bytes, E>> + Send)>,
    rest: Bytes,
}

impl<E: std::fmt::Display> Parts<'_, E> {
    /// The next `size` bytes; fewer at the end, none after it.
    async fn next(&mut self, size: usize) -> Result<Bytes> {
        let mut part = BytesMut::new();
        loop {
            let take = self.rest.len().min(size - part.len());
            if take > 0 {
                if part.capacity() == 0 {
                    // All at once where much is to come; a small file stays small.
                    part.reserve(if take < 64 << 10 { take } else { size });
                }
                part.extend_from_slice(&self.rest.split_to(take));
            }
            if part.len() == size {
                return Ok(part.freeze());
            }
            match self.bytes.next().await {
                None => return Ok(part.freeze()),
                Some(Ok(chunk)) => self.rest = chunk,
                Some(Err(error)) => return Err(ArtifactError::Interrupted(error.to_string())),
            }
        }
    }
}

/// The running digest of the whole, and the digest of this part alone, which the server checks.
async fn hash(mut whole: Sha256, part: Bytes) -> Result<(Sha256, String)> {
    let hashed = spawn_blocking(move || {
        whole.update(&part);
        (whole, hex::encode(Sha256::digest(&part)))
    });
    hashed
        .await
        .map_err(|error| ArtifactError::Interrupted(error.to_string()))
}

impl S3 {
    /// Takes a stream in: a small one into memory, a large one into a temporary object.
    pub async fn receive<S, E>(&self, bytes: S) -> Result<Received>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send,
        E: std::fmt::Display,
    {
        let bytes = std::pin::pin!(bytes);
        let mut parts = Parts {
            bytes,
            rest: Bytes::new(),
        };
        let first = parts.next(part_bytes(1)).await?;
        if first.len() < part_bytes(1) {
            let (whole, _) = hash(Sha256::new(), first.clone()).await?;
            return Ok(Received {
                digest: Digest::from_bytes(whole.finalize().into()),
                size_bytes: first.len() as u64,
                held: Held::Memory(first),
            });
        }
        self.receive_parts(first, parts).await
    }

    async fn receive_parts<E: std::fmt::Display>(
        &self,
        first: Bytes,
        mut parts: Parts<'_, E>,
    ) -> Result<Received> {
        let key = self.temp_key();
        let upload = self.client.create_upload(&key).await?;
        let mut temp = TempObject {
            s3: self.clone(),
            key: key.clone(),
            upload: Some(upload.clone()),
            gone: false,
        };
        let mut whole = Sha256::new();
        let mut sending: JoinSet<Result<PartTag>> = JoinSet::new();
        let mut sent = Vec::new();
        let mut size_bytes = 0;
        let mut part = first;
        let mut number = 1;
        while !part.is_empty() {
            size_bytes += part.len() as u64;
            let (hashed, next) = tokio::join!(
                hash(whole, part.clone()),
                parts.next(part_bytes(number + 1))
            );
            let (running, sha256) = hashed?;
            whole = running;
            while sending.len() >= IN_FLIGHT {
                sent.extend(arrived(&mut sending).await?);
            }
            let (s3, key, upload) = (self.clone(), key.clone(), upload.clone());
            sending.spawn(async move {
                s3.client
                    .put_part(&key, &upload, number, part, Some(sha256))
                    .await
            });
            part = next?;
            number += 1;
        }
        while let Some(tag) = arrived(&mut sending).await? {
            sent.push(tag);
        }
        sent.sort_by_key(|(number, _)| *number);
        self.client
            .complete_upload(&key, &upload, &sent, size_bytes)
            .await?;
        temp.upload = None;
        Ok(Received {
            digest: Digest::from_bytes(whole.finalize().into()),
            size_bytes,
            held: Held::Object(temp),
        })
    }

    /// Gives what was received its final name.
    pub async fn commit(&self, received: Received) -> Result<Blob> {
        let blob = Blob {
            digest: received.digest,
            size_bytes: received.size_bytes,
        };
        let key = self.blob_key(&blob.digest);
        if self.rests(&key, &blob).await? {
            // The copy goes when it is dropped.
            return Ok(blob);
        }
        match received.held {
            Held::Memory(bytes) => {
                let sha256 = blob.digest.as_str().to_owned();
                self.client.put(&key, bytes, Some(sha256)).await?;
            }
            Held::Object(mut temp) => {
                self.client.copy(&temp.key, &key, blob.size_bytes).await?;
                self.client.delete(&temp.key).await?;
                temp.gone = true;
            }
            Held::Completed(temp) => self.client.copy(&temp, &key, blob.size_bytes).await?,
            Held::File(_) => {
                return Err(ArtifactError::Interrupted(
                    "an upload into a folder cannot be committed to a bucket".to_owned(),
                ));
            }
        }
        let stored = self.client.head(&key).await?;
        if stored == Some(blob.size_bytes) {
            return Ok(blob);
        }
        let told = format!(
            "{} of {} bytes arrived",
            stored.unwrap_or(0),
            blob.size_bytes
        );
        Err(S3Fault::new(S3FaultKind::Damaged, "commit a blob", told).into())
    }

    /// Whether the same bytes rest under their final name already. A small object is read, which costs no more calls than
    /// looking at it: should it have rotted, the good bytes take its place. Of a large one the size is trusted: reading it
    /// back would cost as much as the upload did, a copy inside the bucket would do so too and shows half of itself where a
    /// server writes in place, and no ETag is comparable, since it depends on how the parts were cut. `drydock verify`
    /// finds a large one that rotted, and names the object to delete before the file is uploaded again.
    async fn rests(&self, key: &str, blob: &Blob) -> Result<bool> {
        if blob.size_bytes >= PART_BYTES as u64 {
            return Ok(self.client.head(key).await? == Some(blob.size_bytes));
        }
        match self.hash_object(key).await {
            Ok(found) => Ok(found == Some((blob.digest.clone(), blob.size_bytes))),
            // A server that finds the damage itself may refuse to read the object, yet let it be replaced.
            Err(error) if error.is_unreachable() => Err(error),
            Err(_) => Ok(false),
        }
    }
}

async fn arrived(sending: &mut JoinSet<Result<PartTag>>) -> Result<Option<PartTag>> {
    match sending.join_next().await {
        None => Ok(None),
        Some(Ok(tag)) => tag.map(Some),
        Some(Err(error)) => Err(ArtifactError::Interrupted(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::stream;

    #[test]
    fn ten_thousand_parts_hold_half_a_terabyte() {
        let total: u64 = (1..=10_000).map(|n| part_bytes(n) as u64).sum();
        assert_eq!(part_bytes(1), PART_BYTES);
        assert_eq!(part_bytes(2_001), 2 * PART_BYTES);
        assert_eq!(total >> 30, 484);
    }

    #[tokio::test]
    async fn a_stream_is_cut_into_parts_of_one_size() {
        let chunks = [3, 4, 5].map(|n| Ok::<_, String>(Bytes::from(vec![n; n as usize])));
        let mut parts = Parts {
            bytes: std::pin::pin!(stream::iter(chunks)),
            rest: Bytes::new(),
        };
        assert_eq!(parts.next(5).await.unwrap(), [3, 3, 3, 4, 4].as_slice());
        assert_eq!(parts.next(5).await.unwrap(), [4, 4, 5, 5, 5].as_slice());
        assert_eq!(parts.next(5).await.unwrap(), [5, 5].as_slice());
        assert!(parts.next(5).await.unwrap().is_empty());
    }
}
