//! What outputs are held against: columns of the file, another side, or what another process recorded.

use std::sync::Arc;

use super::record::Recorded;
use super::{Batch, Expected};
use crate::compare::expected::{ColumnMapping, ExpectedColumns};
use crate::compare::report::SideReport;
use crate::data::Table;
use crate::signature::{PortKind, Signature};
use crate::tensor::Tensor;
use crate::{CachedModel, CancelToken, EngineError};

/// The other half of a comparison.
pub enum Reference {
    /// Columns of the file that the rows come from.
    Columns {
        mapping: Vec<ColumnMapping>,
        found: Vec<ExpectedColumns>,
    },
    Model(SideReport, Arc<CachedModel>),
    /// The outputs of a side that ran before, elsewhere.
    Recorded(Recorded),
}

impl Reference {
    #[must_use]
    pub fn columns_of(mapping: Vec<ColumnMapping>) -> Self {
        Self::Columns {
            mapping,
            found: Vec::new(),
        }
    }

    /// For rows that are only run.
    pub(super) fn nothing() -> Self {
        Self::Recorded(Recorded::nothing())
    }

    /// Looks for the expected columns, and says which they are. Without a table there can be none.
    pub(super) fn columns(
        &mut self,
        table: Option<&Table>,
        signature: &Signature,
    ) -> Result<Vec<String>, EngineError> {
        let Self::Columns { mapping, found } = self else {
            return Ok(self.unread(table, signature));
        };
        let table = table.ok_or_else(|| {
            EngineError::input(
                "data",
                "expected outputs come from a file; made-up rows have none",
            )
        })?;
        let columns: Vec<String> = table.columns().iter().map(|c| c.name.clone()).collect();
        let outputs = outputs_of(signature, &columns);
        let taken = read_by_name(signature, &columns);
        *found = ExpectedColumns::find(&outputs, &columns, &taken, mapping)?;
        if found.is_empty() {
            let (outputs, columns) = (outputs.join(", "), columns.join(", "));
            let reason = format!(
                "no column holds what is expected of {outputs}: the columns are {columns}; call one after the output, or say \
                 which belongs to which output"
            );
            return Err(EngineError::input("data", reason));
        }
        Ok(found.iter().flat_map(|one| one.columns.clone()).collect())
    }

    /// A file that is only read for its inputs may hold expected outputs as well, which are no inputs.
    fn unread(&self, table: Option<&Table>, signature: &Signature) -> Vec<String> {
        let Some(table) = table else {
            return Vec::new();
        };
        let columns: Vec<String> = table.columns().iter().map(|c| c.name.clone()).collect();
        let outputs = outputs_of(signature, &columns);
        let taken = read_by_name(signature, &columns);
        let found = ExpectedColumns::find(&outputs, &columns, &taken, &[]).unwrap_or_default();
        found.into_iter().flat_map(|one| one.columns).collect()
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let Self::Columns { found, .. } = self else {
            return Vec::new();
        };
        let renamed = |one: &&ExpectedColumns| one.columns != [one.output.clone()];
        let note = |one: &ExpectedColumns| format!("{} expected in {}", one.output, one.label());
        found.iter().filter(renamed).map(note).collect()
    }

    pub(super) fn of(
        &mut self,
        batch: &Batch,
        outputs: &[(String, Tensor)],
        cancel: &CancelToken,
    ) -> Result<Vec<Expected>, EngineError> {
        match self {
            Self::Columns { found, .. } => found
                .iter()
                .map(|one| {
                    Ok(Expected {
                        output: one.output.clone(),
                        label: one.label(),
                        tensor: one.read(batch.columns())?,
                    })
                })
                .collect(),
            Self::Model(_, model) => {
                let inputs = batch.inputs(model.signature())?;
                Ok(matched(outputs, batch.run(model, &inputs, cancel)?))
            }
            Self::Recorded(recorded) => Ok(matched(outputs, recorded.next(batch.rows)?)),
        }
    }

    pub(super) fn end(&mut self) -> Result<(), EngineError> {
        match self {
            Self::Recorded(recorded) => recorded.end(),
            _ => Ok(()),
        }
    }

    pub(super) fn side(&self) -> Option<SideReport> {
        match self {
            Self::Columns { .. } => None,
            Self::Model(side, _) => Some(side.clone()),
            Self::Recorded(recorded) => recorded.side(),
        }
    }
}

/// The other side's outputs under the names of the first: by name, else, where none has the same and they are equally
/// many, by their place.
fn matched(outputs: &[(String, Tensor)], others: Vec<(String, Tensor)>) -> Vec<Expected> {
    let known = |name: &String| outputs.iter().any(|(output, _)| output == name);
    let by_place = outputs.len() == others.len() && !others.iter().any(|(name, _)| known(name));
    let name = |at: usize, other: &String| match outputs.get(at) {
        Some((output, _)) if by_place => output.clone(),
        _ => other.clone(),
    };
    others
        .into_iter()
        .enumerate()
        .map(|(at, (label, tensor))| Expected {
            output: name(at, &label),
            label,
            tensor,
        })
        .collect()
}

/// The outputs as a run will name them. Class scores become a column for each class, which only a run knows: they are
/// taken from the columns that are called after the output.
fn outputs_of(signature: &Signature, columns: &[String]) -> Vec<String> {
    let mut outputs = Vec::new();
    for port in &signature.outputs {
        if matches!(port.kind, PortKind::Tensor { .. }) {
            outputs.push(port.name.clone());
            continue;
        }
        for column in columns {
            let class = column
                .strip_prefix("expected_")
                .unwrap_or(column)
                .strip_prefix(&port.name)
                .and_then(|rest| rest.strip_prefix(['.', '_']));
            outputs.extend(class.map(|class| format!("{}.{class}", port.name)));
        }
    }
    outputs
}

/// Columns that are inputs by their name.
fn read_by_name(signature: &Signature, columns: &[String]) -> Vec<String> {
    let read = |column: &&String| {
        signature.inputs.iter().any(|port| {
            **column == port.name
                || column
                    .strip_prefix(&port.name)
                    .is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'))
        })
    };
    columns.iter().filter(read).cloned().collect()
}
