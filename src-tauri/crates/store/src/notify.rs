//! Messages between the processes that share one PostgreSQL database. SQLite has one process, and nobody to tell.

use sqlx::PgPool;
use sqlx::postgres::PgListener;

use crate::sql::sql;
use crate::{Pool, Store, StoreError};

const CHANNEL: &str = "drydock_changes";

/// A message longer than this is refused by PostgreSQL (8,000 bytes with its terminator).
pub const MESSAGE_BYTES_MAX: usize = 7_900;

/// Hears what others say.
#[derive(Debug)]
pub struct Listener {
    inner: PgListener,
    pool: PgPool,
    /// The connection is gone, and nobody listens until it is made again.
    deaf: bool,
}

/// What came over the wire.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Message(String),
    /// The connection was lost or restored: whatever was said meanwhile is unknown.
    Gap,
    /// The store is closed.
    End,
}

impl Listener {
    /// `None` on SQLite.
    pub async fn open(store: &Store) -> Result<Option<Self>, StoreError> {
        let Pool::Postgres(pool) = store.pool() else {
            return Ok(None);
        };
        let mut inner = PgListener::connect_with(pool).await?;
        inner.listen(CHANNEL).await?;
        Ok(Some(Self {
            inner,
            pool: pool.clone(),
            deaf: false,
        }))
    }

    /// Waits for the next message. An error is a connection that could not be made again; call once more, later.
    ///
    /// The gap is told once the new connection listens, not before: what is committed in between would reach nobody.
    pub async fn next(&mut self) -> Result<Heard, StoreError> {
        if self.deaf && !self.pool.is_closed() {
            self.inner.listen(CHANNEL).await?;
            self.deaf = false;
            return Ok(Heard::Gap);
        }
        match self.inner.try_recv().await {
            Ok(Some(message)) => Ok(Heard::Message(message.payload().to_owned())),
            Ok(None) => Ok(Heard::Gap),
            Err(sqlx::Error::PoolClosed) => Ok(Heard::End),
            Err(_) if self.pool.is_closed() => Ok(Heard::End),
            Err(error) => {
                self.deaf = true;
                Err(error.into())
            }
        }
    }
}

/// Tells every process that listens, this one included. What is said need not survive a crash, so it waits for no disk.
pub async fn tell(pool: &Pool, message: &str) -> Result<(), StoreError> {
    sql("select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)::text")
        .bind(CHANNEL)
        .bind(message)
        .execute(pool)
        .await?;
    Ok(())
}
