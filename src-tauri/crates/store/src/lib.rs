//! Every SQL statement of the house, and the migrator.
//!
//! One concrete [`Store`] serves both databases: SQLite for the local workspace, PostgreSQL for a shared one. A module
//! per capability; functions take `&Pool` for reads and `&mut Tx` for writes, so that a service decides what is one
//! transaction.

pub mod artifacts;
pub mod audit;
pub mod blobs;
pub mod bulk;
pub mod datasets;
pub mod deployment;
pub mod dialect;
mod error;
pub mod import;
pub mod notify;
mod open;
pub mod probe;
pub mod registry;
pub mod savepoint;
pub mod search;
pub mod settings;
pub mod sql;
pub mod traces;
pub mod tracking;
pub mod trash;
pub mod uploads;
pub mod webhooks;

pub use error::{StoreError, Trouble};
pub use open::PostgresOptions;
pub use sql::{Pool, Tx};

/// The database of one workspace, migrated and ready.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    /// A streaming copy that may answer reads, when one was named.
    replica: Option<Pool>,
}

impl Store {
    /// Where reads go that must not wait for anything: the database that takes the writes.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Where large reads go: the replica, once it has replayed all that is committed now, else the primary. Whoever
    /// asked after a write was acknowledged, by whichever server, reads that write.
    pub async fn reading(&self) -> Result<Pool, StoreError> {
        let Some(replica) = &self.replica else {
            return Ok(self.pool.clone());
        };
        match open::has_caught_up(&self.pool, replica).await {
            Ok(true) => Ok(replica.clone()),
            Ok(false) => Ok(self.pool.clone()),
            Err(error) => {
                tracing::warn!(%error, "the read replica does not answer; reading from the primary");
                Ok(self.pool.clone())
            }
        }
    }

    /// Whether a read that began now would be answered by the replica.
    pub async fn reading_from_replica(&self) -> Result<bool, StoreError> {
        match &self.replica {
            Some(replica) => open::has_caught_up(&self.pool, replica).await,
            None => Ok(false),
        }
    }

    /// Where writes go: a transaction that the caller commits.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        self.pool.begin().await
    }

    /// Asks the primary the least there is to ask.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sql::sql("select 1").execute(&self.pool).await?;
        Ok(())
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

    /// Whether [`Store::close`] was called.
    pub fn is_closed(&self) -> bool {
        match &self.pool {
            Pool::Sqlite { read, .. } => read.is_closed(),
            Pool::Postgres(pool) => pool.is_closed(),
        }
    }

    /// Waits for what runs, then closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
        if let Some(replica) = &self.replica {
            replica.close().await;
        }
    }
}
