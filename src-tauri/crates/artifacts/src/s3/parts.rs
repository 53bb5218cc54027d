//! Multipart uploads: an object that arrives in numbered parts, and is there whole or not at all.

use bytes::Bytes;
use reqwest::Method;
use serde::de::DeserializeOwned;

use super::call::{Call, Client};
use super::{S3Fault, S3FaultKind, xml};
use crate::Result;

/// The number of a part and what the server called its content.
pub type PartTag = (u32, String);

/// A part that the server holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPart {
    pub number: u32,
    /// Empty where the server does not tell it.
    pub etag: String,
    pub size_bytes: u64,
}

pub(super) fn read<T: DeserializeOwned>(doing: &str, body: &str) -> Result<T, S3Fault> {
    quick_xml::de::from_str(body).map_err(|error| {
        S3Fault::new(
            S3FaultKind::Rejected,
            doing,
            format!("its answer cannot be read: {error}"),
        )
    })
}

impl Client {
    pub async fn create_upload(&self, key: &str) -> Result<String> {
        let doing = format!("begin an upload to the bucket {}", self.bucket());
        let call = Call::new(&doing, Method::POST, key)
            .query("uploads", "")
            .header("content-type", "application/octet-stream")
            .body(Bytes::new(), None);
        let begun: xml::Initiated = read(&doing, &self.text(&call).await?)?;
        Ok(begun.upload_id)
    }

    /// Sends one part; the same part may be sent again.
    pub async fn put_part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        body: Bytes,
        sha256: Option<String>,
    ) -> Result<PartTag> {
        let doing = format!("send part {number} to the bucket {}", self.bucket());
        let call = Call::new(&doing, Method::PUT, key)
            .query("partNumber", number.to_string())
            .query("uploadId", upload)
            .body(body, sha256);
        let response = self.send(&call).await?;
        let etag = response.headers().get(reqwest::header::ETAG);
        let etag = etag.and_then(|text| text.to_str().ok()).unwrap_or_default();
        if etag.is_empty() {
            return Err(S3Fault::new(S3FaultKind::Rejected, doing, "it gave no ETag").into());
        }
        Ok((number, etag.to_owned()))
    }

    /// Makes the parts one object, and sees that it has the size of all of them.
    pub async fn complete_upload(
        &self,
        key: &str,
        upload: &str,
        parts: &[PartTag],
        size_bytes: u64,
    ) -> Result<()> {
        let doing = format!("complete an upload to the bucket {}", self.bucket());
        let parts = parts.iter().map(|(number, etag)| xml::CompletePart {
            part_number: *number,
            etag: etag.clone(),
        });
        let body = quick_xml::se::to_string(&xml::Complete {
            parts: parts.collect(),
        });
        let body =
            body.map_err(|error| S3Fault::new(S3FaultKind::Rejected, &doing, error.to_string()))?;
        let call = Call::new(&doing, Method::POST, key)
            .query("uploadId", upload)
            .header("content-type", "application/xml")
            .body(Bytes::from(body), None);
        match self.text(&call).await {
            // The answer to an earlier try may have been lost; what the bucket holds decides.
            Err(fault) if fault.kind == S3FaultKind::NoSuchUpload => {
                if self.head(key).await? != Some(size_bytes) {
                    return Err(fault.into());
                }
            }
            Err(fault) => return Err(fault.into()),
            Ok(_) => {}
        }
        let stored = self.head(key).await?;
        if stored == Some(size_bytes) {
            return Ok(());
        }
        let told = format!("{} of {size_bytes} bytes arrived", stored.unwrap_or(0));
        Err(S3Fault::new(S3FaultKind::Damaged, doing, told).into())
    }

    pub async fn abort_upload(&self, key: &str, upload: &str) -> Result<()> {
        let doing = format!("abort an upload to the bucket {}", self.bucket());
        let call = Call::new(&doing, Method::DELETE, key).query("uploadId", upload);
        match self.send(&call).await {
            Err(fault)
                if !matches!(
                    fault.kind,
                    S3FaultKind::NoSuchUpload | S3FaultKind::NoSuchKey
                ) =>
            {
                Err(fault.into())
            }
            _ => Ok(()),
        }
    }

    /// Every part that has arrived; `None` when the server knows no such upload any more.
    pub async fn stored_parts(&self, key: &str, upload: &str) -> Result<Option<Vec<StoredPart>>> {
        let doing = format!(
            "list the parts of an upload to the bucket {}",
            self.bucket()
        );
        let mut stored = Vec::new();
        let mut marker = 0;
        loop {
            let call = Call::new(&doing, Method::GET, key)
                .query("uploadId", upload)
                .query("part-number-marker", marker.to_string());
            let body = match self.text(&call).await {
                Err(fault)
                    if matches!(
                        fault.kind,
                        S3FaultKind::NoSuchUpload | S3FaultKind::NoSuchKey
                    ) =>
                {
                    return Ok(None);
                }
                other => other?,
            };
            let page: xml::PartPage = read(&doing, &body)?;
            let seen = stored.len();
            // A server without pages of parts answers each time with all of them.
            stored.extend(
                page.parts
                    .into_iter()
                    .filter(|part| part.part_number > marker)
                    .map(|part| StoredPart {
                        number: part.part_number,
                        etag: part.etag,
                        size_bytes: part.size,
                    }),
            );
            let last = stored.last().map_or(0, |part| part.number);
            marker = page.next_part_number_marker.unwrap_or(last).max(last);
            if !page.is_truncated || stored.len() == seen {
                stored.sort_by_key(|part| part.number);
                return Ok(Some(stored));
            }
        }
    }

    /// Every upload under way below a key prefix; nothing on servers that cannot list them.
    pub async fn uploads_under_way(&self, prefix: &str) -> Result<Vec<xml::Upload>> {
        let doing = format!("list the uploads to the bucket {}", self.bucket());
        let mut found = Vec::new();
        let mut marker: Option<(String, String)> = None;
        loop {
            let mut call = Call::new(&doing, Method::GET, "")
                .query("uploads", "")
                .query("prefix", prefix);
            if let Some((key, upload)) = &marker {
                call = call
                    .query("key-marker", key)
                    .query("upload-id-marker", upload);
            }
            let body = match self.text(&call).await {
                Err(fault) if fault.detail.contains("NotImplemented") => return Ok(found),
                other => other?,
            };
            let page: xml::UploadPage = read(&doing, &body)?;
            found.extend(page.uploads);
            marker = match (page.next_key_marker, page.next_upload_id_marker) {
                (Some(key), upload) if page.is_truncated => Some((key, upload.unwrap_or_default())),
                _ => return Ok(found),
            };
        }
    }

    /// An address to which a client itself sends one part.
    pub fn presigned_part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        expires_s: u32,
    ) -> Result<String> {
        let query = [
            ("partNumber", number.to_string()),
            ("uploadId", upload.to_owned()),
        ];
        self.presigned(&Method::PUT, key, &query, expires_s)
    }
}
