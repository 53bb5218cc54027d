//! SQL written once for two databases: enums over sqlx's own SQLite and PostgreSQL pools.
//!
//! sqlx's SQLite driver accepts `$1`, so the text of a statement is the same for both. What really differs is a named
//! method in [`crate::dialect`].

use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, FromRow, PgPool, Postgres, Sqlite, SqlitePool};

use crate::StoreError;

/// A value bound to `$n`. Options are typed, so that a NULL has a type on PostgreSQL.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Float(Option<f64>),
    Bool(Option<bool>),
    Blob(Option<Vec<u8>>),
    /// A column of many rows, see [`crate::bulk`]; PostgreSQL only.
    List(List),
}

/// An array of one type.
#[derive(Debug, Clone, PartialEq)]
pub enum List {
    Texts(Vec<Option<String>>),
    Ints(Vec<Option<i64>>),
    Floats(Vec<Option<f64>>),
    Bools(Vec<Option<bool>>),
    Blobs(Vec<Option<Vec<u8>>>),
}

impl List {
    /// Adds a value of the list's own type; another is a mistake in this crate.
    pub fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Texts(list), Value::Text(value)) => list.push(value),
            (Self::Ints(list), Value::Int(value)) => list.push(value),
            (Self::Floats(list), Value::Float(value)) => list.push(value),
            (Self::Bools(list), Value::Bool(value)) => list.push(value),
            (Self::Blobs(list), Value::Blob(value)) => list.push(value),
            (list, value) => unreachable!("{value:?} does not belong into {list:?}"),
        }
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self { Self::$variant(Some(value.into())) }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self { Self::$variant(value.map(Into::into)) }
        }
    )*};
}
value_from!(&str => Text, String => Text, &String => Text, i64 => Int, i32 => Int, u32 => Int, f64 => Float, bool => Bool, Vec<u8> => Blob);

/// A row type that both drivers can read; `#[derive(sqlx::FromRow)]` and tuples give it.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Row for T {}

/// Connections of one workspace. SQLite has one writer, so that writers queue here instead of failing with `busy`.
#[derive(Debug, Clone)]
pub enum Pool {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// An open transaction; dropped without `commit`, it rolls back.
#[derive(Debug)]
pub enum Tx {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Pool {
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            // IMMEDIATE takes the write lock at once: no upgrade that could fail half way through.
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Where a statement runs: `&pool` for a read, `&mut tx` inside a transaction.
pub enum Conn<'c> {
    SqlitePool(&'c SqlitePool),
    PostgresPool(&'c PgPool),
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl<'c> From<&'c Pool> for Conn<'c> {
    fn from(pool: &'c Pool) -> Self {
        match pool {
            Pool::Sqlite { read, .. } => Self::SqlitePool(read),
            Pool::Postgres(pool) => Self::PostgresPool(pool),
        }
    }
}

impl<'c> From<&'c mut Tx> for Conn<'c> {
    fn from(tx: &'c mut Tx) -> Self {
        match tx {
            Tx::Sqlite(tx) => Self::Sqlite(tx),
            Tx::Postgres(tx) => Self::Postgres(tx),
        }
    }
}

impl Conn<'_> {
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::SqlitePool(_) | Self::Sqlite(_))
    }
}

/// A statement with its binds beneath it.
///
/// ```text
/// sql("select value from settings where key = $1").bind(key).optional::<(String,)>(pool).await?
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Statement {
    text: String,
    values: Vec<Value>,
}

pub fn sql(text: impl Into<String>) -> Statement {
    Statement {
        text: text.into(),
        values: Vec::new(),
    }
}

impl Statement {
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    pub fn bind_all(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.values.extend(values.into_iter().map(Into::into));
        self
    }

    /// Runs the statement; returns the number of rows it changed.
    pub async fn execute(self, conn: impl Into<Conn<'_>>) -> Result<u64, StoreError> {
        Ok(match conn.into() {
            Conn::SqlitePool(c) => self.sqlite().execute(c).await?.rows_affected(),
            Conn::Sqlite(c) => self.sqlite().execute(c).await?.rows_affected(),
            Conn::PostgresPool(c) => self.postgres().execute(c).await?.rows_affected(),
            Conn::Postgres(c) => self.postgres().execute(c).await?.rows_affected(),
        })
    }

    pub async fn all<R: Row>(self, conn: impl Into<Conn<'_>>) -> Result<Vec<R>, StoreError> {
        match conn.into() {
            Conn::SqlitePool(c) => read_all(&self.sqlite().fetch_all(c).await?),
            Conn::Sqlite(c) => read_all(&self.sqlite().fetch_all(c).await?),
            Conn::PostgresPool(c) => read_all(&self.postgres().fetch_all(c).await?),
            Conn::Postgres(c) => read_all(&self.postgres().fetch_all(c).await?),
        }
    }

    pub async fn optional<R: Row>(
        self,
        conn: impl Into<Conn<'_>>,
    ) -> Result<Option<R>, StoreError> {
        match conn.into() {
            Conn::SqlitePool(c) => read_optional(self.sqlite().fetch_optional(c).await?.as_ref()),
            Conn::Sqlite(c) => read_optional(self.sqlite().fetch_optional(c).await?.as_ref()),
            Conn::PostgresPool(c) => {
                read_optional(self.postgres().fetch_optional(c).await?.as_ref())
            }
            Conn::Postgres(c) => read_optional(self.postgres().fetch_optional(c).await?.as_ref()),
        }
    }

    /// For statements that always give a row, such as `select count(*)`.
    pub async fn one<R: Row>(self, conn: impl Into<Conn<'_>>) -> Result<R, StoreError> {
        self.optional(conn)
            .await?
            .ok_or(StoreError::Sql(sqlx::Error::RowNotFound))
    }

    fn sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(self.text));
        for value in self.values {
            query = match value {
                Value::Text(v) => query.bind(v),
                Value::Int(v) => query.bind(v),
                Value::Float(v) => query.bind(v),
                Value::Bool(v) => query.bind(v),
                Value::Blob(v) => query.bind(v),
                Value::List(_) => unreachable!("SQLite takes rows one value at a time"),
            };
        }
        query
    }

    fn postgres(self) -> Query<'static, Postgres, PgArguments> {
        let mut query = sqlx::query::<Postgres>(AssertSqlSafe(self.text));
        for value in self.values {
            query = match value {
                Value::Text(v) => query.bind(v),
                Value::Int(v) => query.bind(v),
                Value::Float(v) => query.bind(v),
                Value::Bool(v) => query.bind(v),
                Value::Blob(v) => query.bind(v),
                Value::List(List::Texts(v)) => query.bind(v),
                Value::List(List::Ints(v)) => query.bind(v),
                Value::List(List::Floats(v)) => query.bind(v),
                Value::List(List::Bools(v)) => query.bind(v),
                Value::List(List::Blobs(v)) => query.bind(v),
            };
        }
        query
    }
}

fn read_all<Raw, R: for<'r> FromRow<'r, Raw>>(rows: &[Raw]) -> Result<Vec<R>, StoreError>
where
    Raw: sqlx::Row,
{
    Ok(rows.iter().map(R::from_row).collect::<Result<_, _>>()?)
}

fn read_optional<Raw, R: for<'r> FromRow<'r, Raw>>(
    row: Option<&Raw>,
) -> Result<Option<R>, StoreError>
where
    Raw: sqlx::Row,
{
    Ok(row.map(R::from_row).transpose()?)
}
