//! Uploads whose parts come one by one, from a client that holds signed addresses or from one that resumes.

use std::collections::BTreeSet;
use std::time::SystemTime;

use bytes::Bytes;
use domain::artifact::Digest;
use reqwest::Method;

use crate::received::{Held, Received};
use crate::s3::{PartTag, S3, StoredPart};
use crate::{ArtifactError, ArtifactStore, Place, Result};

/// An upload that the bucket knows. The caller keeps it where a later process finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartsUpload {
    pub key: String,
    pub id: String,
}

/// How long a signed address is good for.
const PART_EXPIRES_S: u32 = 6 * 60 * 60;

impl ArtifactStore {
    fn bucket(&self) -> Result<&S3> {
        match &*self.place {
            Place::S3(s3) => Ok(s3),
            Place::Folder(_) => Err(ArtifactError::NoMultipart),
        }
    }

    /// Begins an upload: to its final place when the digest is known already, else under a temporary name.
    pub async fn begin_parts(&self, digest: Option<&Digest>) -> Result<PartsUpload> {
        let s3 = self.bucket()?;
        let key = digest.map_or_else(|| s3.temp_key(), |digest| s3.blob_key(digest));
        let id = s3.client().create_upload(&key).await?;
        Ok(PartsUpload { key, id })
    }

    /// Sends one part; the server compares it with `sha256`.
    pub async fn put_part(
        &self,
        upload: &PartsUpload,
        number: u32,
        bytes: Bytes,
        sha256: &Digest,
    ) -> Result<PartTag> {
        let sha256 = Some(sha256.as_str().to_owned());
        self.bucket()?
            .client()
            .put_part(&upload.key, &upload.id, number, bytes, sha256)
            .await
    }

    /// Signs what clients are handed: for the name under which they reach the bucket, where that is another than ours.
    fn signer(&self) -> Result<&S3> {
        let own = self.bucket()?;
        Ok(self.signer.as_deref().unwrap_or(own))
    }

    /// An address to which a client itself sends a part.
    pub fn part_address(&self, upload: &PartsUpload, number: u32) -> Result<String> {
        self.signer()?
            .client()
            .presigned_part(&upload.key, &upload.id, number, PART_EXPIRES_S)
    }

    /// The parts that have arrived; `None` when the upload is over.
    pub async fn stored_parts(&self, upload: &PartsUpload) -> Result<Option<Vec<StoredPart>>> {
        self.bucket()?
            .client()
            .stored_parts(&upload.key, &upload.id)
            .await
    }

    /// Completes an upload to its final place, whose digest the caller has computed from the same bytes as the parts.
    pub async fn complete_known(
        &self,
        upload: &PartsUpload,
        parts: &[PartTag],
        size_bytes: u64,
    ) -> Result<()> {
        self.bucket()?
            .client()
            .complete_upload(&upload.key, &upload.id, parts, size_bytes)
            .await
    }

    /// Completes an upload whose parts a client sent, and reads it back once to learn what it holds. The object stays until
    /// [`Self::forget_parts`], so that a call that did not come to its end can be made again.
    pub async fn complete_parts(
        &self,
        upload: &PartsUpload,
        parts: &[PartTag],
    ) -> Result<Received> {
        let s3 = self.bucket()?;
        let stored = self.stored_parts(upload).await?.unwrap_or_default();
        // An earlier call may have completed it. Some servers then know the upload no more, others no part of it.
        if !stored.is_empty() || s3.client().head(&upload.key).await?.is_none() {
            let size_bytes = parts
                .iter()
                .filter_map(|(number, _)| stored.iter().find(|part| part.number == *number))
                .map(|part| part.size_bytes)
                .sum();
            s3.client()
                .complete_upload(&upload.key, &upload.id, parts, size_bytes)
                .await?;
        }
        let (digest, size_bytes) = s3
            .hash_object(&upload.key)
            .await?
            .ok_or_else(|| ArtifactError::Interrupted("the completed upload is gone".to_owned()))?;
        Ok(Received {
            digest,
            size_bytes,
            held: Held::Completed(upload.key.clone()),
        })
    }

    /// Deletes what a completed upload left under its temporary name.
    pub async fn forget_parts(&self, upload: &PartsUpload) -> Result<()> {
        self.bucket()?.client().delete(&upload.key).await
    }

    /// The uploads that go straight to a blob's final place and began before a time, of this process or any other. Some
    /// servers (MinIO) list only those of a whole bucket or of one key: both are asked for. Nothing on servers that list
    /// none, or do not tell since when.
    pub async fn uploads_to_blobs(
        &self,
        digests: &[Digest],
        before: SystemTime,
    ) -> Result<Vec<(Digest, PartsUpload)>> {
        let Place::S3(s3) = &*self.place else {
            return Ok(Vec::new());
        };
        let mut listed = s3.client().uploads_under_way("").await?;
        for digest in digests {
            let key = s3.blob_key(digest);
            listed.extend(s3.client().uploads_under_way(&key).await?);
        }
        let old = listed
            .into_iter()
            .filter(|upload| upload.began().is_some_and(|began| began < before))
            .map(|upload| (upload.key, upload.upload_id));
        let old: BTreeSet<(String, String)> = old.collect();
        let ours = |(key, id): (String, String)| {
            let digest = Digest::parse(key.rsplit('/').next()?).ok()?;
            (s3.blob_key(&digest) == key).then_some((digest, PartsUpload { key, id }))
        };
        Ok(old.into_iter().filter_map(ours).collect())
    }

    pub async fn abort_parts(&self, upload: &PartsUpload) -> Result<()> {
        self.bucket()?
            .client()
            .abort_upload(&upload.key, &upload.id)
            .await
    }

    /// Whether a blob of this size rests here.
    pub async fn holds(&self, digest: &Digest, size_bytes: u64) -> Result<bool> {
        match &*self.place {
            Place::Folder(folder) => Ok(folder
                .read(digest, Some((0, 0)))
                .await?
                .is_some_and(|blob| blob.size_bytes() == size_bytes)),
            Place::S3(s3) => {
                let stored = s3.client().head(&s3.blob_key(digest)).await?;
                Ok(stored == Some(size_bytes))
            }
        }
    }

    /// An address from which a client fetches the blob itself, for a while.
    pub fn blob_address(&self, digest: &Digest, name: &str, expires_s: u32) -> Result<String> {
        let s3 = self.signer()?;
        let query = [(
            "response-content-disposition",
            format!("attachment; filename=\"{name}\""),
        )];
        s3.client()
            .presigned(&Method::GET, &s3.blob_key(digest), &query, expires_s)
    }
}
