//! Experiments and runs of a folder.

use std::path::{Path, PathBuf};

use domain::tracking::{DatasetInput, Param, RunStatus, Tag};

use super::{Folder, META, REGISTRY, TRASH, files_beneath, io, labels, name_of, subfolders, yaml};
use crate::import::source::{
    Partly, Read, RunsPage, SourceError, SourceExperiment, SourceMetric, SourceRun,
};

const RUNS_PER_PAGE: usize = 100;
/// Folders of an experiment that are no runs.
const RESERVED: [&str; 4] = ["tags", "datasets", "traces", "models"];

impl Folder {
    async fn experiment_folders(&self) -> Read<Vec<PathBuf>> {
        let mut folders = subfolders(&self.root).await?;
        // `.trash` is read below; other hidden folders are somebody else's.
        folders.retain(|folder| {
            let name = name_of(folder);
            name != REGISTRY && !name.starts_with('.')
        });
        folders.extend(subfolders(&self.root.join(TRASH)).await?);
        Ok(folders)
    }

    pub(super) async fn experiment_folder(&self, id: &str) -> Read<PathBuf> {
        for folder in [self.root.join(id), self.root.join(TRASH).join(id)] {
            if tokio::fs::try_exists(folder.join(META))
                .await
                .unwrap_or(false)
            {
                return Ok(folder);
            }
        }
        Err(SourceError::Refused(format!(
            "no experiment {id} in {}",
            self.address()
        )))
    }

    pub async fn trace_count(&self) -> Read<usize> {
        let mut count = 0;
        for folder in self.experiment_folders().await? {
            count += subfolders(&folder.join("traces")).await?.len();
        }
        Ok(count)
    }

    pub async fn experiments(&self) -> Read<Partly<SourceExperiment>> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for folder in self.experiment_folders().await? {
            match experiment(&folder).await {
                Ok(experiment) => found.push(experiment),
                Err(problem) => problems.push(problem),
            }
        }
        found.sort_by(|a, b| (a.created_at_ms, &a.id).cmp(&(b.created_at_ms, &b.id)));
        Ok((found, problems))
    }

    /// Pages are pieces of the sorted list of folders; the token is the last one that was read.
    pub async fn runs(&self, experiment_id: &str, after: Option<&str>) -> Read<RunsPage> {
        let experiment = self.experiment_folder(experiment_id).await?;
        let mut folders: Vec<PathBuf> = subfolders(&experiment).await?;
        folders.retain(|folder| {
            let name = name_of(folder);
            !RESERVED.contains(&&*name) && after.is_none_or(|after| &*name > after)
        });
        let whole = folders.len() <= RUNS_PER_PAGE;
        folders.truncate(RUNS_PER_PAGE);
        let next = folders
            .last()
            .filter(|_| !whole)
            .map(|folder| name_of(folder));
        let (mut runs, mut problems) = (Vec::new(), Vec::new());
        for folder in folders {
            match run(&experiment, &folder).await {
                Ok(run) => runs.push(run),
                Err(problem) => problems.push(problem),
            }
        }
        Ok(RunsPage {
            runs,
            problems,
            next,
        })
    }

    pub async fn run(&self, id: &str) -> Read<SourceRun> {
        for experiment in self.experiment_folders().await? {
            let folder = experiment.join(id);
            if tokio::fs::try_exists(folder.join(META))
                .await
                .unwrap_or(false)
            {
                return run(&experiment, &folder).await;
            }
        }
        Err(SourceError::Refused(format!(
            "no run {id} in {}",
            self.address()
        )))
    }
}

async fn experiment(folder: &Path) -> Read<SourceExperiment> {
    let meta_path = folder.join(META);
    let meta = yaml::read(&meta_path).await?;
    let id = meta.word("experiment_id");
    let name = meta.word("name");
    if id != name_of(folder) || name.is_empty() {
        return Err(SourceError::malformed(
            meta_path.display().to_string(),
            format!("says experiment_id '{id}' and name '{name}'"),
        ));
    }
    Ok(SourceExperiment {
        id,
        name,
        artifact_location: meta.word("artifact_location"),
        deleted: meta.word("lifecycle_stage") == "deleted",
        created_at_ms: meta.int("creation_time").unwrap_or(0),
        updated_at_ms: meta.int("last_update_time").unwrap_or(0),
        tags: labels(&folder.join("tags")).await?,
    })
}

async fn run(experiment: &Path, folder: &Path) -> Read<SourceRun> {
    let meta_path = folder.join(META);
    let meta = yaml::read(&meta_path).await?;
    let mut id = meta.word("run_id");
    if id.is_empty() {
        id = meta.word("run_uuid");
    }
    if id != name_of(folder) {
        return Err(SourceError::malformed(
            meta_path.display().to_string(),
            format!("says run_id '{id}'"),
        ));
    }
    let status_text = meta.word("status");
    let status = status(&status_text).ok_or_else(|| {
        SourceError::malformed(
            meta_path.display().to_string(),
            format!("says status '{status_text}'"),
        )
    })?;
    let inputs = inputs(experiment, folder).await?;
    let params = labels(&folder.join("params")).await?;
    let tags = labels(&folder.join("tags")).await?;
    let mut name = meta.word("run_name");
    if name.is_empty() {
        let tagged = tags.iter().find(|tag| tag.key == "mlflow.runName");
        name = tagged.map(|tag| tag.value.clone()).unwrap_or_default();
    }
    Ok(SourceRun {
        id,
        experiment_id: name_of(experiment),
        name,
        user: meta.word("user_id"),
        status,
        deleted: meta.word("lifecycle_stage") == "deleted",
        started_at_ms: meta.int("start_time").unwrap_or(0),
        ended_at_ms: meta.int("end_time"),
        artifact_uri: meta.word("artifact_uri"),
        params: params
            .into_iter()
            .map(|pair| Param {
                key: pair.key,
                value: pair.value,
            })
            .collect(),
        tags,
        metrics: metrics(&folder.join("metrics")).await?,
        datasets: inputs.0,
        model_inputs: inputs.1,
        model_outputs: outputs(folder).await?,
    })
}

/// The number of MLflow's enumeration, or its word.
fn status(text: &str) -> Option<RunStatus> {
    Some(match text {
        "1" | "" => RunStatus::Running,
        "2" => RunStatus::Scheduled,
        "3" => RunStatus::Finished,
        "4" => RunStatus::Failed,
        "5" => RunStatus::Killed,
        word => return word.parse().ok(),
    })
}

/// A series per file; its length and time show that it grew.
async fn metrics(folder: &Path) -> Read<Vec<SourceMetric>> {
    let mut found = Vec::new();
    for (key, path) in files_beneath(folder).await? {
        let about = tokio::fs::metadata(&path).await.map_err(io(&path))?;
        found.push(SourceMetric {
            key,
            mark: about.len().to_string(),
        });
    }
    Ok(found)
}

async fn inputs(experiment: &Path, run: &Path) -> Read<(Vec<DatasetInput>, Vec<String>)> {
    let (mut datasets, mut models) = (Vec::new(), Vec::new());
    for folder in subfolders(&run.join("inputs")).await? {
        let input = yaml::read(&folder.join(META)).await?;
        let id = input.word("source_id");
        if input.word("source_type") == "MODEL" {
            models.push(id);
            continue;
        }
        let meta = yaml::read(&experiment.join("datasets").join(&id).join(META)).await?;
        let tags = input.get("tags").pairs();
        datasets.push(DatasetInput {
            name: meta.word("name"),
            digest: meta.word("digest"),
            source_type: meta.word("source_type"),
            source: meta.word("source"),
            schema: meta.get("schema").text().map(str::to_owned),
            profile: meta.get("profile").text().map(str::to_owned),
            tags: tags
                .into_iter()
                .map(|(key, value)| Tag { key, value })
                .collect(),
        });
    }
    Ok((datasets, models))
}

async fn outputs(run: &Path) -> Read<Vec<(String, i64)>> {
    let mut found = Vec::new();
    for folder in subfolders(&run.join("outputs")).await? {
        let output = yaml::read(&folder.join(META)).await?;
        found.push((
            output.word("destination_id"),
            output.int("step").unwrap_or(0),
        ));
    }
    Ok(found)
}
