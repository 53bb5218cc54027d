//! Many elements to one: `n` of them take `n - 1` additions or comparisons.

use super::super::view::{Found, Unknown, View, flops, times};

pub fn work(view: &View<'_>) -> Option<Found> {
    if !view.domain().is_empty() {
        return None;
    }
    // Operations of each element that is taken, and of each that is made; the first addend of each sum is free.
    let (taken, made) = match view.op() {
        "ReduceSum" | "ReduceProd" | "ReduceMax" | "ReduceMin" | "ArgMax" | "ArgMin"
        | "GlobalMaxPool" => (1, 0),
        "ReduceMean" | "GlobalAveragePool" | "ReduceLogSum" => (1, 1),
        // The absolute value; the square.
        "ReduceL1" | "ReduceSumSquare" => (2, 0),
        // And the root.
        "ReduceL2" | "GlobalLpPool" => (2, 1),
        // The greatest, the difference, the exponential, the sum; then the logarithm and the greatest again.
        "ReduceLogSumExp" => (4, 1),
        "CumSum" | "CumProd" | "NonZero" => return Some(scan(view)),
        _ => return None,
    };
    Some(reduced(view, taken, made))
}

fn reduced(view: &View<'_>, taken: u128, made: u128) -> Found {
    let (before, after) = sizes(view)?;
    let all = times(&[before, taken]).saturating_add(times(&[after, made]));
    Ok(flops(all.saturating_sub(after)))
}

/// One for each element.
fn scan(view: &View<'_>) -> Found {
    Ok(flops(view.taken(0)?))
}

fn sizes(view: &View<'_>) -> Result<(u128, u128), Unknown> {
    Ok((view.taken(0)?, view.made(0)?))
}
