//! A workspace on SQLite with a folder, or on PostgreSQL with MinIO, whose clock the test turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use domain::artifact::Digest;
use domain::audit::Actor;
use drydock_tests::postgres::Cluster;
use drydock_tests::s3::{Kind, Server};
use futures_util::StreamExt as _;
use services::artifacts::{self, GcOptions, GcReport};
use services::workspace::{ArtifactPlace, Database, Folders, PostgresOptions, WorkspaceOptions};
use services::{Clock, Context};

use crate::{options, outsider};

pub const DAY_MS: i64 = 86_400_000;
pub const HOUR_MS: i64 = 3_600_000;

/// A workspace whose clock the test turns.
pub struct Place {
    pub ctx: Context,
    pub now_ms: Arc<AtomicI64>,
    pub minio: Option<Server>,
    folder: tempfile::TempDir,
    pub cluster: Option<Cluster>,
}

impl Place {
    pub async fn new(shared: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut wanted = WorkspaceOptions::local(Folders::new(folder.path()));
        let (mut cluster, mut minio) = (None, None);
        if shared {
            let postgres = Cluster::start().unwrap();
            let server = Server::start(Kind::MinIo).unwrap();
            wanted.database = Database::Postgres(PostgresOptions::new(postgres.url()));
            wanted.artifacts = ArtifactPlace::S3(options(&server.endpoint(), "team"));
            (cluster, minio) = (Some(postgres), Some(server));
        }
        // Behind the system's clock, by which the ages of files in transit are told.
        let began_ms = Clock::system().now_ms() - 400 * DAY_MS;
        let now_ms = Arc::new(AtomicI64::new(began_ms));
        let shown = Arc::clone(&now_ms);
        let clock = Clock::from_fn(move || shown.load(Ordering::SeqCst));
        let ctx = Context::open(wanted, clock).await.unwrap();
        Self {
            ctx,
            now_ms,
            minio,
            folder,
            cluster,
        }
    }

    pub fn wait(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    pub async fn put(&self, path: &str, bytes: &Bytes) {
        artifacts::upload_bytes(&self.ctx, path, bytes.clone())
            .await
            .unwrap();
    }

    pub async fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        read(&self.ctx, path).await
    }

    pub async fn gc(&self) -> GcReport {
        let options = GcOptions::of_workspace(&self.ctx).await.unwrap();
        gc(&self.ctx, options).await
    }

    /// Puts other bytes where a blob rests.
    pub async fn damage(&self, digest: &Digest, bytes: &[u8]) {
        let shelf = &digest.as_str()[..2];
        match &self.minio {
            Some(server) => {
                let key = format!("team/blobs/{shelf}/{digest}");
                outsider(&server.endpoint())
                    .put_object(key, bytes)
                    .await
                    .unwrap();
            }
            None => {
                let blobs = self.folder.path().join("artifacts/blobs");
                std::fs::write(blobs.join(shelf).join(digest.as_str()), bytes).unwrap();
            }
        }
    }
}

pub async fn gc(ctx: &Context, options: GcOptions) -> GcReport {
    artifacts::gc(ctx, &Actor::new("test"), options)
        .await
        .unwrap()
}

pub async fn read(ctx: &Context, path: &str) -> Result<Vec<u8>, String> {
    let opened = artifacts::open(ctx, path)
        .await
        .map_err(|e| e.to_string())?;
    let mut bytes = opened.bytes().await.map_err(|e| e.to_string())?;
    let mut all = Vec::new();
    while let Some(chunk) = bytes.next().await {
        all.extend_from_slice(&chunk.map_err(|e| e.to_string())?);
    }
    Ok(all)
}
