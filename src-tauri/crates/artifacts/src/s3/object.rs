//! Whole objects: put, look, read, copy, delete, list.

use bytes::Bytes;
use reqwest::{Method, Response, StatusCode};

use super::call::{Call, Client};
use super::{S3Fault, S3FaultKind, xml};
use crate::Result;

/// The most that one `CopyObject` is asked to move; S3 allows 5 GB, but a server that copies for minutes without a word
/// looks like a dead one.
const COPY_BYTES_MAX: u64 = 256 << 20;
/// How much one part of a larger copy holds: at most 10,000 of them make an object.
const COPY_PART_BYTES: u64 = 256 << 20;

impl Client {
    pub async fn put(&self, key: &str, body: Bytes, sha256: Option<String>) -> Result<()> {
        let doing = format!("store an object in the bucket {}", self.bucket());
        let call = Call::new(&doing, Method::PUT, key)
            .header("content-type", "application/octet-stream")
            .body(body, sha256);
        self.send(&call).await?;
        Ok(())
    }

    /// The size of an object; `None` where there is none.
    pub async fn head(&self, key: &str) -> Result<Option<u64>> {
        let doing = format!("look at an object in the bucket {}", self.bucket());
        let call = Call::new(&doing, Method::HEAD, key);
        match self.send(&call).await {
            Ok(response) => {
                let length = response.headers().get(reqwest::header::CONTENT_LENGTH);
                let length = length.and_then(|text| text.to_str().ok()?.parse().ok());
                length.map(Some).ok_or_else(|| {
                    S3Fault::new(S3FaultKind::Rejected, doing, "it told no size").into()
                })
            }
            Err(fault) if fault.kind == S3FaultKind::NoSuchKey => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// The bytes from `from` to `to`, both included; without `to`, to the end. `None` where there is no such object.
    pub async fn get(
        &self,
        key: &str,
        from: u64,
        to: Option<u64>,
    ) -> Result<Option<Response>, S3Fault> {
        let doing = format!("read an object of the bucket {}", self.bucket());
        let mut call = Call::new(&doing, Method::GET, key);
        let ranged = from > 0 || to.is_some();
        if ranged {
            let to = to.map(|to| to.to_string()).unwrap_or_default();
            call = call.header("range", format!("bytes={from}-{to}"));
        }
        match self.send(&call).await {
            Ok(response) if ranged && response.status() != StatusCode::PARTIAL_CONTENT => {
                let told = format!("HTTP {} to a range", response.status().as_u16());
                Err(S3Fault::new(S3FaultKind::Rejected, doing, told))
            }
            Ok(response) => Ok(Some(response)),
            Err(fault) if fault.kind == S3FaultKind::NoSuchKey => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Deletes an object; that there was none is as good.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let doing = format!("delete an object of the bucket {}", self.bucket());
        match self.send(&Call::new(&doing, Method::DELETE, key)).await {
            Err(fault) if fault.kind != S3FaultKind::NoSuchKey => Err(fault.into()),
            _ => Ok(()),
        }
    }

    /// Copies inside the bucket, without the bytes passing through here.
    pub async fn copy(&self, from: &str, to: &str, size_bytes: u64) -> Result<()> {
        if size_bytes > COPY_BYTES_MAX {
            return self.copy_parts(from, to, size_bytes).await;
        }
        let doing = format!("copy an object in the bucket {}", self.bucket());
        let call = Call::new(&doing, Method::PUT, to)
            .header("x-amz-copy-source", self.source(from))
            .body(Bytes::new(), None);
        self.text(&call).await?;
        Ok(())
    }

    async fn copy_parts(&self, from: &str, to: &str, size_bytes: u64) -> Result<()> {
        let upload = self.create_upload(to).await?;
        let part_bytes = COPY_PART_BYTES.max(size_bytes.div_ceil(9_000));
        let ranges = (0..size_bytes.div_ceil(part_bytes)).map(|index| {
            let first = index * part_bytes;
            (index + 1, first, (first + part_bytes).min(size_bytes) - 1)
        });
        let doing = format!("copy an object in the bucket {}", self.bucket());
        let copies = ranges.map(|(number, first, last)| {
            let call = Call::new(&doing, Method::PUT, to)
                .query("partNumber", number.to_string())
                .query("uploadId", upload.clone())
                .header("x-amz-copy-source", self.source(from))
                .header("x-amz-copy-source-range", format!("bytes={first}-{last}"))
                .body(Bytes::new(), None);
            async move {
                let copied: xml::Copied =
                    super::parts::read(&doing_of(&call), &self.text(&call).await?)?;
                Ok::<_, S3Fault>((u32::try_from(number).unwrap_or(u32::MAX), copied.etag))
            }
        });
        use futures_util::{StreamExt as _, TryStreamExt as _};
        let copied: Result<Vec<_>, S3Fault> = futures_util::stream::iter(copies)
            .buffered(4)
            .try_collect()
            .await;
        let done = match copied {
            Ok(parts) => self.complete_upload(to, &upload, &parts, size_bytes).await,
            Err(fault) => Err(fault.into()),
        };
        if done.is_err() {
            let _ = self.abort_upload(to, &upload).await;
        }
        done
    }

    fn source(&self, key: &str) -> String {
        format!("/{}/{}", self.bucket(), s3::signing::uri_encode(key, false))
    }

    /// One page of the objects whose keys begin so, and where the next begins.
    pub async fn list_page(
        &self,
        prefix: &str,
        token: Option<&str>,
        keys_max: u32,
    ) -> Result<(Vec<(String, u64)>, Option<String>)> {
        let doing = format!("list the bucket {}", self.bucket());
        let mut call = Call::new(&doing, Method::GET, "")
            .query("list-type", "2")
            .query("max-keys", keys_max.to_string())
            .query("prefix", prefix);
        if let Some(token) = token {
            call = call.query("continuation-token", token);
        }
        let page: xml::ObjectPage = super::parts::read(&doing, &self.text(&call).await?)?;
        let next = page.next_continuation_token.filter(|_| page.is_truncated);
        let objects = page.contents.into_iter().map(|o| (o.key, o.size)).collect();
        Ok((objects, next))
    }
}

fn doing_of(call: &Call<'_>) -> String {
    call.doing().to_owned()
}
