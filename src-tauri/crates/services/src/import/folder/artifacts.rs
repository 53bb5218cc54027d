//! Files of a folder's runs and logged models, wherever their address says they stand on this machine.

use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use futures_util::TryStreamExt as _;
use tokio_util::io::ReaderStream;

use super::{Folder, io};
use crate::import::source::{ByteStream, Owner, OwnerKind, Read, SourceError, SourceFile};

const CHUNK_BYTES: usize = 256 * 1024;

impl Folder {
    pub async fn list(&self, owner: &Owner, path: &str) -> Read<Vec<SourceFile>> {
        let root = self.artifact_root(owner).await?;
        let folder = root.join(path);
        let mut entries = match tokio::fs::read_dir(&folder).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io(&folder)(error)),
        };
        let mut found = Vec::new();
        while let Some(entry) = entries.next_entry().await.map_err(io(&folder))? {
            let about = tokio::fs::symlink_metadata(entry.path())
                .await
                .map_err(io(&entry.path()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}/{name}")
            };
            let modified = about.modified().ok();
            let modified = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            found.push(SourceFile {
                path,
                is_dir: about.is_dir(),
                // A link has the size of its own text: opening it says why it stays behind.
                size_bytes: i64::try_from(about.len()).ok().filter(|_| about.is_file()),
                modified_at_ms: modified.and_then(|since| i64::try_from(since.as_millis()).ok()),
            });
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    pub async fn open(&self, owner: &Owner, path: &str) -> Read<ByteStream> {
        let path = self.artifact_root(owner).await?.join(path);
        let about = tokio::fs::symlink_metadata(&path)
            .await
            .map_err(io(&path))?;
        if !about.is_file() {
            return Err(SourceError::malformed(
                path.display().to_string(),
                "a link or a device, which is not followed",
            ));
        }
        let file = tokio::fs::File::open(&path).await.map_err(io(&path))?;
        let bytes = ReaderStream::with_capacity(file, CHUNK_BYTES);
        Ok(Box::pin(bytes.map_err(|error| error.to_string())))
    }

    /// Where the address says. When nothing stands there any more, the folder was moved since: then its usual place.
    async fn artifact_root(&self, owner: &Owner) -> Read<PathBuf> {
        let experiment = self.experiment_folder(&owner.experiment_id).await?;
        let usual = match owner.kind {
            OwnerKind::Run => experiment.join(&owner.id).join("artifacts"),
            OwnerKind::LoggedModel => experiment.join("models").join(&owner.id).join("artifacts"),
        };
        let named = self.local_place(&owner.artifact_uri);
        if let Some(named) = &named
            && is_folder(named).await
        {
            return Ok(named.clone());
        }
        if is_folder(&usual).await && (named.is_some() || !is_empty(&usual).await) {
            return Ok(usual);
        }
        match named {
            // A logged model or run without a single file may never have had its folder made.
            Some(named) if named.starts_with(&self.root) || named.ends_with("artifacts") => {
                Ok(named)
            }
            _ => Err(SourceError::Refused(format!(
                "its files stand at {}, which this machine cannot read",
                owner.artifact_uri
            ))),
        }
    }

    /// The path on this machine that an address means, if it means one.
    fn local_place(&self, uri: &str) -> Option<PathBuf> {
        let beside = self.root.parent().unwrap_or(&self.root);
        if let Some(path) = uri.strip_prefix("mlflow-artifacts:") {
            // A server over this folder keeps them here, unless it was told otherwise.
            let path = Path::new(path.trim_start_matches('/'));
            let climbs = path.components().any(|part| part == Component::ParentDir);
            let place = beside.join("mlartifacts").join(path);
            return (!climbs).then_some(place);
        }
        if let Some(path) = uri.strip_prefix("file://") {
            let path = path.strip_prefix("localhost").unwrap_or(path);
            let decoded = percent_encoding::percent_decode_str(path);
            return Some(PathBuf::from(decoded.decode_utf8_lossy().into_owned()));
        }
        if let Some(path) = uri.strip_prefix("file:") {
            return Some(beside.join(path));
        }
        // `s3://...` and its kind; a drive letter is no scheme.
        let scheme = uri.split_once(':').map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| scheme.len() > 1) || uri.is_empty() {
            return None;
        }
        Some(beside.join(uri))
    }
}

async fn is_folder(path: &Path) -> bool {
    tokio::fs::metadata(path)
        .await
        .is_ok_and(|about| about.is_dir())
}

async fn is_empty(path: &Path) -> bool {
    match tokio::fs::read_dir(path).await {
        Ok(mut entries) => !matches!(entries.next_entry().await, Ok(Some(_))),
        Err(_) => true,
    }
}
