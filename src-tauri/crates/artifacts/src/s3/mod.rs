//! Blobs in an S3 bucket: `<prefix>/blobs/<2 hex>/<sha256>`, with uploads under way in `<prefix>/tmp/<uuid>` and the marker
//! that names their workspace.
//!
//! Region and signature are `rust-s3`'s; the requests are sent by our own client, because rust-s3's takes no private
//! certificate authority, copies each part and hashes it twice more, and knows neither `UploadPartCopy` nor `ListParts`.
//! Only calls that every S3 server knows are made: path style, no versioning, no conditional writes, no checksum trailers.

mod cache;
mod call;
mod fault;
mod object;
mod parts;
mod read;
mod sweep;
mod upload;
mod xml;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use domain::artifact::Digest;

pub(crate) use call::Client;
pub use fault::{S3Fault, S3FaultKind};
pub use parts::{PartTag, StoredPart};
pub(crate) use read::ObjectStream;
pub(crate) use upload::TempObject;

use crate::{MARKER, MARKER_BYTES_MAX, Result};

/// How to reach a bucket.
#[derive(Clone)]
pub struct S3Options {
    /// `http://127.0.0.1:9000`, `https://s3.eu-central-1.amazonaws.com`
    pub endpoint: String,
    /// The same server as clients reach it; `None`: by the same address.
    pub public_endpoint: Option<String>,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
    /// The authority that signed the server's certificate, where the system does not know it.
    pub ca_file: Option<PathBuf>,
    /// The folder inside the bucket; empty is the bucket's root.
    pub prefix: String,
}

impl std::fmt::Debug for S3Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Options")
            .field("endpoint", &self.endpoint)
            .field("public_endpoint", &self.public_endpoint)
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .field("access_key", &self.access_key)
            .field("ca_file", &self.ca_file)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl S3Options {
    /// The bucket and prefix of `s3://bucket/prefix`.
    pub fn place(address: &str) -> Option<(String, String)> {
        let rest = address.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        (!bucket.is_empty()).then(|| (bucket.to_owned(), prefix.trim_matches('/').to_owned()))
    }
}

/// A bucket that holds blobs. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct S3 {
    client: Arc<Client>,
    /// Empty, or ends in `/`.
    prefix: Arc<str>,
    cache: Arc<cache::Cache>,
}

impl S3 {
    /// Prepares the client; nothing is sent yet.
    pub fn open(options: &S3Options) -> Result<Self> {
        let prefix = options.prefix.trim_matches('/');
        let prefix = if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}/")
        };
        let client = Client::new(options)?;
        Ok(Self {
            client: Arc::new(client),
            prefix: prefix.into(),
            cache: Arc::new(cache::Cache::of_this_account()),
        })
    }

    /// Asks for all that the store will need of the bucket, so that what is wrong is told before anything depends on it.
    pub async fn check(&self) -> Result<()> {
        self.client.list_page(&self.prefix, None, 1).await?;
        let key = self.temp_key();
        let told = "drydock looks whether it may write here";
        self.client.put(&key, told.into(), None).await?;
        let stored = self.client.head(&key).await?;
        self.client.delete(&key).await?;
        if stored != Some(told.len() as u64) {
            return Err(S3Fault::new(
                S3FaultKind::Rejected,
                "read back what was written",
                format!("{stored:?} bytes instead of {}", told.len()),
            )
            .into());
        }
        Ok(())
    }

    pub async fn marker(&self) -> Result<Option<Vec<u8>>> {
        let key = self.marker_key();
        let Some(response) = self.client.get(&key, 0, None).await? else {
            return Ok(None);
        };
        if response
            .content_length()
            .is_none_or(|size| size > MARKER_BYTES_MAX)
        {
            return Ok(Some(Vec::new()));
        }
        let bytes = response.bytes().await;
        let bytes = bytes.map_err(|error| S3Fault::unanswered("read the marker", &error))?;
        Ok(Some(bytes.into()))
    }

    pub async fn set_marker(&self, bytes: Bytes) -> Result<()> {
        self.client.put(&self.marker_key(), bytes, None).await
    }

    fn marker_key(&self) -> String {
        format!("{}{MARKER}", self.prefix)
    }

    pub fn address(&self) -> String {
        self.client.address(&self.prefix)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn blob_key(&self, digest: &Digest) -> String {
        let digest = digest.as_str();
        format!("{}blobs/{}/{digest}", self.prefix, &digest[..2])
    }

    /// The name carries the time at which it was made, so that what was abandoned can be told by its age.
    pub(crate) fn temp_key(&self) -> String {
        format!("{}tmp/{}", self.prefix, uuid::Uuid::now_v7().simple())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_a_bucket_and_a_folder() {
        let place = |text: &str| S3Options::place(text);
        let both = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(place("s3://desk"), both("desk", ""));
        assert_eq!(place("s3://desk/a/b/"), both("desk", "a/b"));
        assert_eq!(place("s3:///x"), None);
        assert_eq!(place("/srv/artifacts"), None);
    }
}
