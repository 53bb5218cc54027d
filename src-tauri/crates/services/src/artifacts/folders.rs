//! The folders of what goes for good.

use std::collections::{BTreeMap, BTreeSet};

use domain::artifact::{ArtifactPath, ArtifactUri};
use store::{Tx, trash};

use crate::error::Result;

/// Folders that one statement takes.
const FOLDERS_AT_ONCE: usize = 5_000;

/// Folders of runs, logged models and traces, by the folder in which they stand, so that those of one place go together.
#[derive(Debug, Default)]
pub(crate) struct OwnedFolders(BTreeMap<ArtifactPath, BTreeSet<ArtifactPath>>);

impl OwnedFolders {
    /// The folder in an address that is named by its owner's id. What lies in a bucket of the client's own is not ours to
    /// delete, and a folder of another name may be somebody else's too.
    pub fn add(&mut self, id: &str, address: &str) -> Result<()> {
        let Ok(ArtifactUri::Proxied(path)) = ArtifactUri::parse("location", address) else {
            return Ok(());
        };
        let folder = path.as_str().strip_suffix("/artifacts");
        let Some(parent) = folder.and_then(|folder| folder.strip_suffix(id)) else {
            return Ok(());
        };
        let parent = match parent.strip_suffix('/') {
            Some(parent) => ArtifactPath::parse(parent)?,
            None if parent.is_empty() => ArtifactPath::root(),
            None => return Ok(()),
        };
        let name = ArtifactPath::parse(id)?;
        self.0.entry(parent).or_default().insert(name);
        Ok(())
    }

    /// Forgets all files in these folders, except those that a registered version still points at.
    pub async fn purge(self, tx: &mut Tx) -> Result<()> {
        for (parent, names) in self.0 {
            let names: Vec<ArtifactPath> = names.into_iter().collect();
            for some in names.chunks(FOLDERS_AT_ONCE) {
                trash::purge_folders(tx, &parent, some).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_a_folder_named_by_its_owner_is_its_own() {
        let of = |address: &str| {
            let mut folders = OwnedFolders::default();
            folders.add("r1", address).unwrap();
            let mut parents = folders.0.into_keys();
            parents.next().map(|parent| parent.as_str().to_owned())
        };
        assert_eq!(of("mlflow-artifacts:/3/r1/artifacts").as_deref(), Some("3"));
        assert_eq!(
            of("mlflow-artifacts:/team/x/r1/artifacts").as_deref(),
            Some("team/x")
        );
        assert_eq!(of("mlflow-artifacts:/r1/artifacts").as_deref(), Some(""));
        assert_eq!(of("mlflow-artifacts:/3/other-r1/artifacts"), None);
        assert_eq!(of("mlflow-artifacts:/3/r1"), None);
        assert_eq!(of("mlflow-artifacts:/shared/artifacts"), None);
        assert_eq!(of("s3://bucket/3/r1/artifacts"), None);
    }
}
