//! A row followed through a tree ensemble, beside what the runtime makes of the same row.
//!
//! The model is cut down to what leads to the ensemble, and gives out the ensemble's own input and outputs: so a row is
//! given as the model takes it, whatever stands before the trees, and what is compared is the trees' result alone.

mod cover;
mod given;
mod probed;
mod said;
mod table;

use std::path::Path;

use onnx::trees::{Ensemble, EnsemblePlace, RowPath, TreeFault};
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::{CancelToken, EngineError, Runtime};
use probed::Probed;
use said::Said;
use table::{Row, Table};

pub use cover::{FeatureCover, TreeCover, cover};

/// Which row to follow.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct FollowRowRequest {
    pub place: EnsemblePlace,
    pub rows: RowSource,
    /// Counted from 0.
    pub row: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum RowSource {
    /// JSON in any form that an input example has; or numbers, a row a line, between commas, tabs or spaces.
    Text { text: String },
    /// The first rows of the sequence that a seed gives.
    Generated {
        #[specta(type = Number)]
        seed: u64,
    },
}

/// The way of one row, and whether the runtime agrees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct FollowedRow {
    pub path: RowPath,
    /// The row as it reaches the ensemble; null where a value is missing.
    pub features: Vec<Option<f64>>,
    /// `FP32`: what the trees compare and add in.
    pub element_type: String,
    /// How many rows there are to choose from.
    pub rows: u32,
    /// The ensemble's outputs as the runtime gives them.
    pub runtime_outputs: Vec<f64>,
    pub runtime_label: Option<String>,
    /// The largest difference, in steps from one number to the next that the output's type has; 0 is equal to the bit.
    #[specta(type = Number)]
    pub ulps_max: u64,
    /// Whether both agree: the same label, and outputs at most one step apart.
    pub equal: bool,
    pub runtime_version: String,
}

/// Generated rows to choose from.
const GENERATED_ROWS: usize = 64;
/// Exponentials may differ in the last bit from one C library to the next; sums may not.
const ULPS_MAX: u64 = 1;

/// Follows a row and runs the same row on ONNX Runtime.
///
/// # Errors
/// [`EngineError::Input`] when the row does not fit the model, [`EngineError::Example`] when the ensemble cannot be read
/// or stands where no tensor can be taken out, else what the runtime fails with.
pub fn follow_row(
    runtime: &Runtime,
    path: &Path,
    request: &FollowRowRequest,
    cancel: &CancelToken,
) -> Result<FollowedRow, EngineError> {
    let model = onnx::open(path)?;
    let ensemble = Ensemble::read(model.proto(), &request.place).map_err(|e| unread(&e))?;
    let mut probed = Probed::open(runtime, path, model.proto(), &request.place)?;
    let given = given::rows(&request.rows, &probed.signature)?;
    let outputs = probed.run(&given, cancel)?;
    let table = Table::of(&probed.probe, &given, &outputs)?;
    let row = table.row(request.row as usize)?;
    let path = match &row {
        Row::Single(row) => ensemble.follow(row),
        Row::Double(row) => ensemble.follow(row),
    };
    let path = path.map_err(|fault| no_row(&fault))?;
    let said = Said::of(&probed.probe, &outputs, request.row as usize);
    let ulps_max = said::ulps(&path.outputs, &said.outputs, said.double);
    Ok(FollowedRow {
        equal: ulps_max <= ULPS_MAX && path.label == said.label,
        path,
        features: row.values(),
        element_type: table.rows.element_type().datatype().to_owned(),
        rows: table.count as u32,
        runtime_outputs: said.outputs,
        runtime_label: said.label,
        ulps_max,
        runtime_version: runtime.version().to_owned(),
    })
}

fn unread(reason: &dyn std::fmt::Display) -> EngineError {
    EngineError::Example {
        what: "the tree ensemble".to_owned(),
        reason: reason.to_string(),
    }
}

fn no_row(fault: &TreeFault) -> EngineError {
    EngineError::input("row", fault.to_string())
}
