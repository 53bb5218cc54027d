//! Pages of a table, whatever file it stands in.

use serde::{Deserialize, Serialize};

use super::classify::ArtifactKind;
use super::file::{ArtifactRef, find, head, local};
use super::page::TablePage;
use super::{classify, csv_table, parquet_table};
use crate::Context;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};

const ROWS_MAX: i64 = 1_000;
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TableInput {
    pub file: ArtifactRef,
    /// Of the page before; the first page when absent.
    pub cursor: Option<String>,
    #[specta(type = specta_typescript::Number)]
    pub rows_max: i64,
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
