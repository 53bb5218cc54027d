//! Logged models of a folder: `<experiment>/models/m-.../`.

use std::collections::BTreeMap;
use std::path::Path;

use domain::tracking::{LoggedModelMetric, LoggedModelStatus, Param, RunId};

use super::{Folder, META, files_beneath, io, labels, metrics, name_of, subfolders, yaml};
use crate::import::source::{Partly, Read, SourceError, SourceLoggedModel};

impl Folder {
    pub async fn logged_models(&self, experiment_id: &str) -> Read<Partly<SourceLoggedModel>> {
        let experiment = self.experiment_folder(experiment_id).await?;
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for folder in subfolders(&experiment.join("models")).await? {
            match model(experiment_id, &folder).await {
                Ok(Some(model)) => found.push(model),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        Ok((found, problems))
    }
}

/// `None` for a deleted one, which no client can bring back.
async fn model(experiment_id: &str, folder: &Path) -> Read<Option<SourceLoggedModel>> {
    let meta_path = folder.join(META);
    let meta = yaml::read(&meta_path).await?;
    let id = meta.word("model_id");
    if id != name_of(folder) {
        return Err(SourceError::malformed(
            meta_path.display().to_string(),
            format!("says model_id '{id}'"),
        ));
    }
    if meta.word("lifecycle_stage") == "deleted" {
        return Ok(None);
    }
    let some = |key: &str| {
        meta.get(key)
            .text()
            .filter(|t| !t.is_empty())
            .map(str::to_owned)
    };
    let params = labels(&folder.join("params")).await?;
    Ok(Some(SourceLoggedModel {
        id,
        experiment_id: experiment_id.to_owned(),
        name: meta.word("name"),
        artifact_uri: meta.word("artifact_location"),
        status: status(&meta.word("status")),
        status_message: some("status_message"),
        model_type: some("model_type"),
        source_run_id: some("source_run_id"),
        created_at_ms: meta.int("creation_timestamp").unwrap_or(0),
        updated_at_ms: meta.int("last_updated_timestamp").unwrap_or(0),
        params: params
            .into_iter()
            .map(|pair| Param {
                key: pair.key,
                value: pair.value,
            })
            .collect(),
        tags: labels(&folder.join("tags")).await?,
        metrics: model_metrics(&folder.join("metrics")).await?,
    }))
}

/// The number of MLflow's enumeration, or its word.
fn status(text: &str) -> LoggedModelStatus {
    match text {
        "1" | "PENDING" => LoggedModelStatus::Pending,
        "2" | "READY" => LoggedModelStatus::Ready,
        "3" | "FAILED" => LoggedModelStatus::UploadFailed,
        _ => LoggedModelStatus::Unspecified,
    }
}

/// `timestamp value step run [dataset digest]` a line; the latest of each run and dataset counts.
async fn model_metrics(folder: &Path) -> Read<Vec<LoggedModelMetric>> {
    type Place = (String, String, Option<(String, String)>);
    let mut latest: BTreeMap<Place, LoggedModelMetric> = BTreeMap::new();
    for (key, path) in files_beneath(folder).await? {
        let text = tokio::fs::read_to_string(&path).await.map_err(io(&path))?;
        for (at, line) in text
            .lines()
            .enumerate()
            .filter(|(_, l)| !l.trim().is_empty())
        {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let read = || {
                let point = metrics::point(line)?;
                let run_id = RunId::parse(words.get(3)?).ok()?;
                Some((point, run_id))
            };
            let (point, run_id) = read().ok_or_else(|| {
                let place = format!("{}:{}", path.display(), at + 1);
                SourceError::malformed(place, "no point of a logged model")
            })?;
            let dataset = words.get(4).zip(words.get(5));
            let dataset = dataset.map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned()));
            let place = (key.clone(), run_id.as_str().to_owned(), dataset.clone());
            let known = latest.get(&place);
            if known.is_none_or(|known| point.supersedes(&known.point)) {
                let metric = LoggedModelMetric {
                    key: key.clone(),
                    point,
                    run_id,
                    dataset,
                };
                latest.insert(place, metric);
            }
        }
    }
    Ok(latest.into_values().collect())
}
