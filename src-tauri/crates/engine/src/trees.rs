//! A row followed through a tree ensemble, beside what the runtime makes of the same row.
//!
//! The model is cut down to what leads to the ensemble, and gives out the ensemble's own input and outputs: so a row is
//! given as the model takes it, whatever stands before the trees, and what is compared is the trees' result alone.

use std::path::Path;

use onnx::trees::{Ensemble, EnsemblePlace, Probe, RowPath, TreeFault, probe};
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::signature::{PortKind, Signature};
use crate::tensor::Data;
use crate::{CancelToken, EngineError, ModelOptions, Runtime, Tensor, example, inputs, session};

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

/// Follows a row and runs the same row on ONNX Runtime, with one thread: with more, many trees are added in pieces.
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
    let probe = probe(model.proto(), &request.place).map_err(|e| unread(&e))?;
    let probe = probe.ok_or_else(|| {
        unread(&"the ensemble stands inside another node, and no row can be given to it there")
    })?;
    let options = ModelOptions::default();
    let bytes = onnx::write::to_bytes(&probe.model);
    let mut session = session::build_from(runtime, path, &bytes, &options)?;
    let signature = session::signature(&session);
    let given = rows(&request.rows, &signature)?;
    for (name, tensor) in &given {
        let port = signature.inputs.iter().find(|port| port.name == *name);
        port.map_or(Ok(()), |port| port.accept(tensor))?;
    }
    let outputs = session::run(&mut session, &given, Some(cancel))?;
    let table = Table::of(&probe, &given, &outputs)?;
    let row = table.row(request.row as usize)?;
    let path = match &row {
        Row::Single(row) => ensemble.follow(row),
        Row::Double(row) => ensemble.follow(row),
    };
    let path = path.map_err(|fault| no_row(&fault))?;
    let said = Said::of(&probe, &outputs, request.row as usize);
    let ulps_max = ulps(&path.outputs, &said.outputs, said.double);
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

fn rows(source: &RowSource, signature: &Signature) -> Result<Vec<(String, Tensor)>, EngineError> {
    match source {
        RowSource::Generated { seed } => inputs::generate(signature, GENERATED_ROWS, *seed),
        RowSource::Text { text } => match text.trim_start().chars().next() {
            Some('{' | '[') => wanted(example::parse(text, signature)?, signature),
            _ => numbers(text, signature),
        },
    }
}

/// An example of the whole model may name inputs that do not lead to the ensemble.
fn wanted(
    given: Vec<(String, Tensor)>,
    signature: &Signature,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    let known = |name: &str| signature.inputs.iter().any(|port| port.name == name);
    Ok(given.into_iter().filter(|(name, _)| known(name)).collect())
}

/// Lines of numbers, as they are copied out of a table; `nan` and an empty cell are missing values.
fn numbers(text: &str, signature: &Signature) -> Result<Vec<(String, Tensor)>, EngineError> {
    let [port] = &signature.inputs[..] else {
        return Err(EngineError::input(
            "row",
            "the model has several inputs; give the row as JSON, a field for each input",
        ));
    };
    let PortKind::Tensor { element, .. } = &port.kind else {
        return Err(EngineError::input(&port.name, "takes no numbers"));
    };
    let mut values = Vec::new();
    let (mut count, mut width) = (0, 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let row: Result<Vec<f64>, EngineError> = cells(line).map(number).collect();
        let row = row?;
        if count > 0 && row.len() != width {
            let (line, found) = (count + 1, row.len());
            let reason =
                format!("line {line} has {found} numbers where the first line has {width}");
            return Err(EngineError::input("row", reason));
        }
        width = row.len();
        count += 1;
        values.extend(row);
    }
    if count == 0 {
        return Err(EngineError::input("row", "no number is given"));
    }
    let data = match element {
        crate::ElementType::Float64 => Data::Float64(values),
        crate::ElementType::Int64 => Data::Int64(values.iter().map(|v| *v as i64).collect()),
        crate::ElementType::Int32 => Data::Int32(values.iter().map(|v| *v as i32).collect()),
        _ => Data::Float32(values.iter().map(|v| *v as f32).collect()),
    };
    Ok(vec![(
        port.name.clone(),
        Tensor::new(vec![count, width], data)?,
    )])
}

fn cells(line: &str) -> Box<dyn Iterator<Item = &str> + '_> {
    match [',', ';', '\t']
        .into_iter()
        .find(|mark| line.contains(*mark))
    {
        Some(mark) => Box::new(line.trim_end_matches(mark).split(mark).map(str::trim)),
        None => Box::new(line.split_whitespace()),
    }
}

fn number(cell: &str) -> Result<f64, EngineError> {
    if cell.is_empty() {
        return Ok(f64::NAN);
    }
    cell.parse()
        .map_err(|_| EngineError::input("row", format!("'{cell}' is no number")))
}

/// The rows as they reach the ensemble.
struct Table {
    rows: Tensor,
    count: usize,
    width: usize,
}

enum Row {
    Single(Vec<f32>),
    Double(Vec<f64>),
}

impl Row {
    fn values(&self) -> Vec<Option<f64>> {
        let finite = |value: f64| Some(value).filter(|value| !value.is_nan());
        match self {
            Self::Single(row) => row.iter().map(|value| finite(f64::from(*value))).collect(),
            Self::Double(row) => row.iter().map(|value| finite(*value)).collect(),
        }
    }
}

impl Table {
    fn of(
        probe: &Probe,
        given: &[(String, Tensor)],
        outputs: &[(String, Tensor)],
    ) -> Result<Self, EngineError> {
        let held = if probe.rows_are_input { given } else { outputs };
        let found = held.iter().find(|(name, _)| *name == probe.rows);
        let (_, rows) = found.ok_or_else(|| EngineError::input(&probe.rows, "is missing"))?;
        let (count, width) = match rows.shape() {
            [width] => (1, *width),
            [count, width] => (*count, *width),
            other => {
                let reason = format!("has shape {other:?}; trees take rows of features");
                return Err(EngineError::input(&probe.rows, reason));
            }
        };
        Ok(Self {
            rows: rows.clone(),
            count,
            width,
        })
    }

    fn row(&self, at: usize) -> Result<Row, EngineError> {
        if at >= self.count {
            let reason = format!("{} is asked for, but there are {} rows", at, self.count);
            return Err(EngineError::input("row", reason));
        }
        let range = at * self.width..(at + 1) * self.width;
        // Whole numbers are compared with float thresholds as floats.
        match self.rows.data() {
            Data::Float32(items) => Ok(Row::Single(items[range].to_vec())),
            Data::Float64(items) => Ok(Row::Double(items[range].to_vec())),
            Data::Int32(items) => Ok(Row::Single(
                items[range].iter().map(|v| *v as f32).collect(),
            )),
            Data::Int64(items) => Ok(Row::Single(
                items[range].iter().map(|v| *v as f32).collect(),
            )),
            _ => Err(EngineError::input(
                "row",
                format!(
                    "{} is no number that trees take",
                    self.rows.element_type().datatype()
                ),
            )),
        }
    }
}

/// What the runtime gave for one row.
struct Said {
    outputs: Vec<f64>,
    label: Option<String>,
    double: bool,
}

impl Said {
    fn of(probe: &Probe, outputs: &[(String, Tensor)], row: usize) -> Self {
        let named = |name: Option<&String>| {
            let found = outputs.iter().find(|(given, _)| Some(given) == name);
            found.map(|(_, tensor)| tensor)
        };
        // A classifier gives its labels first, then its scores.
        let scores = named(probe.outputs.last());
        let labels = if probe.outputs.len() > 1 {
            named(probe.outputs.first())
        } else {
            None
        };
        let width = scores.map_or(0, |tensor| match tensor.shape() {
            [_, width] => *width,
            _ => 1,
        });
        let all = scores.and_then(Tensor::to_f64).unwrap_or_default();
        let label = labels.and_then(|tensor| match tensor.data() {
            Data::Int64(items) => items.get(row).map(i64::to_string),
            Data::String(items) => items.get(row).cloned(),
            _ => None,
        });
        Self {
            outputs: all
                .chunks(width.max(1))
                .nth(row)
                .unwrap_or_default()
                .to_vec(),
            label,
            double: scores.is_some_and(|t| t.element_type() == crate::ElementType::Float64),
        }
    }
}

/// The largest distance between two lists of numbers, counted in numbers of their type.
fn ulps(ours: &[f64], theirs: &[f64], double: bool) -> u64 {
    if ours.len() != theirs.len() {
        return u64::MAX;
    }
    let distance = |(a, b): (&f64, &f64)| match (a.is_nan(), b.is_nan()) {
        (true, true) => 0,
        (false, false) if double => ordered(*a).abs_diff(ordered(*b)),
        (false, false) => ordered_single(*a as f32).abs_diff(ordered_single(*b as f32)),
        _ => u64::MAX,
    };
    ours.iter().zip(theirs).map(distance).max().unwrap_or(0)
}

/// The place of a number among all of its type; both zeros are one.
fn ordered(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    if bits < 0 {
        i64::MIN.wrapping_sub(bits)
    } else {
        bits
    }
}

fn ordered_single(value: f32) -> i64 {
    let bits = i64::from(value.to_bits().cast_signed());
    if bits < 0 {
        i64::from(i32::MIN) - bits
    } else {
        bits
    }
}
