//! Histories of a folder: a line per point, `timestamp value step`, read as a stream.

use std::path::PathBuf;

use domain::tracking::MetricPoint;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};

use super::{Folder, io};
use crate::import::source::{Read, SourceError, SourceRun};

/// The points of one series, in the order of the file.
pub struct MetricLines {
    path: PathBuf,
    lines: Lines<BufReader<File>>,
    line: usize,
}

impl Folder {
    pub async fn metric_lines(&self, run: &SourceRun, key: &str) -> Read<MetricLines> {
        let experiment = self.experiment_folder(&run.experiment_id).await?;
        let path = experiment.join(&run.id).join("metrics").join(key);
        let file = File::open(&path).await.map_err(io(&path))?;
        Ok(MetricLines {
            lines: BufReader::new(file).lines(),
            path,
            line: 0,
        })
    }
}

impl MetricLines {
    /// The next point; an error names the line that is none, and the next call goes on after it. `None` at the end.
    pub async fn next(&mut self) -> Option<Read<MetricPoint>> {
        loop {
            let text = match self.lines.next_line().await {
                Ok(Some(text)) => text,
                Ok(None) => return None,
                Err(error) => return Some(Err(io(&self.path)(error))),
            };
            self.line += 1;
            if text.trim().is_empty() {
                continue;
            }
            return Some(point(&text).ok_or_else(|| {
                SourceError::malformed(
                    format!("{}:{}", self.path.display(), self.line),
                    format!(
                        "'{}' is no point (timestamp value step)",
                        domain::names::shortened(&text, 80)
                    ),
                )
            }));
        }
    }
}

/// Clients of version 0 wrote no step; those of version 3 may add the name and digest of a dataset.
pub(super) fn point(line: &str) -> Option<MetricPoint> {
    let mut words = line.split_ascii_whitespace();
    let timestamp_ms = words.next()?.parse().ok()?;
    let value = words.next()?.parse().ok()?;
    let step = match words.next() {
        Some(word) => word.parse().ok()?,
        None => 0,
    };
    Some(MetricPoint {
        step,
        timestamp_ms,
        value,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_of_every_version() {
        assert_eq!(point("17 0.5").unwrap().step, 0);
        assert_eq!(point("17 0.5 3\n").unwrap().step, 3);
        assert!(point("17 nan 3").unwrap().value.is_nan());
        assert_eq!(point("17 -inf 3").unwrap().value, f64::NEG_INFINITY);
        assert_eq!(point("17 1e-05 4 ticks d1").unwrap().step, 4);
        for broken in ["17", "x 0.5 3", "17 y 3", "17 0.5 z"] {
            assert!(point(broken).is_none(), "{broken}");
        }
    }
}
