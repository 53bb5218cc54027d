//! Inputs made up from a signature, for when none were logged. The same request gives the same bytes on every machine, and
//! any part of the rows can be made without the others.
//!
//! What is generated shows that a model runs and how long it takes; it says nothing about what it predicts.

mod limits;
mod make;
mod ports;
mod random;
mod spec;

pub use limits::index_limits;
pub use make::make;
pub use ports::signature_of;
pub use spec::{DimSize, Distribution, GeneratedInput, GeneratedInputs, fixed_rows, open_dims};

use crate::EngineError;
use crate::signature::Signature;
use crate::tensor::Tensor;

/// The seed used where nobody asks for another.
pub const SEED: u64 = 7;

/// Inputs for every port of the signature, of `batch` rows, as [`GeneratedInputs::usual`] has them.
///
/// # Errors
/// When an input is not a tensor, or too large to be made up.
pub fn generate(
    signature: &Signature,
    batch: usize,
    seed: u64,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    let usual = GeneratedInputs::usual(signature, batch as u64, seed, &[]);
    make(signature, &usual, 0..batch as u64)
}
