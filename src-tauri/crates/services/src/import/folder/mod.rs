//! A folder that MLflow's file store wrote: `mlruns`, with a folder per experiment, and in it one per run.

mod artifacts;
mod logged_models;
mod metrics;
mod registry;
mod tracking;
mod yaml;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use domain::names::without_nul;
use domain::tracking::Tag;

use super::source::{Read, SourceError};

const META: &str = "meta.yaml";
const TRASH: &str = ".trash";
const REGISTRY: &str = "models";

#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder itself, or the `mlruns` in it.
    pub async fn at(path: &Path) -> Read<Self> {
        let root = tokio::fs::canonicalize(path)
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => {
                    SourceError::Refused(format!("there is no folder {}", path.display()))
                }
                _ => SourceError::Refused(format!("{}: {error}", path.display())),
            })?;
        for candidate in [root.clone(), root.join("mlruns")] {
            if is_store(&candidate).await {
                return Ok(Self { root: candidate });
            }
        }
        Err(SourceError::Refused(format!(
            "{} is no folder of MLflow's file store: no folder in it holds an experiment's {META}",
            root.display()
        )))
    }

    pub fn address(&self) -> String {
        self.root.display().to_string()
    }
}

async fn is_store(root: &Path) -> bool {
    let mut folders = subfolders(root).await.unwrap_or_default();
    folders.extend(subfolders(&root.join(TRASH)).await.unwrap_or_default());
    for folder in folders {
        if tokio::fs::try_exists(folder.join(META))
            .await
            .unwrap_or(false)
        {
            return true;
        }
    }
    // A folder with a registry only.
    for model in subfolders(&root.join(REGISTRY)).await.unwrap_or_default() {
        if tokio::fs::try_exists(model.join(META))
            .await
            .unwrap_or(false)
        {
            return true;
        }
    }
    false
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> SourceError {
    let place = path.display().to_string();
    move |error| SourceError::malformed(place, error.to_string())
}

/// Real folders directly in a folder, by name; none when it is not there. Links are not followed: what an import reads
/// lies in the folder that was named.
async fn subfolders(folder: &Path) -> Read<Vec<PathBuf>> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io(folder)(error)),
    };
    let mut found = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(io(folder))? {
        if entry.file_type().await.is_ok_and(|kind| kind.is_dir()) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Every file beneath a folder with its path from there, slashes between segments, by path.
async fn files_beneath(folder: &Path) -> Read<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), folder.to_owned())];
    while let Some((prefix, folder)) = waiting.pop() {
        let mut entries = match tokio::fs::read_dir(&folder).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(io(&folder)(error)),
        };
        while let Some(entry) = entries.next_entry().await.map_err(io(&folder))? {
            let Ok(kind) = entry.file_type().await else {
                continue;
            };
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if kind.is_dir() {
                waiting.push((format!("{path}/"), entry.path()));
            } else if kind.is_file() {
                found.push((path, entry.path()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Tags and params: a file each, whose path is the key and whose text is the value.
async fn labels(folder: &Path) -> Read<Vec<Tag>> {
    let mut labels = Vec::new();
    for (key, path) in files_beneath(folder).await? {
        let value = tokio::fs::read(&path).await.map_err(io(&path))?;
        labels.push(Tag {
            key,
            value: without_nul(String::from_utf8_lossy(&value).into_owned()),
        });
    }
    Ok(labels)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
