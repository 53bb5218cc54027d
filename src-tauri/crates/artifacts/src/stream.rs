//! The bytes of one blob on their way out, and the proof that they are the right ones.

use std::fs::File;
use std::future::Future as _;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use domain::artifact::Digest;
use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::s3::ObjectStream;
use crate::{ArtifactError, Result};

/// Large enough that hashing and system calls dominate, small enough that 100 downloads cost little memory.
const CHUNK_BYTES: usize = 512 * 1024;

/// The bytes of a blob, or of a range of it, in order.
///
/// A whole blob is hashed as it passes, and its last chunk is let go only when the digest is right: whoever reads damaged
/// bytes gets an error instead of an end.
#[derive(Debug)]
pub struct BlobStream {
    size_bytes: u64,
    length_bytes: u64,
    passed_bytes: u64,
    proof: Option<Proof>,
    source: Source,
}

#[derive(Debug)]
struct Proof {
    expected: Digest,
    /// Files are hashed on the thread that reads them.
    hash: Option<Sha256>,
}

#[derive(Debug)]
enum Source {
    File(Reading),
    Object(ObjectStream),
}

/// A file that is read and hashed one chunk ahead, off the threads that answer requests.
#[derive(Debug)]
struct Reading {
    next: Option<JoinHandle<io::Result<Step>>>,
}

#[derive(Debug)]
struct Step {
    chunk: Bytes,
    file: File,
    hash: Option<Sha256>,
    left_bytes: u64,
}

impl Reading {
    fn begin(file: File, length_bytes: u64, hash: Option<Sha256>) -> Self {
        Self {
            next: Some(read_on(file, length_bytes, hash)),
        }
    }
}

fn read_on(mut file: File, left_bytes: u64, hash: Option<Sha256>) -> JoinHandle<io::Result<Step>> {
    spawn_blocking(move || {
        let wanted = left_bytes.min(CHUNK_BYTES as u64);
        let mut chunk = Vec::with_capacity(usize::try_from(wanted).unwrap_or(CHUNK_BYTES));
        let read = (&mut file).take(wanted).read_to_end(&mut chunk)? as u64;
        let hash = hash.map(|mut hash| {
            hash.update(&chunk);
            hash
        });
        Ok(Step {
            chunk: chunk.into(),
            file,
            hash,
            left_bytes: if read == 0 { 0 } else { left_bytes - read },
        })
    })
}

impl BlobStream {
    /// A blob in an open file that stands at `from`; a digest is given when the whole of it is read.
    pub(crate) fn of_file(
        file: File,
        size_bytes: u64,
        length_bytes: u64,
        whole: Option<Digest>,
    ) -> Self {
        let hash = whole.is_some().then(Sha256::new);
        Self {
            size_bytes,
            length_bytes,
            passed_bytes: 0,
            proof: whole.map(|expected| Proof {
                expected,
                hash: None,
            }),
            source: Source::File(Reading::begin(file, length_bytes, hash)),
        }
    }

    pub(crate) fn of_object(
        object: ObjectStream,
        size_bytes: u64,
        length_bytes: u64,
        whole: Option<Digest>,
    ) -> Self {
        Self {
            size_bytes,
            length_bytes,
            passed_bytes: 0,
            proof: whole.map(|expected| Proof {
                expected,
                hash: Some(Sha256::new()),
            }),
            source: Source::Object(object),
        }
    }

    /// The size of the whole blob.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// How many bytes this stream gives: fewer than the blob's when a range was asked for.
    pub fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    pub(crate) async fn collect(mut self) -> Result<Vec<u8>> {
        let mut all = Vec::with_capacity(usize::try_from(self.length_bytes).unwrap_or(0));
        while let Some(chunk) = self.next().await {
            all.extend_from_slice(&chunk.map_err(ArtifactError::from_stream)?);
        }
        Ok(all)
    }

    /// Reads to the end; an error when the bytes are not what they should be.
    pub(crate) async fn drain(mut self, mut passed: impl FnMut(u64)) -> Result<()> {
        while let Some(chunk) = self.next().await {
            passed(chunk.map_err(ArtifactError::from_stream)?.len() as u64);
        }
        Ok(())
    }

    fn poll_source(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let left_bytes = self.length_bytes - self.passed_bytes;
        match &mut self.source {
            Source::Object(object) => object.poll_next_unpin(context),
            Source::File(reading) => {
                let Some(handle) = &mut reading.next else {
                    return Poll::Ready(None);
                };
                let step = ready!(Pin::new(handle).poll(context));
                reading.next = None;
                let step = match step {
                    Ok(Ok(step)) => step,
                    Ok(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Err(error) => return Poll::Ready(Some(Err(io::Error::other(error)))),
                };
                if step.chunk.is_empty() {
                    return Poll::Ready(None);
                }
                if step.chunk.len() as u64 >= left_bytes {
                    if let (Some(proof), Some(hash)) = (&mut self.proof, step.hash) {
                        proof.hash = Some(hash);
                    }
                } else {
                    reading.next = Some(read_on(step.file, step.left_bytes, step.hash));
                }
                Poll::Ready(Some(Ok(step.chunk)))
            }
        }
    }

    /// What the last chunk proves.
    fn prove(&mut self) -> io::Result<()> {
        let Some(proof) = self.proof.take() else {
            return Ok(());
        };
        let found = Digest::from_bytes(proof.hash.unwrap_or_default().finalize().into());
        if found == proof.expected {
            return Ok(());
        }
        tracing::error!(
            expected = proof.expected.as_str(),
            found = found.as_str(),
            "a blob is damaged"
        );
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            ArtifactError::Damaged {
                expected: proof.expected,
                found,
            },
        ))
    }
}

impl Stream for BlobStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.passed_bytes == self.length_bytes {
            // Only an empty blob comes here with its proof still open.
            return Poll::Ready(self.prove().err().map(Err));
        }
        let chunk = match ready!(self.poll_source(context)) {
            Some(Ok(chunk)) => chunk,
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => {
                let missing = self.length_bytes - self.passed_bytes;
                let told = format!("the blob ends {missing} bytes too early");
                self.passed_bytes = self.length_bytes;
                self.proof = None;
                return Poll::Ready(Some(Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    told,
                ))));
            }
        };
        if matches!(self.source, Source::Object(_))
            && let Some(Proof {
                hash: Some(hash), ..
            }) = &mut self.proof
        {
            hash.update(&chunk);
        }
        self.passed_bytes += chunk.len() as u64;
        if self.passed_bytes > self.length_bytes {
            self.passed_bytes = self.length_bytes;
            self.proof = None;
            let told = "the blob is longer than the store said";
            return Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::InvalidData, told))));
        }
        if self.passed_bytes == self.length_bytes
            && let Err(error) = self.prove()
        {
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}
