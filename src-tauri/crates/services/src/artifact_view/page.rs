//! One page of a table, as every kind of file gives it.

use serde::{Deserialize, Serialize};

/// Longer cells are cut, and say so.
const CELL_CHARS_MAX: usize = 400;
/// A table with more columns shows these and says how many there are.
pub(super) const COLUMNS_MAX: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TableColumn {
    pub name: String,
    /// `int64`, `timestamp[ns]`; for text files what the cells of this page look like.
    pub kind: String,
    pub numeric: bool,
    pub nullable: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TablePage {
    pub columns: Vec<TableColumn>,
    #[specta(type = specta_typescript::Number)]
    pub column_count: i64,
    /// `null` is a missing value; in a text file a cell is never missing, only empty.
    pub rows: Vec<Vec<Option<String>>>,
    #[specta(type = specta_typescript::Number)]
    pub first_row: i64,
    /// Known without reading the file through only where the file says it.
    #[specta(type = Option<specta_typescript::Number>)]
    pub row_count: Option<i64>,
    pub next: Option<String>,
    /// How far the file has been read, for one that does not say its rows.
    #[specta(type = specta_typescript::Number)]
    pub to_byte: i64,
    #[specta(type = specta_typescript::Number)]
    pub size_bytes: i64,
    /// Facts about the file: compression, row groups, separator.
    pub facts: Vec<String>,
}

/// A cell as it is shown, cut where it is longer than anyone reads in a table.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(CELL_CHARS_MAX) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text.to_owned(),
    }
}
