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
    /// The copy of a database whose schema is about to change.
    #[error("cannot copy the database to {path} before its schema changes: {source}")]
    Copy {
        path: String,
        source: std::io::Error,
    },
    #[error("cannot open the database folder {path}: {source}")]
    Folder {
        path: String,
        source: std::io::Error,
    },
}

/// Why a call failed that may succeed later, without a fault of the caller's or ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    OutOfReach,
    /// Undone in favour of another transaction: the same writes may succeed at once.
    Conflict,
    /// A statement ran into the time limit.
    TooSlow,
    DiskFull,
}

impl Trouble {
    /// What to tell whoever asked.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::OutOfReach => "the database cannot be reached now",
            Self::Conflict => "another change came first",
            Self::TooSlow => {
                "the database gave the statement up: it ran longer than the limit allows"
            }
            Self::DiskFull => "the database's disk is full",
        }
    }
}

impl StoreError {
    /// `None` when trying again would not help.
    pub fn trouble(&self) -> Option<Trouble> {
        let Self::Sql(error) = self else { return None };
        match error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                Some(Trouble::OutOfReach)
            }
            // Two servers that number new series alike meet there, and another number is free.
            sqlx::Error::Database(e) if e.constraint() == Some("metric_series_pkey") => {
                Some(Trouble::Conflict)
            }
            sqlx::Error::Database(e) => of_code(e.code()?.as_ref()),
            _ => None,
        }
    }

    /// Why the database keeps a value of the caller's in no form; trying again would not help, another value would.
    pub fn refused(&self) -> Option<&'static str> {
        match self.sqlstate()?.as_str() {
            "22021" => Some("a text holds the NUL character, which cannot be kept"),
            // An index row larger than a third of a page, among others.
            "54000" => Some("a text is longer than the database can keep"),
            _ => None,
        }
    }

    /// PostgreSQL's own code of what it refused: `28P01`, `3D000`.
    pub fn sqlstate(&self) -> Option<String> {
        match self {
            Self::Sql(sqlx::Error::Database(e)) => e.code().map(Into::into),
            _ => None,
        }
    }

    /// True when an insert met a row that already stands there.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(e)) if e.is_unique_violation())
    }
}

/// PostgreSQL's codes have five characters, SQLite's are numbers.
fn of_code(code: &str) -> Option<Trouble> {
    match code {
        // Serialization failure, deadlock; SQLite: busy.
        "40001" | "40P01" | "5" => Some(Trouble::Conflict),
        "57014" => Some(Trouble::TooSlow),
        // PostgreSQL's disk_full; SQLite's SQLITE_FULL.
        "53100" | "13" => Some(Trouble::DiskFull),
        // Class 57P: an operator stops the server; 08: the connection broke; 53: out of connections or memory.
        _ if code.len() == 5 && ["57P", "08", "53"].iter().any(|c| code.starts_with(c)) => {
            Some(Trouble::OutOfReach)
        }
        _ => None,
    }
}
