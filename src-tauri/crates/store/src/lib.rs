//! Every SQL statement of the house, and the migrator.
//!
//! One concrete [`Store`] serves both databases: SQLite for the local workspace, PostgreSQL for a shared one. A module
//! per capability; functions take `&Pool` for reads and `&mut Tx` for writes, so that a service decides what is one
//! transaction.

pub mod artifacts;
pub mod audit;
pub mod deployment;
pub mod dialect;
mod error;
pub mod registry;
pub mod savepoint;
pub mod search;
pub mod settings;
pub mod sql;
pub mod tracking;

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub use error::StoreError;
pub use sql::{Pool, Tx};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../../migrations");

/// The database of one workspace, migrated and ready.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
}

impl Store {
    /// Opens (or makes) the SQLite file of a local workspace.
    ///
    /// WAL with synchronous FULL: what was acknowledged survives a power cut.
    pub async fn open_sqlite(file: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
                path: folder.display().to_string(),
                source,
            })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("case_sensitive_like", "on")
            .pragma("cache_size", "-32768")
            .statement_cache_capacity(256);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        MIGRATIONS.run(&write).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await?;
        Ok(Self {
            pool: Pool::Sqlite { read, write },
        })
    }

    /// Connects to a shared workspace, `postgres://user:password@host:port/database`.
    pub async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)?.application_name("drydock");
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await?;
        MIGRATIONS.run(&pool).await?;
        Ok(Self {
            pool: Pool::Postgres(pool),
        })
    }

    /// Where reads go.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Where writes go: a transaction that the caller commits.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        self.pool.begin().await
    }

    /// Whether writers take turns, so that what they commit is worth committing together.
    pub fn has_one_writer(&self) -> bool {
        matches!(self.pool, Pool::Sqlite { .. })
    }

    /// The database's name as its users know it.
    pub fn engine(&self) -> &'static str {
        match self.pool {
            Pool::Sqlite { .. } => "SQLite",
            Pool::Postgres(_) => "PostgreSQL",
        }
    }

    /// Waits for what runs, then closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
