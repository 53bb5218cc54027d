//! Text in pieces, cut between lines.

use std::io::{Read as _, Seek as _, SeekFrom};

use serde::{Deserialize, Serialize};

use super::file::{ArtifactRef, find, local};
use crate::Context;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};

const PIECE_BYTES_MAX: i64 = 8_000_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TextInput {
    pub file: ArtifactRef,
    #[specta(type = specta_typescript::Number)]
    pub from_byte: i64,
    #[specta(type = specta_typescript::Number)]
    pub bytes_max: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TextPiece {
    pub text: String,
    #[specta(type = specta_typescript::Number)]
    pub to_byte: i64,
    #[specta(type = specta_typescript::Number)]
    pub size_bytes: i64,
    /// Some bytes are no UTF-8; each stands as U+FFFD.
    pub lossy: bool,
}

pub async fn read_text(ctx: &Context, input: &TextInput) -> Result<TextPiece> {
    let found = find(ctx, &input.file).await?;
    let path = local(ctx, &found).await?;
    let from = input.from_byte.clamp(0, found.size_bytes).unsigned_abs();
    let limit = input.bytes_max.clamp(1, PIECE_BYTES_MAX).unsigned_abs();
    let size_bytes = found.size_bytes;
    let failed = format!("cannot read {}", input.file.path);
    blocking(move || {
        let mut file = std::fs::File::open(path).map_err(ServiceError::io(failed.clone()))?;
        file.seek(SeekFrom::Start(from))
            .map_err(ServiceError::io(failed.clone()))?;
        let mut bytes = Vec::new();
        file.take(limit)
            .read_to_end(&mut bytes)
            .map_err(ServiceError::io(failed))?;
        let last = from + bytes.len() as u64 >= size_bytes.unsigned_abs();
        let end = if last { bytes.len() } else { cut(&bytes) };
        let text = String::from_utf8_lossy(&bytes[..end]);
        Ok(TextPiece {
            lossy: matches!(text, std::borrow::Cow::Owned(_)),
            text: text.into_owned(),
            to_byte: i64::try_from(from + end as u64).unwrap_or(i64::MAX),
            size_bytes,
        })
    })
    .await
}

/// After the last line end, else between two characters.
fn cut(bytes: &[u8]) -> usize {
    if let Some(at) = bytes.iter().rposition(|byte| *byte == b'\n') {
        return at + 1;
    }
    let mut end = bytes.len();
    // A character of UTF-8 has at most three bytes after its first.
    for _ in 0..3 {
        if end > 1 && bytes[end - 1] & 0b1100_0000 == 0b1000_0000 {
            end -= 1;
        }
    }
    if end > 1 && bytes[end - 1] >= 0b1100_0000 {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_between_lines_or_characters() {
        assert_eq!(cut(b"one\ntwo\nthr"), 8);
        assert_eq!(cut(b"plain"), 5);
        assert_eq!(cut(&"aé".as_bytes()[..2]), 1);
        assert_eq!(cut("aé".as_bytes()), 1);
    }
}
