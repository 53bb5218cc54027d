//! Pages of a table, whatever file it stands in.

use serde::{Deserialize, Serialize};

use super::{ArtifactKind, ArtifactRef, classify, csv_table, find, head, local, parquet_table};
use crate::Context;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};

const ROWS_MAX: i64 = 1_000;
/// Longer cells are cut, and say so.
pub(super) const CELL_CHARS_MAX: usize = 400;
/// A table with more columns shows these and says how many there are.
pub(super) const COLUMNS_MAX: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TableInput {
    pub file: ArtifactRef,
    /// Of the page before; the first page when absent.
    pub cursor: Option<String>,
    #[specta(type = specta_typescript::Number)]
    pub rows_max: i64,
}

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

pub async fn read_table(ctx: &Context, input: &TableInput) -> Result<TablePage> {
    let found = find(ctx, &input.file).await?;
    let head = head(ctx, &found).await?;
    let kind = classify::classify(&input.file.path, &head, found.size_bytes).kind;
    let path = local(ctx, &found).await?;
    let rows_max = usize::try_from(input.rows_max.clamp(1, ROWS_MAX)).unwrap_or(1);
    let cursor = input.cursor.clone();
    let name = input.file.path.clone();
    let size_bytes = found.size_bytes;
    blocking(move || {
        let page = match kind {
            ArtifactKind::Parquet => parquet_table::page(&path, cursor.as_deref(), rows_max),
            ArtifactKind::Csv | ArtifactKind::Text => {
                csv_table::page(&path, cursor.as_deref(), rows_max)
            }
            _ => Err("it holds no table".to_owned()),
        };
        let mut page = page.map_err(|message| {
            ServiceError::state(format!("{name} cannot be read as a table: {message}"))
        })?;
        page.size_bytes = size_bytes;
        Ok(page)
    })
    .await
}

/// A cell as it is shown, cut where it is longer than anyone reads in a table.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(CELL_CHARS_MAX) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text.to_owned(),
    }
}
