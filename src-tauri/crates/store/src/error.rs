use thiserror::Error;

/// What can go wrong between the house and its database.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("the database refused a statement: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("the database could not be brought to this version's schema: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error(
        "the database has schema {found}, which is newer than this app's {known}: update Drydock to open it; nothing was changed"
    )]
    SchemaNewer { found: i64, known: i64 },
    /// A row that no version of the app could have written.
    #[error("corrupt row in {table}.{column} ({row}): {problem}")]
    Corrupt {
        table: &'static str,
        column: &'static str,
        row: String,
        problem: String,
    },
    #[error("cannot open the database folder {path}: {source}")]
    Folder {
        path: String,
        source: std::io::Error,
    },
}

impl StoreError {
    /// True when the database cannot be reached now, and the same call may succeed later.
    pub fn is_unavailable(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        match error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
            // Class 57P: an operator stops the server; 08: the connection broke; 53: out of connections or space.
            sqlx::Error::Database(e) => e.code().is_some_and(|code| {
                code.starts_with("57P") || code.starts_with("08") || code.starts_with("53")
            }),
            _ => false,
        }
    }

    /// True when the database undid a transaction in favour of another: the same writes may succeed at once.
    pub fn is_conflict(&self) -> bool {
        // 40001: could not serialize; 40P01: deadlock.
        matches!(self, Self::Sql(sqlx::Error::Database(e))
            if e.code().is_some_and(|code| code == "40001" || code == "40P01"))
    }

    /// True when an insert met a row that already stands there.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(e)) if e.is_unique_violation())
    }
}
