//! How many operations a node takes, from the shapes of its tensors.
//!
//! One FLOP is one addition, subtraction, multiplication, division, comparison, rounding, square root or elementary function
//! (`exp`, `log`, `tanh`, `erf` ...) of one element, whatever its type; a MAC is one multiplication whose product is added up,
//! counted as two FLOPs. Moving and reinterpreting data is none. What depends on the values of the tensors, or is in no
//! formula here, is unknown: nothing is guessed.

mod attention;
mod classical;
mod einsum;
mod moving;
mod normal;
mod pointwise;
mod product;
mod recurrent;
mod reduce;
mod window;

use super::view::{Found, View, unknown};

pub use moving::{is_view, moved};
pub use pointwise::activation;

/// Operators whose work depends on the values that they are given.
const BY_VALUE: [&str; 6] = [
    "TopK",
    "Unique",
    "NonMaxSuppression",
    "RoiAlign",
    "DFT",
    "STFT",
];

/// The work of one run of a node that holds no graph.
pub fn work(view: &View<'_>) -> Found {
    let families = [
        product::work,
        einsum::work,
        pointwise::work,
        moving::work,
        normal::work,
        reduce::work,
        window::work,
        recurrent::work,
        attention::work,
        classical::work,
    ];
    for family in families {
        if let Some(found) = family(view) {
            return found;
        }
    }
    let op = view.op();
    if view.domain().is_empty() && BY_VALUE.contains(&op) {
        return Err(unknown(format!(
            "the work of {op} depends on the algorithm and on the values"
        )));
    }
    match view.domain() {
        "" => Err(unknown(format!("no formula is known for {op}"))),
        domain => Err(unknown(format!("no formula is known for {domain}.{op}"))),
    }
}
