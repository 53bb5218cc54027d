//! The YAML files of a folder.

use std::path::Path;

use crate::import::source::{Read, SourceError};
use crate::yaml::Node;

/// A document, or the file and line where it goes wrong.
pub(super) async fn read(path: &Path) -> Read<Node> {
    let place = path.display().to_string();
    let text = tokio::fs::read_to_string(path)
        .await
        .map_err(|error| SourceError::malformed(&place, error.to_string()))?;
    crate::yaml::parse(&text).map_err(|(line, message)| {
        let place = format!("{place}:{line}");
        SourceError::malformed(place, message)
    })
}
