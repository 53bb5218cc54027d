//! How the rows of a file spread over the trees: how often each split is passed and each leaf is reached.

use std::path::Path;

use onnx::trees::{Ensemble, EnsemblePlace, NodeKind};
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::probed::Probed;
use super::table::{Row, Table};
use super::{no_row, unread};
use crate::{CancelToken, EngineError, Runtime, data};

/// Rows that are put through the model at once.
const ROWS_AT_ONCE: usize = 4096;

/// What the rows of a file visit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TreeCover {
    pub file_name: String,
    #[specta(type = Number)]
    pub rows: u64,
    /// For each node of the ensemble, by its place: how many rows came through it.
    #[specta(type = Vec<Number>)]
    pub visits: Vec<u64>,
    /// For each feature that is tested: how often one of its splits was passed, the most passed first.
    pub features: Vec<FeatureCover>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct FeatureCover {
    pub feature: u32,
    #[specta(type = Number)]
    pub passes: u64,
}

/// Puts every row of a table through the model, up to the ensemble, and counts where they go. In constant memory.
///
/// # Errors
/// When the file cannot be read, does not fit the model, or the ensemble cannot be followed.
pub fn cover(
    runtime: &Runtime,
    path: &Path,
    place: &EnsemblePlace,
    rows: &Path,
    progress: &mut dyn FnMut(u64),
    cancel: &CancelToken,
) -> Result<TreeCover, EngineError> {
    let model = onnx::open(path)?;
    let ensemble = Ensemble::read(model.proto(), place).map_err(|e| unread(&e))?;
    let mut probed = Probed::open(runtime, path, model.proto(), place)?;
    let table = data::open(rows)?;
    let mut visits = vec![0; ensemble.nodes.len()];
    let mut counted = 0;
    for batch in table.batches(ROWS_AT_ONCE)? {
        cancel.check()?;
        let given = data::bind(&batch?, &probed.signature)?;
        let outputs = probed.run(&given, cancel)?;
        let table = Table::of(&probed.probe, &given, &outputs)?;
        let seen = match &table.all()? {
            Row::Single(all) => ensemble.count_visits(all, table.width, &mut visits),
            Row::Double(all) => ensemble.count_visits(all, table.width, &mut visits),
        };
        seen.map_err(|fault| no_row(&fault))?;
        counted += table.count as u64;
        progress(counted);
    }
    let name = rows.file_name().unwrap_or_default();
    Ok(TreeCover {
        file_name: name.to_string_lossy().into_owned(),
        rows: counted,
        features: features(&ensemble, &visits),
        visits,
    })
}

fn features(ensemble: &Ensemble, visits: &[u64]) -> Vec<FeatureCover> {
    let mut passes = std::collections::BTreeMap::new();
    for (node, visits) in ensemble.nodes.iter().zip(visits) {
        if let NodeKind::Split(split) = &node.kind {
            *passes.entry(split.feature).or_insert(0) += visits;
        }
    }
    let mut features: Vec<FeatureCover> = passes
        .into_iter()
        .map(|(feature, passes)| FeatureCover { feature, passes })
        .collect();
    features.sort_by_key(|cover| (std::cmp::Reverse(cover.passes), cover.feature));
    features
}
