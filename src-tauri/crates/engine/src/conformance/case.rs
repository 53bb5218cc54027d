//! One case, in a worker.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Outcome, compare, files, model_of};
use crate::job::{Bench, Job};
use crate::values::Value;
use crate::{CancelToken, EngineError, ModelOptions};

/// Runs one case of the folder and judges its outputs. The whole folder is readable, so that one worker takes them all.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseJob {
    pub folder: PathBuf,
    pub case: String,
}

impl CaseJob {
    /// The worker that takes one case after the other.
    pub const USE: &'static str = "conformance";
}

impl Job for CaseJob {
    const NAME: &'static str = "conformance";
    type Progress = ();
    type Answer = Outcome;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.folder.clone()]
    }

    fn run(
        self,
        bench: &mut Bench,
        _: &mut dyn FnMut(()),
        cancel: &CancelToken,
    ) -> Result<Outcome, EngineError> {
        let path = model_of(&self.folder, &self.case);
        let options = ModelOptions {
            warm_up_runs: 0,
            ..ModelOptions::default()
        };
        let model = match bench.model(&path, &options) {
            Ok(model) => model,
            Err(EngineError::Model(refused)) => return Ok(Outcome::Refused(refused.to_string())),
            Err(EngineError::Load { reason, .. }) => return Ok(Outcome::NotLoaded(reason)),
            Err(other) => return Err(other),
        };
        let data = match Data::read(&path) {
            Ok(data) => data,
            Err(reason) => return Ok(Outcome::NoInputs(reason)),
        };
        let outputs = match model.run_values(&data.inputs, Some(cancel)) {
            Ok(outputs) => outputs,
            Err(error @ EngineError::Input { .. }) => {
                return Ok(Outcome::NoInputs(error.to_string()));
            }
            Err(EngineError::Run { reason }) => return Ok(Outcome::Failed(reason)),
            Err(other) => return Err(other),
        };
        Ok(match judged(&data.outputs, &outputs) {
            Ok(()) => Outcome::Pass,
            Err(reason) => Outcome::Different(reason),
        })
    }
}

struct Data {
    inputs: Vec<(String, Value)>,
    outputs: Vec<(String, Value)>,
}

impl Data {
    fn read(model: &Path) -> Result<Self, String> {
        let file = onnx::open(model).map_err(|error| error.to_string())?;
        let graph = file
            .proto()
            .graph
            .as_ref()
            .ok_or("the model has no graph")?;
        let folder = model.with_file_name("test_data_set_0");
        let read = |kind: &str, ports: &[onnx::proto::ValueInfoProto]| {
            let mut values = Vec::new();
            for (index, port) in ports.iter().enumerate() {
                let path = folder.join(format!("{kind}_{index}.pb"));
                if path.is_file() {
                    let value = files::read(&path, port.r#type.as_ref())
                        .map_err(|reason| format!("{kind} {index}: {reason}"))?;
                    values.push((port.name().to_owned(), value));
                }
            }
            Ok::<_, String>(values)
        };
        Ok(Self {
            inputs: read("input", &graph.input)?,
            outputs: read("output", &graph.output)?,
        })
    }
}

fn judged(expected: &[(String, Value)], found: &[(String, Value)]) -> Result<(), String> {
    for (name, expected) in expected {
        let found = found.iter().find(|(found, _)| found == name);
        let (_, found) = found.ok_or_else(|| format!("output '{name}' is missing"))?;
        compare::same(expected, found).map_err(|reason| format!("output '{name}': {reason}"))?;
    }
    Ok(())
}
