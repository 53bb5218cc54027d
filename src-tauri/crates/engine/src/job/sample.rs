//! Inputs of a job, as whoever asks for it can name them without having loaded the model.

use serde::{Deserialize, Serialize};

use crate::signature::Signature;
use crate::{EngineError, Tensor, example, inputs};

/// Where the inputs come from; only the worker knows the model's signature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SampleInputs {
    /// Made up: `rows` in the first dim, from `seed`.
    Generated { rows: usize, seed: u64 },
    /// The text of an input example, in any form that [`example::parse`] reads.
    Example { text: String, label: String },
    /// Ready to be given.
    Given {
        inputs: Vec<(String, Tensor)>,
        label: String,
    },
}

/// Inputs by name, and where they come from: `logged input example`, `generated, seed 7`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub inputs: Vec<(String, Tensor)>,
    pub label: String,
}

impl SampleInputs {
    /// # Errors
    /// When the text does not fit the signature, or inputs cannot be made up for it.
    pub fn resolve(self, signature: &Signature) -> Result<Sample, EngineError> {
        match self {
            Self::Generated { rows, seed } => Ok(Sample {
                inputs: inputs::generate(signature, rows, seed)?,
                label: format!("generated, seed {seed}"),
            }),
            Self::Example { text, label } => Ok(Sample {
                inputs: example::parse(&text, signature)?,
                label,
            }),
            Self::Given { inputs, label } => Ok(Sample { inputs, label }),
        }
    }
}
