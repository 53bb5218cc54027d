//! The points of a sweep that are done, in a file: a sweep that was stopped goes on where it stood.
//!
//! They stand for one model on one machine, measured one way; points of another are not mixed in.

use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::SweepPoint;
use crate::EngineError;

const VERSION: u32 = 1;

/// What makes points comparable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SweepKey {
    /// Digest of the model's bytes.
    pub model: String,
    /// Digest of the machine's fingerprint.
    pub machine: String,
    #[specta(type = Number)]
    pub seed: u64,
    #[specta(type = Number)]
    pub duration_ms: u64,
    #[specta(type = Number)]
    pub samples_max: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    version: u32,
    key: SweepKey,
    points: Vec<SweepPoint>,
}

/// The points under this key; none where there is no file.
pub(super) fn read(path: &Path, key: &SweepKey) -> Result<Vec<SweepPoint>, EngineError> {
    let wrong = |reason: String| EngineError::Example {
        what: format!("the sweep in {}", path.display()),
        reason,
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let kept: Kept = serde_json::from_str(&text)
        .map_err(|error| wrong(format!("{error}; delete the file to begin anew")))?;
    if kept.version != VERSION {
        return Err(wrong(format!(
            "is of form {}, this program writes {VERSION}",
            kept.version
        )));
    }
    if kept.key != *key {
        let what = differing(&kept.key, key);
        return Err(wrong(format!(
            "was measured with another {what}; name another file, or delete it to begin anew"
        )));
    }
    Ok(kept.points)
}

fn differing(one: &SweepKey, other: &SweepKey) -> &'static str {
    if one.model != other.model {
        "model"
    } else if one.machine != other.machine {
        "machine"
    } else if one.seed != other.seed {
        "seed"
    } else {
        "length"
    }
}

/// Replaced whole, so that a stop leaves the file of before or of after.
pub(super) fn write(path: &Path, key: &SweepKey, points: &[SweepPoint]) -> Result<(), EngineError> {
    let failed = |reason: String| EngineError::Example {
        what: format!("the sweep in {}", path.display()),
        reason: format!("cannot be kept: {reason}"),
    };
    let kept = Kept {
        version: VERSION,
        key: key.clone(),
        points: points.to_vec(),
    };
    let text = serde_json::to_vec(&kept).map_err(|error| failed(error.to_string()))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let saved = std::fs::create_dir_all(folder)
        .and_then(|()| tempfile::NamedTempFile::new_in(folder))
        .and_then(|mut file| file.write_all(&text).map(|()| file))
        .and_then(|file| file.persist(path).map_err(|error| error.error));
    saved.map(drop).map_err(|error| failed(error.to_string()))
}
