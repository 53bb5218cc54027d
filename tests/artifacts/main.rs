//! Artifact bytes on a folder, on MinIO and on a second S3 server: the same calls must mean the same, and no network
//! fault may make a blob of other bytes than its name says.

// A scenario reads best in one piece.
#![allow(clippy::unwrap_used, clippy::too_many_lines)]

mod conformance;
mod connection;
mod faults;
mod life;
mod marker;
mod place;
mod purge;
mod races;
mod uploads;

use artifacts::{ArtifactStore, S3Options};
use bytes::Bytes;
use domain::artifact::Digest;
use drydock_tests::s3::{ACCESS_KEY, BUCKET, SECRET_KEY};
use futures_util::StreamExt as _;

pub fn options(endpoint: &str, prefix: &str) -> S3Options {
    S3Options {
        endpoint: endpoint.to_owned(),
        public_endpoint: None,
        bucket: BUCKET.to_owned(),
        region: "eu-central-1".to_owned(),
        access_key: ACCESS_KEY.to_owned(),
        secret_key: SECRET_KEY.to_owned(),
        ca_file: None,
        prefix: prefix.to_owned(),
    }
}

/// Another client of the same bucket, as somebody with the keys may use it.
pub fn outsider(endpoint: &str) -> Box<s3::Bucket> {
    let region = s3::Region::Custom {
        region: "eu-central-1".into(),
        endpoint: endpoint.into(),
    };
    let keys = s3::creds::Credentials::new(Some(ACCESS_KEY), Some(SECRET_KEY), None, None, None);
    s3::Bucket::new(BUCKET, region, keys.unwrap())
        .unwrap()
        .with_path_style()
}

pub fn bucket(endpoint: &str, prefix: &str) -> ArtifactStore {
    ArtifactStore::open_s3(&options(endpoint, prefix)).unwrap()
}

/// Bytes that differ everywhere and are the same on each run.
pub fn noise(seed: u64, size: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes.into()
}

pub fn digest_of(bytes: &[u8]) -> Digest {
    use sha2::{Digest as _, Sha256};
    Digest::from_bytes(Sha256::digest(bytes).into())
}

/// As a client sends: in chunks that fit nothing.
pub async fn put(store: &ArtifactStore, bytes: &Bytes) -> artifacts::Result<artifacts::Blob> {
    store.put(chunks(bytes)).await
}

pub fn chunks(
    bytes: &Bytes,
) -> impl futures_util::Stream<Item = Result<Bytes, std::convert::Infallible>> + Send + use<> {
    let mut rest = bytes.clone();
    let cut = std::iter::from_fn(move || {
        (!rest.is_empty()).then(|| Ok(rest.split_to(rest.len().min(300_007))))
    });
    futures_util::stream::iter(cut.collect::<Vec<_>>())
}

/// All bytes, or how far they came and what then went wrong.
pub async fn read(store: &ArtifactStore, digest: &Digest) -> Result<Vec<u8>, (usize, String)> {
    let opened = store.read(digest).await.map_err(|e| (0, e.to_string()))?;
    let mut stream = opened.ok_or((0, "not there".to_owned()))?;
    let mut all = Vec::new();
    while let Some(chunk) = stream.next().await {
        all.extend_from_slice(&chunk.map_err(|e| (all.len(), e.to_string()))?);
    }
    Ok(all)
}
