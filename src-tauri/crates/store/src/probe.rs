//! Looking at a database before it becomes a workspace: may this account log in, write, and read this schema?

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Connection as _};

use domain::artifact::Digest;

use crate::open::newest_schema;
use crate::sql::Conn;
use crate::{Pool, PostgresOptions, Store, StoreError, blobs, settings};

/// One connection that leaves nothing behind.
#[derive(Debug)]
pub struct Probe(PgConnection);

/// How far the schema of a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// `None`: no workspace has been made here yet.
    pub found: Option<i64>,
    pub known: i64,
}

impl Probe {
    pub async fn connect(options: &PostgresOptions) -> Result<Self, StoreError> {
        let connection = options.connect(&options.url)?.connect().await?;
        Ok(Self(connection))
    }

    /// `15.14`
    pub async fn server_version(&mut self) -> Result<String, StoreError> {
        let version: String = sqlx::query_scalar("show server_version")
            .fetch_one(&mut self.0)
            .await?;
        Ok(version.split(' ').next().unwrap_or_default().to_owned())
    }

    pub async fn schema(&mut self) -> Result<Schema, StoreError> {
        let known = newest_schema();
        let made: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
            .fetch_one(&mut self.0)
            .await?;
        let found = if made {
            sqlx::query_scalar("select max(version) from _sqlx_migrations")
                .fetch_one(&mut self.0)
                .await?
        } else {
            None
        };
        Ok(Schema { found, known })
    }

    /// Makes a table and takes it back: what a new or an older schema will need.
    pub async fn may_create(&mut self) -> Result<(), StoreError> {
        let mut tx = self.0.begin().await?;
        sqlx::query("create table drydock_connection_test (id bigint)")
            .execute(&mut *tx)
            .await?;
        tx.rollback().await?;
        Ok(())
    }

    /// Writes, changes and deletes a row of the workspace, and takes it back.
    pub async fn may_write(&mut self) -> Result<(), StoreError> {
        let mut tx = self.0.begin().await?;
        for statement in [
            "insert into settings (key, value) values ('connection.test', '1')",
            "update settings set value = '2' where key = 'connection.test'",
            "delete from settings where key = 'connection.test'",
            "select count(*) from runs",
        ] {
            sqlx::query(statement).execute(&mut *tx).await?;
        }
        tx.rollback().await?;
        Ok(())
    }

    /// The workspace's id, and some of the blobs that must be where its artifacts are.
    pub async fn belongings(&mut self) -> Result<(Option<String>, Vec<Digest>), StoreError> {
        let id = settings::get(Conn::Postgres(&mut self.0), settings::WORKSPACE_ID).await?;
        let sample = blobs::sample(Conn::Postgres(&mut self.0)).await?;
        Ok((id, sample))
    }

    pub async fn close(self) {
        let _ = self.0.close().await;
    }
}

impl Store {
    /// Whether the database answers within `limit`.
    pub async fn answers(&self, limit: Duration) -> Result<(), StoreError> {
        let asked = async {
            match self.pool() {
                Pool::Sqlite { read, .. } => sqlx::query("select 1").execute(read).await.map(drop),
                Pool::Postgres(pool) => sqlx::query("select 1").execute(pool).await.map(drop),
            }
        };
        match tokio::time::timeout(limit, asked).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(StoreError::Sql(sqlx::Error::PoolTimedOut)),
        }
    }
}
