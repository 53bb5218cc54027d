//! Files of runs and logged models, through the server: it reaches its own buckets, which this machine may not.

use futures_util::StreamExt as _;
use reqwest::Method;
use serde::Deserialize;

use super::Server;
use super::wire::FileInfo;
use crate::import::source::{ByteStream, Owner, OwnerKind, Read, SourceFile};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Files {
    files: Vec<FileInfo>,
    next_page_token: String,
}

impl Server {
    pub async fn list(&self, owner: &Owner, path: &str) -> Read<Vec<SourceFile>> {
        let (route, folder) = match owner.kind {
            OwnerKind::Run => ("api/2.0/mlflow/artifacts/list".to_owned(), "path"),
            OwnerKind::LoggedModel => (
                format!(
                    "api/2.0/mlflow/logged-models/{}/artifacts/directories",
                    owner.id
                ),
                "artifact_directory_path",
            ),
        };
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let mut query = Vec::new();
            if owner.kind == OwnerKind::Run {
                query.push(("run_id", owner.id.as_str()));
            }
            if !path.is_empty() {
                query.push((folder, path));
            }
            if !token.is_empty() {
                query.push(("page_token", &token));
            }
            let page: Files = self.get(&route, &query).await?;
            all.extend(page.files.into_iter().map(SourceFile::from));
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// The bytes as they come; the request keeps its turn until the last of them.
    pub async fn open(&self, owner: &Owner, path: &str) -> Read<ByteStream> {
        let url = match owner.kind {
            OwnerKind::Run => self.url("get-artifact", &[("run_id", &owner.id), ("path", path)])?,
            OwnerKind::LoggedModel => self.url(
                &format!(
                    "ajax-api/2.0/mlflow/logged-models/{}/artifacts/files",
                    owner.id
                ),
                &[("artifact_file_path", path)],
            )?,
        };
        let turn = std::sync::Arc::clone(&self.limit).acquire_owned().await;
        let answer = self.send(Method::GET, &url, None::<&()>).await?;
        let bytes = answer.bytes_stream().map(move |chunk| {
            let _kept = &turn;
            chunk.map_err(|error| error.to_string())
        });
        Ok(Box::pin(bytes))
    }
}
