use thiserror::Error;

/// What can go wrong between the house and its database.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("the database refused a statement: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("the database could not be brought to this version's schema: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
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
    /// True when an insert met a row that already stands there.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(e)) if e.is_unique_violation())
    }
}
