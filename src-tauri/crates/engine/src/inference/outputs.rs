//! Outputs: kept in a file as they come, then described.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::summary;
use crate::data::{self, Columns, write};
use crate::signature::{PortKind, Signature};
use crate::tensor::{ElementType, Tensor};
use crate::{CancelToken, EngineError};

/// Columns of a table beyond this are counted, not named.
const COLUMNS_NAMED_MAX: usize = 4096;

/// One output of a model over all rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OutputView {
    pub name: String,
    /// As the Open Inference Protocol names it; `class scores` for a list of maps.
    pub datatype: String,
    #[specta(type = Vec<Number>)]
    pub shape: Vec<u64>,
    /// Rows and columns of its table.
    #[specta(type = Number)]
    pub rows: u64,
    #[specta(type = Number)]
    pub width: u64,
    /// What the columns are called, where they have names: the classes of class scores.
    pub columns: Vec<String>,
    /// The arrays of the kept file that make it up.
    pub arrays: Vec<String>,
    pub is_text: bool,
    pub summary: OutputSummary,
}

/// What the elements of an output are like. NaN and infinities are counted, and take no part in the other figures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OutputSummary {
    #[specta(type = Number)]
    pub count: u64,
    #[specta(type = Number)]
    pub nan_count: u64,
    #[specta(type = Number)]
    pub inf_count: u64,
    #[specta(type = Number)]
    pub zero_count: u64,
    #[specta(type = Option<Number>)]
    pub min: Option<f64>,
    #[specta(type = Option<Number>)]
    pub max: Option<f64>,
    #[specta(type = Option<Number>)]
    pub mean: Option<f64>,
    /// Population standard deviation, as NumPy's `std`.
    #[specta(type = Option<Number>)]
    pub std: Option<f64>,
    pub histogram: Option<ValueHistogram>,
    /// Of labels: whole numbers, truth values or texts with few different values; the most frequent first.
    pub classes: Vec<ClassShare>,
    /// Values over the rows, for the first columns.
    pub series: Vec<RowSeries>,
    /// Rows that one point of a series stands for.
    #[specta(type = Number)]
    pub series_rows: u64,
}

/// Counts between evenly spaced edges; one more edge than counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ValueHistogram {
    #[specta(type = Vec<Number>)]
    pub edges: Vec<f64>,
    #[specta(type = Vec<Number>)]
    pub counts: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ClassShare {
    pub label: String,
    #[specta(type = Number)]
    pub count: u64,
    #[specta(type = Number)]
    pub share: f64,
}

/// The least and greatest finite value of so many rows; none where there is no finite one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RowSeries {
    pub label: String,
    #[specta(type = Vec<Option<Number>>)]
    pub low: Vec<Option<f64>>,
    #[specta(type = Vec<Option<Number>>)]
    pub high: Vec<Option<f64>>,
}

/// Writes outputs into a file as runs give them.
pub(super) struct Keeper {
    path: PathBuf,
    writer: Box<dyn write::TableWriter + Send>,
    /// Outputs of the first run that have no row for each of its rows.
    without_rows: Vec<String>,
    first_rows: usize,
    runs: u64,
    names: Vec<String>,
    /// BF16 is kept as FP32, of which each of its values is one.
    elements: Vec<ElementType>,
}

impl Keeper {
    pub(super) fn new(path: &Path) -> Result<Self, EngineError> {
        Ok(Self {
            path: path.to_owned(),
            writer: write::create(path)?,
            without_rows: Vec::new(),
            first_rows: 0,
            runs: 0,
            names: Vec::new(),
            elements: Vec::new(),
        })
    }

    pub(super) fn add(
        &mut self,
        rows: usize,
        outputs: Vec<(String, Tensor)>,
    ) -> Result<(), EngineError> {
        if self.runs == 0 {
            self.first_rows = rows;
            self.names = outputs.iter().map(|(name, _)| name.clone()).collect();
            self.elements = outputs
                .iter()
                .map(|(_, tensor)| tensor.element_type())
                .collect();
            let rowless = outputs
                .iter()
                .filter(|(_, tensor)| tensor.shape().first() != Some(&rows));
            self.without_rows = rowless
                .map(|(name, tensor)| format!("{name} {:?}", tensor.shape()))
                .collect();
        } else if let Some(rowless) = self.without_rows.first() {
            return Err(EngineError::input(
                "",
                format!(
                    "an output has no row for each row: {rowless} for {} rows. Its runs cannot be put together; let one \
                     run take all rows",
                    self.first_rows
                ),
            ));
        }
        self.runs += 1;
        self.writer.write(&Columns {
            rows,
            columns: outputs,
        })
    }

    /// Completes the file and reads it once more for the figures.
    pub(super) fn summed_up(
        self,
        signature: &Signature,
        cancel: &CancelToken,
    ) -> Result<Vec<OutputView>, EngineError> {
        self.writer.finish()?;
        let table = data::open(&self.path)?;
        let mut views = Vec::new();
        for (name, arrays) in grouped(signature, &self.names) {
            cancel.check()?;
            let at = self
                .names
                .iter()
                .position(|name| *name == arrays[0])
                .unwrap_or(0);
            views.push(view(&table, name, arrays, self.elements[at], cancel)?);
        }
        Ok(views)
    }
}

/// Outputs of the signature with the arrays that each became: class scores are a column for each class.
fn grouped(signature: &Signature, names: &[String]) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for name in names {
        let of_class = signature
            .outputs
            .iter()
            .filter(|port| port.kind == PortKind::ClassScores)
            .find(|port| {
                name.strip_prefix(&port.name)
                    .is_some_and(|rest| rest.starts_with('.'))
            });
        let output = of_class.map_or(name, |port| &port.name);
        match groups.iter_mut().find(|(group, _)| group == output) {
            Some((_, arrays)) => arrays.push(name.clone()),
            None => groups.push((output.clone(), vec![name.clone()])),
        }
    }
    groups
}

fn view(
    table: &data::Table,
    name: String,
    arrays: Vec<String>,
    element: ElementType,
    cancel: &CancelToken,
) -> Result<OutputView, EngineError> {
    let is_group = arrays.len() > 1 || arrays[0] != name;
    let columns: Vec<String> = if is_group {
        let class = |array: &String| array.get(name.len() + 1..).unwrap_or(array).to_owned();
        arrays.iter().take(COLUMNS_NAMED_MAX).map(class).collect()
    } else {
        Vec::new()
    };
    let part = table.only(&arrays)?;
    let first = part
        .columns()
        .first()
        .and_then(|column| column.row_shape.clone());
    let row_shape = first.unwrap_or_default();
    let rows = part.rows();
    let width = row_shape.iter().product::<usize>() * arrays.len();
    let mut shape: Vec<u64> = rows.into_iter().collect();
    if is_group {
        shape.push(arrays.len() as u64);
    } else {
        shape.extend(row_shape.iter().map(|dim| *dim as u64));
    }
    let summary = summary::of(&part, &columns, width, cancel)?;
    Ok(OutputView {
        datatype: if is_group {
            "class scores".to_owned()
        } else {
            element.datatype().to_owned()
        },
        rows: rows.unwrap_or(1),
        width: width as u64,
        is_text: element == ElementType::String,
        name,
        shape,
        columns,
        arrays,
        summary,
    })
}
