//! What is asked for when inputs are made up.

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::signature::{PortDim, PortKind, Signature};
use crate::tensor::ElementType;

/// Inputs to be made up: the same request gives the same bytes on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedInputs {
    #[specta(type = Number)]
    pub seed: u64,
    /// Size of the first dim of every input that leaves it open.
    #[specta(type = Number)]
    pub rows: u64,
    /// Sizes of the other open dims; one that is not here is 1.
    pub dims: Vec<DimSize>,
    /// What each input is made of; one that is not here is made as [`GeneratedInputs::usual`] says.
    pub inputs: Vec<GeneratedInput>,
}

/// The size of an open dim, by its name in the model, or by `input[axis]` where it has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DimSize {
    pub name: String,
    #[specta(type = Number)]
    pub size: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedInput {
    pub name: String,
    pub distribution: Distribution,
    /// Part of the elements that are NaN, and that are plus or minus infinity; from 0 to 1, for floats only.
    #[specta(type = Number)]
    pub nan_share: f64,
    #[specta(type = Number)]
    pub inf_share: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Distribution {
    Normal {
        #[specta(type = Number)]
        mean: f64,
        #[specta(type = Number)]
        std: f64,
    },
    /// From `low` up to, but without, `high`.
    Uniform {
        #[specta(type = Number)]
        low: f64,
        #[specta(type = Number)]
        high: f64,
    },
    /// Whole numbers from `low` to `high`, both included.
    Integers {
        #[specta(type = Number)]
        low: i64,
        #[specta(type = Number)]
        high: i64,
    },
    Constant {
        #[specta(type = Number)]
        value: f64,
    },
    /// Texts, each as likely as the others.
    Categories { values: Vec<String> },
}

impl GeneratedInputs {
    /// What suits the signature: floats standard normal, whole numbers and truth values 0 or 1 (which any category column
    /// accepts), text `a`. `limits` are the sizes of tables that an input indexes: see
    /// [`index_limits`](super::index_limits).
    #[must_use]
    pub fn usual(signature: &Signature, rows: u64, seed: u64, limits: &[(String, u64)]) -> Self {
        let input = |port: &crate::Port| {
            let PortKind::Tensor { element, .. } = &port.kind else {
                return None;
            };
            let limit = limits.iter().find(|(name, _)| *name == port.name);
            Some(GeneratedInput {
                name: port.name.clone(),
                distribution: usual(*element, limit.map(|(_, size)| *size)),
                nan_share: 0.0,
                inf_share: 0.0,
            })
        };
        Self {
            seed,
            rows,
            dims: open_dims(signature)
                .into_iter()
                .map(|name| DimSize { name, size: 1 })
                .collect(),
            inputs: signature.inputs.iter().filter_map(input).collect(),
        }
    }
}

fn usual(element: ElementType, table: Option<u64>) -> Distribution {
    match element {
        ElementType::String => Distribution::Categories {
            values: vec!["a".to_owned()],
        },
        element if element.is_float() => Distribution::Normal {
            mean: 0.0,
            std: 1.0,
        },
        _ => Distribution::Integers {
            low: 0,
            high: table.map_or(1, |size| i64::try_from(size).unwrap_or(i64::MAX).max(1) - 1),
        },
    }
}

/// Open dims whose size must be said: all but those that count the rows, each once.
#[must_use]
pub fn open_dims(signature: &Signature) -> Vec<String> {
    let rows = rows_name(signature);
    let mut names: Vec<String> = Vec::new();
    for port in &signature.inputs {
        let PortKind::Tensor { dims, .. } = &port.kind else {
            continue;
        };
        for (axis, dim) in dims.iter().enumerate().skip(1) {
            let PortDim::Open(name) = dim else { continue };
            if name.is_some() && *name == rows {
                continue;
            }
            let name = dim_key(&port.name, axis, name.as_deref());
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

pub(super) fn dim_key(input: &str, axis: usize, name: Option<&str>) -> String {
    name.map_or_else(|| format!("{input}[{axis}]"), str::to_owned)
}

/// What the model calls the dim of the rows: the first dim of its first input that leaves it open.
pub(super) fn rows_name(signature: &Signature) -> Option<String> {
    signature.inputs.iter().find_map(|port| match &port.kind {
        PortKind::Tensor { dims, .. } => match dims.first() {
            Some(PortDim::Open(name)) => name.clone(),
            _ => None,
        },
        _ => None,
    })
}

/// How many rows every run must have, where the model fixes the first dim of an input.
#[must_use]
pub fn fixed_rows(signature: &Signature) -> Option<usize> {
    signature.inputs.iter().find_map(|port| match &port.kind {
        PortKind::Tensor { dims, .. } => match dims.first() {
            Some(PortDim::Fixed(rows)) => Some(*rows),
            _ => None,
        },
        _ => None,
    })
}
