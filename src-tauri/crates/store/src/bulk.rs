//! Many rows in one statement: arrays through `unnest` on PostgreSQL, `values` lists on SQLite.
//!
//! ```text
//! let mut rows = Rows::new([Kind::Text, Kind::Int]);
//! rows.push([key.into(), count.into()]);
//! for piece in rows.pieces(&Conn::from(&mut *tx)) {
//!     let text = format!("insert into counts (key, count) {}", piece.source);
//!     sql(text).bind_all(piece.values).execute(&mut *tx).await?;
//! }
//! ```
//! A piece's `source` also stands as a table: `with wanted(key, count) as ({source})`.

use crate::dialect::BINDS_MAX;
use crate::sql::{Conn, List, Value};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Int,
    Float,
    Bool,
    Blob,
}

impl Kind {
    fn array(self) -> &'static str {
        match self {
            Self::Text => "text[]",
            Self::Int => "bigint[]",
            Self::Float => "double precision[]",
            Self::Bool => "boolean[]",
            Self::Blob => "bytea[]",
        }
    }

    fn list(self, capacity: usize) -> List {
        match self {
            Self::Text => List::Texts(Vec::with_capacity(capacity)),
            Self::Int => List::Ints(Vec::with_capacity(capacity)),
            Self::Float => List::Floats(Vec::with_capacity(capacity)),
            Self::Bool => List::Bools(Vec::with_capacity(capacity)),
            Self::Blob => List::Blobs(Vec::with_capacity(capacity)),
        }
    }
}

/// Rows for one statement.
#[derive(Debug, Clone)]
pub struct Rows<const N: usize> {
    kinds: [Kind; N],
    rows: Vec<[Value; N]>,
}

/// As many of the rows as one statement takes: their text, and the values to bind from `$1` on.
#[derive(Debug)]
pub struct Piece {
    pub source: String,
    pub values: Vec<Value>,
}

/// Rows of one statement on PostgreSQL: enough to be fast, few enough to stay small in memory.
const ROWS_MAX: usize = 8_192;

/// `values (?,?),(?,?)`. Binds without a name: SQLite looks each named one up in a list of all, so that thousands of `$n`
/// would cost more than the rows.
fn values_of(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(","));
    format!("values {}", vec![row; rows].join(","))
}

impl<const N: usize> Rows<N> {
    pub fn new(kinds: [Kind; N]) -> Self {
        Self {
            kinds,
            rows: Vec::new(),
        }
    }

    pub fn push(&mut self, row: [Value; N]) {
        self.rows.push(row);
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn pieces(self, conn: &Conn<'_>) -> Vec<Piece> {
        if conn.is_sqlite() {
            self.one_by_one()
        } else {
            self.by_column()
        }
    }

    fn by_column(self) -> Vec<Piece> {
        let arrays: Vec<String> = self
            .kinds
            .iter()
            .enumerate()
            .map(|(at, kind)| format!("${}::{}", at + 1, kind.array()))
            .collect();
        let source = format!("select * from unnest({})", arrays.join(", "));
        let mut pieces = Vec::new();
        let mut rows = self.rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut columns = self.kinds.map(|kind| kind.list(rows.len().min(ROWS_MAX)));
            for row in rows.by_ref().take(ROWS_MAX) {
                for (column, value) in columns.iter_mut().zip(row) {
                    column.push(value);
                }
            }
            pieces.push(Piece {
                source: source.clone(),
                values: columns.into_iter().map(Value::List).collect(),
            });
        }
        pieces
    }

    /// Pieces are powers of two long, so that few statements are ever prepared.
    fn one_by_one(self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut left = self.rows.len();
        let mut rows = self.rows.into_iter();
        let most = (BINDS_MAX / N).min(256);
        while left > 0 {
            let size = 1_usize << left.min(most).ilog2();
            pieces.push(Piece {
                source: values_of(size, N),
                values: rows.by_ref().take(size).flatten().collect(),
            });
            left -= size;
        }
        pieces
    }
}
