//! Rows through one side or two.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::files;
use crate::compare::stream::{
    CompareOptions, CompareProgress, ModelSide, Recorded, Reference, RowSource, compare_rows,
    record,
};
use crate::compare::{ColumnMapping, ComparisonReport, SideReport};
use crate::job::{Bench, Job};
use crate::{CancelToken, EngineError, Provider};

/// What a side is held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CompareAgainst {
    /// Expected outputs in the file that the rows come from.
    Columns {
        mapping: Vec<ColumnMapping>,
    },
    Model(ModelSide),
    /// What a [`RecordJob`] left, with another ONNX Runtime.
    Recorded {
        path: PathBuf,
        side: SideReport,
    },
}

/// Compares row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompareJob {
    pub side: ModelSide,
    pub against: CompareAgainst,
    pub source: RowSource,
    pub options: CompareOptions,
}

impl Job for CompareJob {
    const NAME: &'static str = "compare";
    type Progress = CompareProgress;
    type Answer = ComparisonReport;

    fn reads(&self) -> Vec<PathBuf> {
        let other = match &self.against {
            CompareAgainst::Model(other) => Some(other),
            _ => None,
        };
        let mut reads = files([&self.side].into_iter().chain(other), &self.source);
        if let CompareAgainst::Recorded { path, .. } = &self.against {
            reads.push(path.clone());
        }
        reads
    }

    fn writes(&self) -> Vec<PathBuf> {
        self.options.scratch.iter().cloned().collect()
    }

    fn uses_gpu(&self) -> bool {
        let other = match &self.against {
            CompareAgainst::Model(other) => Provider::any_gpu(&other.options.providers),
            _ => false,
        };
        other || Provider::any_gpu(&self.side.options.providers)
    }

    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(CompareProgress),
        cancel: &CancelToken,
    ) -> Result<ComparisonReport, EngineError> {
        self.options.check()?;
        let runtime = bench.runtime()?;
        let model = bench.model(&self.side.path, &self.side.options)?;
        let reference = match self.against {
            CompareAgainst::Columns { mapping } => Reference::columns_of(mapping),
            CompareAgainst::Model(other) => {
                let model = bench.model(&other.path, &other.options)?;
                Reference::Model(other.report(&model, &runtime), model)
            }
            CompareAgainst::Recorded { path, side } => {
                Reference::Recorded(Recorded::open(&path, side)?)
            }
        };
        let side = self.side.report(&model, &runtime);
        compare_rows(
            (side, &model),
            &self.source,
            reference,
            &self.options,
            progress,
            cancel,
        )
    }
}

/// Runs all rows through a side and keeps its outputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordJob {
    pub side: ModelSide,
    pub source: RowSource,
    pub batch_rows: usize,
    /// The folder for the outputs, and the file's name in it.
    pub folder: PathBuf,
    pub name: String,
}

impl Job for RecordJob {
    const NAME: &'static str = "record";
    type Progress = CompareProgress;
    type Answer = SideReport;

    fn reads(&self) -> Vec<PathBuf> {
        files([&self.side], &self.source)
    }

    fn writes(&self) -> Vec<PathBuf> {
        vec![self.folder.clone()]
    }

    fn uses_gpu(&self) -> bool {
        Provider::any_gpu(&self.side.options.providers)
    }

    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(CompareProgress),
        cancel: &CancelToken,
    ) -> Result<SideReport, EngineError> {
        let runtime = bench.runtime()?;
        let model = bench.model(&self.side.path, &self.side.options)?;
        record(
            &model,
            &self.source,
            self.batch_rows,
            &self.folder.join(&self.name),
            progress,
            cancel,
        )?;
        Ok(self.side.report(&model, &runtime))
    }
}
