//! What a collector asks of the bucket: which blobs rest here, and what was abandoned on the way in.

use std::time::{Duration, SystemTime};

use domain::artifact::Digest;

use super::{S3, xml};
use crate::{Result, StoredBlob};

impl S3 {
    pub async fn delete(&self, digest: &Digest) -> Result<()> {
        self.client.delete(&self.blob_key(digest)).await
    }

    /// The blobs whose digests begin with this byte.
    pub async fn shelf_of(&self, shelf: u8) -> Result<Vec<StoredBlob>> {
        let prefix = format!("{}blobs/{shelf:02x}/", self.prefix);
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let (page, next) = self
                .client
                .list_page(&prefix, token.as_deref(), 1_000)
                .await?;
            found.extend(page.into_iter().filter_map(|(key, size_bytes)| {
                let digest = Digest::parse(key.rsplit('/').next()?).ok()?;
                Some(StoredBlob { digest, size_bytes })
            }));
            token = next;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// Deletes temporary objects and aborts uploads that began more than `age` ago, except those that are still wanted.
    pub async fn sweep(
        &self,
        now: SystemTime,
        age: Duration,
        wanted: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<u64> {
        let prefix = format!("{}tmp/", self.prefix);
        let mut swept = 0;
        for xml::Upload { key, upload_id, .. } in self.client.uploads_under_way(&prefix).await? {
            if is_old(&key, now, age) && !wanted(&key) {
                self.client.abort_upload(&key, &upload_id).await?;
                swept += 1;
            }
        }
        let mut token = None;
        loop {
            let (page, next) = self
                .client
                .list_page(&prefix, token.as_deref(), 1_000)
                .await?;
            for (key, _) in page {
                if is_old(&key, now, age) && !wanted(&key) {
                    self.client.delete(&key).await?;
                    swept += 1;
                }
            }
            token = next;
            if token.is_none() {
                return Ok(swept);
            }
        }
    }
}

/// By the time inside its name, which our own clock gave, not the server's.
fn is_old(key: &str, now: SystemTime, age: Duration) -> bool {
    let name = key.rsplit('/').next().unwrap_or_default();
    let Some(made) = uuid::Uuid::parse_str(name)
        .ok()
        .and_then(|id| id.get_timestamp())
    else {
        return false;
    };
    let (seconds, nanoseconds) = made.to_unix();
    let made = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
    now.duration_since(made).is_ok_and(|idle| idle >= age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_read_from_the_name() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let made = uuid::Timestamp::from_unix(uuid::NoContext, 1_800_000_000, 0);
        let key = format!("desk/tmp/{}", uuid::Uuid::new_v7(made).simple());
        let day = Duration::from_secs(86_400);
        assert!(!is_old(&key, now, day));
        assert!(is_old(&key, now + day, day));
        assert!(!is_old("desk/tmp/of-somebody-else", now + day, day));
    }
}
