//! Parity: every row of a file gives the outputs that stand in it.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use domain::gates::{Fact, ParityFact, ParityGate};
use engine::EngineError;
use engine::compare::stream::{CompareOptions, ModelSide, RowSource};
use engine::compare::{ComparisonReport, Tolerance};
use engine::job::{CompareAgainst, CompareJob};

use super::{Loaded, blamed};
use crate::error::Result;
use crate::models::{MaterialisedModel, hash_file};

/// A file of any length is streamed; a day of it is a mistake.
const DURATION_MAX: Duration = Duration::from_secs(24 * 3600);

/// A file that a gate file names: an absolute path, else beside the model, else beside the gate file.
///
/// # Errors
/// Where it was looked for.
pub(in crate::gates) fn data_file(
    named: &str,
    files: &MaterialisedModel,
    beside_gate_file: Option<&Path>,
) -> std::result::Result<PathBuf, String> {
    let path = Path::new(named);
    if path.is_absolute() {
        return match path.is_file() {
            true => Ok(path.to_owned()),
            false => Err(format!("{named} is not on this machine")),
        };
    }
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(format!("{named} leads out of its folder"));
    }
    let places = [Some(files.dir.as_path()), beside_gate_file];
    places
        .into_iter()
        .flatten()
        .map(|folder| folder.join(path))
        .find(|path| path.is_file())
        .ok_or_else(|| format!("{named} lies neither beside the model nor beside the gate file"))
}

/// Runs all rows of `data` through the model.
pub(in crate::gates) async fn parity(
    model: &Loaded<'_>,
    gate: &ParityGate,
    data: PathBuf,
) -> Result<Fact<ParityFact>> {
    let Some(data_sha256) = hash_file(&data).await else {
        return Ok(Fact::Missing(format!("{} cannot be read", data.display())));
    };
    let job = CompareJob {
        side: ModelSide {
            label: String::new(),
            path: model.files.onnx_path.clone(),
            options: model.options.clone(),
        },
        against: CompareAgainst::Columns {
            mapping: Vec::new(),
        },
        source: RowSource::File { path: data },
        options: CompareOptions {
            tolerance: Tolerance {
                rtol: gate.rtol,
                atol: gate.atol,
            },
            worst_max: 1,
            ..CompareOptions::default()
        },
    };
    let compared = model
        .hands
        .call(job, DURATION_MAX, |_| {}, model.cancel)
        .await?;
    Ok(match compared {
        Ok(report) => fact(gate, data_sha256, &report),
        // The file does not fit: nothing was learnt of the model.
        Err(error @ (EngineError::Data { .. } | EngineError::Input { .. })) => {
            Fact::Missing(error.to_string())
        }
        Err(error) => blamed(&error),
    })
}

fn fact(gate: &ParityGate, data_sha256: String, report: &ComparisonReport) -> Fact<ParityFact> {
    let elements: u64 = report.outputs.iter().map(|output| output.elements).sum();
    if elements == 0 {
        let reason = report.reason.clone();
        return Fact::Missing(reason.unwrap_or_else(|| format!("{} has no row", gate.data)));
    }
    let within: u64 = report.outputs.iter().map(|output| output.within).sum();
    let worst = report.worst().map(|(_, worst)| worst);
    Fact::Measured(ParityFact {
        data: gate.data.clone(),
        data_sha256,
        rows: report.rows,
        elements,
        outside: elements - within.min(elements),
        max_abs: worst.map_or(Some(0.0), |worst| worst.value),
        worst_row: worst.map(|worst| worst.row),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_found_beside_the_model_then_beside_the_gate_file() {
        let (model, gate) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = MaterialisedModel::of_file(model.path().join("m.onnx"), String::new());
        let find = |name: &str| data_file(name, &files, Some(gate.path()));
        assert!(find("rows.csv").unwrap_err().contains("neither beside"));
        std::fs::write(gate.path().join("rows.csv"), "x\n").unwrap();
        assert_eq!(find("rows.csv").unwrap(), gate.path().join("rows.csv"));
        std::fs::write(model.path().join("rows.csv"), "x\n").unwrap();
        assert_eq!(find("rows.csv").unwrap(), model.path().join("rows.csv"));
        assert!(find("../rows.csv").unwrap_err().contains("leads out"));
        let whole = model.path().join("rows.csv").display().to_string();
        assert_eq!(find(&whole).unwrap(), model.path().join("rows.csv"));
        assert!(
            find("/nowhere/rows.csv")
                .unwrap_err()
                .contains("not on this machine")
        );
    }
}
