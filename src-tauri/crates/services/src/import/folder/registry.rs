//! The registry of a folder: `models/<name>/version-<n>/`.

use super::{Folder, META, REGISTRY, labels, name_of, subfolders, yaml};
use crate::import::source::{Partly, Read, SourceError, SourceModel, SourceVersion};

const DELETED_STAGE: &str = "Deleted_Internal";

impl Folder {
    pub async fn models(&self) -> Read<Partly<SourceModel>> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for folder in subfolders(&self.root.join(REGISTRY)).await? {
            match model(&folder).await {
                Ok(model) => found.push(model),
                Err(problem) => problems.push(problem),
            }
        }
        Ok((found, problems))
    }

    pub async fn versions(&self, model: &SourceModel) -> Read<Partly<SourceVersion>> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for folder in subfolders(&self.root.join(REGISTRY).join(&model.name)).await? {
            if !name_of(&folder).starts_with("version-") {
                continue;
            }
            match version(&folder).await {
                // The file store keeps a deleted version's folder, so that its number is not given again.
                Ok(version) if version.stage == DELETED_STAGE => {}
                Ok(version) => found.push(version),
                Err(problem) => problems.push(problem),
            }
        }
        found.sort_by_key(|version| version.version);
        Ok((found, problems))
    }
}

async fn model(folder: &std::path::Path) -> Read<SourceModel> {
    let meta_path = folder.join(META);
    let meta = yaml::read(&meta_path).await?;
    let name = meta.word("name");
    if name != name_of(folder) {
        return Err(SourceError::malformed(
            meta_path.display().to_string(),
            format!("says name '{name}'"),
        ));
    }
    let aliases = labels(&folder.join("aliases")).await?;
    let mut numbered = Vec::new();
    for alias in aliases {
        let number = alias.value.trim().parse().map_err(|_| {
            let place = folder.join("aliases").join(&alias.key);
            SourceError::malformed(place.display().to_string(), "no version number")
        })?;
        numbered.push((alias.key, number));
    }
    Ok(SourceModel {
        name,
        description: meta.word("description"),
        created_at_ms: meta.int("creation_timestamp").unwrap_or(0),
        updated_at_ms: meta.int("last_updated_timestamp").unwrap_or(0),
        tags: labels(&folder.join("tags")).await?,
        aliases: numbered,
    })
}

async fn version(folder: &std::path::Path) -> Read<SourceVersion> {
    let meta_path = folder.join(META);
    let meta = yaml::read(&meta_path).await?;
    let version = meta.int("version").ok_or_else(|| {
        SourceError::malformed(meta_path.display().to_string(), "says no version number")
    })?;
    let some = |key: &str| {
        meta.get(key)
            .text()
            .filter(|t| !t.is_empty())
            .map(str::to_owned)
    };
    Ok(SourceVersion {
        version,
        stage: meta.word("current_stage"),
        description: meta.word("description"),
        source: meta.word("source"),
        storage_location: some("storage_location"),
        run_id: some("run_id"),
        run_link: meta.word("run_link"),
        model_id: some("model_id"),
        user: meta.word("user_id"),
        status: meta.word("status"),
        status_message: meta.word("status_message"),
        created_at_ms: meta.int("creation_timestamp").unwrap_or(0),
        updated_at_ms: meta.int("last_updated_timestamp").unwrap_or(0),
        tags: labels(&folder.join("tags")).await?,
    })
}
