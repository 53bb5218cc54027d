//! Histories of a folder: a line per point, `timestamp value step`, read as a stream.

use std::io::ErrorKind;
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
    /// The file gives nothing more, not even if it is asked again.
    ended: bool,
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
            ended: false,
        })
    }
}

impl MetricLines {
    /// The next point; an error names the line that is none, and the next call goes on after it. `None` at the end, and
    /// after a file that cannot be read on.
    pub async fn next(&mut self) -> Option<Read<MetricPoint>> {
        while !self.ended {
            let read = self.lines.next_line().await;
            self.line += 1;
            let text = match read {
                Ok(Some(text)) => text,
                Ok(None) => return None,
                Err(error) => {
                    self.ended = error.kind() != ErrorKind::InvalidData;
                    let place = format!("{}:{}", self.path.display(), self.line);
                    return Some(Err(SourceError::malformed(place, error.to_string())));
                }
            };
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
        None
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

    async fn lines_at(path: PathBuf) -> MetricLines {
        MetricLines {
            lines: BufReader::new(File::open(&path).await.unwrap()).lines(),
            path,
            line: 0,
            ended: false,
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_on_ends_and_a_broken_line_does_not() {
        let folder = tempfile::tempdir().unwrap();
        // A folder opens, and every read of it fails.
        let mut lines = lines_at(folder.path().to_owned()).await;
        assert!(lines.next().await.unwrap().is_err());
        assert!(lines.next().await.is_none());
        let path = folder.path().join("loss");
        std::fs::write(&path, b"1 0.5 0\n2 \xff 1\n3 0.25 2\n").unwrap();
        let mut lines = lines_at(path).await;
        assert_eq!(lines.next().await.unwrap().unwrap().step, 0);
        assert!(lines.next().await.unwrap().is_err());
        assert_eq!(lines.next().await.unwrap().unwrap().step, 2);
        assert!(lines.next().await.is_none());
    }

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
