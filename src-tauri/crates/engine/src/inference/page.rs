//! A page of an output's table, read from the kept file without the rest.

use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::OutputView;
use crate::EngineError;
use crate::data;
use crate::data::write::text;

/// Cells of one page at most.
const CELLS_MAX: usize = 100_000;

/// Cells as texts that read back to the same bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OutputPage {
    #[specta(type = Number)]
    pub first_row: u64,
    #[specta(type = Number)]
    pub first_column: u64,
    pub rows: Vec<Vec<String>>,
}

/// The cells `rows` x `columns` of an output.
///
/// # Errors
/// When the kept file is gone or damaged.
pub fn page(
    kept: &Path,
    output: &OutputView,
    rows: Range<u64>,
    columns: Range<u64>,
) -> Result<OutputPage, EngineError> {
    let end = columns.end.min(output.width);
    let columns = columns.start.min(end)..end;
    let most = (CELLS_MAX / (columns.end - columns.start).max(1) as usize) as u64;
    let end = rows
        .end
        .min(output.rows)
        .min(rows.start.saturating_add(most));
    let rows = rows.start.min(end)..end;
    let table = data::open(kept)?.only(&output.arrays)?;
    let tensors = table.rows_between(rows.clone())?;
    let mut cells = vec![Vec::new(); (rows.end - rows.start) as usize];
    let mut before = 0;
    for (_, tensor) in &tensors {
        let held = tensor.shape().first().copied().unwrap_or(1);
        let width = tensor.len().checked_div(held).unwrap_or(0) as u64;
        let wanted = columns.start.max(before)..columns.end.min(before + width);
        for (row, cells) in cells.iter_mut().enumerate() {
            for column in wanted.clone() {
                cells.push(text(
                    tensor.data(),
                    row * width as usize + (column - before) as usize,
                ));
            }
        }
        before += width;
    }
    Ok(OutputPage {
        first_row: rows.start,
        first_column: columns.start,
        rows: cells,
    })
}
