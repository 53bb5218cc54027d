//! Files: listed, streamed, hashed as they pass, and compared with the size that the source tells.

use std::collections::HashMap;

use domain::artifact::{ArtifactPath, ArtifactUri};
use futures_util::{StreamExt as _, stream};

use super::Import;
use super::source::{Owner, SourceFile};
use crate::artifacts::{self, ArtifactFile};
use crate::error::{Result, ServiceError};

const FILES_AT_ONCE: usize = 4;

/// What was written now; files that were here already are not among them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Carried {
    pub count: i64,
    pub bytes: i64,
}

impl Import<'_> {
    /// Brings the files of a run or a logged model that are not here, or have another size, or changed after
    /// `since_ms`.
    pub(super) async fn carry_artifacts(
        &self,
        owner: &Owner,
        local_uri: &str,
        since_ms: Option<i64>,
    ) -> Result<Carried> {
        let mut carried = Carried::default();
        if self.input.no_artifacts {
            return Ok(carried);
        }
        let Ok(ArtifactUri::Proxied(root)) = ArtifactUri::parse("artifact_uri", local_uri) else {
            let uri = &owner.artifact_uri;
            let told =
                format!("its files stand at {uri} and stay there; clients reach them as before");
            self.ledger.problem(owner.subject(), told);
            return Ok(carried);
        };
        let here: HashMap<String, ArtifactFile> = artifacts::files_under(self.ctx, root.as_str())
            .await?
            .into_iter()
            .map(|file| (file.path.clone(), file))
            .collect();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            self.check()?;
            let listed = self.source.list(owner, &folder).await;
            let Some(entries) = self.tolerate(&owner.subject(), listed)? else {
                continue;
            };
            let (below, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|e| e.is_dir);
            folders.extend(below.into_iter().map(|folder| folder.path));
            let wanted: Vec<_> = files
                .iter()
                .filter(|file| is_wanted(file, &root, &here, since_ms))
                .map(|file| self.carry_file(owner, &root, file))
                .collect();
            let mut ended = stream::iter(wanted).buffer_unordered(FILES_AT_ONCE);
            while let Some(bytes) = ended.next().await {
                if let Some(bytes) = bytes? {
                    carried.count += 1;
                    carried.bytes += bytes;
                }
            }
        }
        Ok(carried)
    }

    async fn carry_file(
        &self,
        owner: &Owner,
        root: &ArtifactPath,
        file: &SourceFile,
    ) -> Result<Option<i64>> {
        let subject = format!("{}, file {}", owner.subject(), file.path);
        let path = match ArtifactPath::parse(&file.path) {
            Ok(path) => root.join(&path),
            Err(invalid) => {
                self.ledger.problem(subject, invalid.to_string());
                return Ok(None);
            }
        };
        let opened = self.source.open(owner, &file.path).await;
        let Some(bytes) = self.tolerate(&subject, opened)? else {
            return Ok(None);
        };
        let cancel = self.watch.cancel;
        let bytes = bytes.map(|chunk| match cancel.is_cancelled() {
            true => Err("cancelled".to_owned()),
            false => chunk,
        });
        let stored = artifacts::upload(self.ctx, path.as_str(), bytes).await;
        self.check()?;
        let stored = match stored {
            // The stream broke off: nothing was stored.
            Err(ServiceError::Artifact(error)) => {
                self.ledger.problem(subject, error.to_string());
                return Ok(None);
            }
            other => match self.refused(&subject, other)? {
                Some(stored) => stored,
                None => return Ok(None),
            },
        };
        if let Some(told) = file.size_bytes.filter(|told| *told != stored.size_bytes) {
            artifacts::delete(self.ctx, path.as_str()).await?;
            let message = format!(
                "{} bytes came where the source lists {told}; it changed meanwhile: import again",
                stored.size_bytes
            );
            self.ledger.problem(subject, message);
            return Ok(None);
        }
        self.ledger.count(|report| {
            report.artifacts += 1;
            report.artifact_bytes += stored.size_bytes;
        });
        Ok(Some(stored.size_bytes))
    }
}

fn is_wanted(
    file: &SourceFile,
    root: &ArtifactPath,
    here: &HashMap<String, ArtifactFile>,
    since_ms: Option<i64>,
) -> bool {
    let Some(known) = here.get(&format!("{root}/{}", file.path)) else {
        return true;
    };
    let other_size = file.size_bytes.is_some_and(|size| size != known.size_bytes);
    let changed = match (file.modified_at_ms, since_ms) {
        (Some(at_ms), Some(since_ms)) => at_ms > since_ms,
        _ => false,
    };
    other_size || changed
}
