//! Runs with all that was logged to them.

use domain::tracking::{Param, Run, RunId, RunInfo, Tag};

use super::labels::{self, Labels};
use super::{IDS_AT_ONCE, datasets, metrics, runs};
use crate::{Pool, StoreError};

/// The run with all that was logged to it.
pub async fn by_id(pool: &Pool, id: &RunId) -> Result<Option<Run>, StoreError> {
    match runs::info(pool, id).await? {
        Some(info) => Ok(filled(pool, vec![info]).await?.pop()),
        None => Ok(None),
    }
}

/// Those of the runs that are there, in the order of `ids`, with all that was logged to them.
pub async fn by_ids(pool: &Pool, ids: &[&str]) -> Result<Vec<Run>, StoreError> {
    let mut whole = Vec::with_capacity(ids.len());
    for piece in ids.chunks(IDS_AT_ONCE) {
        whole.extend(filled(pool, runs::infos(pool, piece).await?).await?);
    }
    Ok(whole)
}

async fn filled(pool: &Pool, infos: Vec<RunInfo>) -> Result<Vec<Run>, StoreError> {
    let mut runs = Vec::with_capacity(infos.len());
    for piece in infos.chunks(IDS_AT_ONCE) {
        let ids: Vec<&str> = piece.iter().map(|info| info.id.as_str()).collect();
        let mut params = labels::of_owners(pool, Labels::RunParams, &ids).await?;
        let mut tags = labels::of_owners(pool, Labels::RunTags, &ids).await?;
        let mut metrics = metrics::summaries(pool, &ids).await?;
        let mut datasets = datasets::of_runs(pool, &ids).await?;
        let mut models = datasets::models_of_runs(pool, &ids).await?;
        runs.extend(piece.iter().map(|info| {
            let id = info.id.as_str();
            let params = params.remove(id).unwrap_or_default();
            let tags = tags.remove(id).unwrap_or_default();
            let (model_inputs, model_outputs) = models.remove(id).unwrap_or_default();
            Run {
                info: info.clone(),
                params: params
                    .into_iter()
                    .map(|(key, value)| Param { key, value })
                    .collect(),
                tags: tags
                    .into_iter()
                    .map(|(key, value)| Tag { key, value })
                    .collect(),
                metrics: metrics.remove(id).unwrap_or_default(),
                datasets: datasets.remove(id).unwrap_or_default(),
                model_inputs,
                model_outputs,
            }
        }));
    }
    Ok(runs)
}
