//! Windows that slide, and samples between elements.

use super::super::view::{Found, Unknown, View, flops, macs, times, unknown};

pub fn work(view: &View<'_>) -> Option<Found> {
    if !view.domain().is_empty() {
        return None;
    }
    Some(match view.op() {
        // One less addition or comparison than a window has places; the average has a quotient.
        "AveragePool" => window(view, |places| places),
        "MaxPool" => window(view, |places| places.saturating_sub(1)),
        // A power and an addition for each place, a root for the sum.
        "LpPool" => window(view, |places| places.saturating_mul(2)),
        "Resize" | "Upsample" => resize(view),
        "GridSample" => grid_sample(view),
        _ => return None,
    })
}

fn window(view: &View<'_>, each: impl Fn(u128) -> u128) -> Found {
    let sides = view.ints("kernel_shape");
    if sides.is_empty() {
        return Err(unknown("it does not say its kernel_shape"));
    }
    let sides: Vec<u128> = sides
        .iter()
        .map(|side| u128::try_from(*side).unwrap_or(0))
        .collect();
    Ok(flops(times(&[view.made(0)?, each(times(&sides))])))
}

/// Every element is a weighted sum of `2^d` (linear) or `4^d` (cubic) neighbours, along the `d` axes that change (Keys, "Cubic
/// convolution interpolation for digital image processing", 1981); the nearest neighbour is a copy.
fn resize(view: &View<'_>) -> Found {
    let (before, after) = (view.input(0)?, view.output(0)?);
    let axes = before.iter().zip(&after).filter(|(a, b)| a != b).count();
    weighted(view, view.text("mode").unwrap_or("nearest"), axes)
}

fn grid_sample(view: &View<'_>) -> Found {
    let axes = view.input(0)?.len().saturating_sub(2);
    weighted(view, view.text("mode").unwrap_or("linear"), axes)
}

fn weighted(view: &View<'_>, mode: &str, axes: usize) -> Found {
    let base: u128 = match mode {
        "nearest" => return Ok(flops(0)),
        "linear" | "bilinear" => 2,
        "cubic" | "bicubic" => 4,
        other => return Err(unknown(format!("it interpolates in the mode '{other}'"))),
    };
    let taps = u32::try_from(axes)
        .ok()
        .and_then(|axes| base.checked_pow(axes));
    let taps: Result<u128, Unknown> = taps.ok_or_else(|| unknown("it has too many axes"));
    Ok(macs(times(&[view.made(0)?, taps?])))
}
