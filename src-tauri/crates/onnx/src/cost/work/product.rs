//! Products of matrices and convolutions.

use super::super::view::{Found, Unknown, View, flops, macs, times, unknown, volume};

/// Divide, round, add the zero point, and clip on both sides: from a sum to a quantised number.
pub const REQUANTISE: u128 = 5;

pub fn work(view: &View<'_>) -> Option<Found> {
    Some(match (view.domain(), view.op()) {
        ("", "Gemm") | ("com.microsoft", "FusedGemm") => gemm(view),
        ("", "MatMul" | "MatMulInteger") | ("com.microsoft", "FusedMatMul") => matmul(view, 0),
        ("", "QLinearMatMul") => quantised_matmul(view),
        ("com.microsoft", "DynamicQuantizeMatMul") => dynamic_matmul(view),
        ("com.microsoft", "MatMulNBits") => packed_matmul(view),
        ("", "Conv") | ("com.microsoft", "FusedConv") => conv(view, 1, view.has_input(2)),
        ("", "ConvInteger") => conv(view, 1, false),
        ("", "QLinearConv") => quantised_conv(view),
        ("", "ConvTranspose") => conv_transpose(view),
        ("", "DeformConv") => deform_conv(view),
        _ => return None,
    })
}

/// `M N K` MACs (Golub and Van Loan, "Matrix Computations", 1.1); scaling by `alpha` and `beta` where they are not 1, and
/// adding `C`, take one FLOP an element.
fn gemm(view: &View<'_>) -> Found {
    let a = view.input(0)?;
    let made = view.made(0)?;
    let [rows, columns] = a[..] else {
        return Err(unknown(format!("its first input has rank {}", a.len())));
    };
    let inner = if view.int("transA", 0) == 0 {
        columns
    } else {
        rows
    };
    let mut work = macs(times(&[made, inner.into()]));
    if (view.float("alpha", 1.0) - 1.0).abs() > 0.0 {
        work = work.and(made);
    }
    let beta = view.float("beta", 1.0);
    if view.has_input(2) && beta.abs() > 0.0 {
        work = work.and(made);
        if (beta - 1.0).abs() > 0.0 {
            work = work.and(view.taken(2)?);
        }
    }
    Ok(work)
}

/// Each element of the product takes as many MACs as the inner dim is long; batches are broadcast as in `numpy.matmul`.
fn matmul(view: &View<'_>, a: usize) -> Found {
    let a = view.input(a)?;
    let from_end = if view.int("transA", 0) == 0 { 1 } else { 2 };
    let inner = a.len().checked_sub(from_end).and_then(|at| a.get(at));
    let inner = inner.ok_or_else(|| unknown(format!("its first input has rank {}", a.len())))?;
    Ok(macs(times(&[view.made(0)?, (*inner).into()])))
}

fn quantised_matmul(view: &View<'_>) -> Found {
    Ok(matmul(view, 0)?.and(times(&[view.made(0)?, REQUANTISE])))
}

/// Quantising the left side: its range (two comparisons), then [`REQUANTISE`]; and scaling each sum back.
fn dynamic_matmul(view: &View<'_>) -> Found {
    let made = view.made(0)?;
    let bias = if view.has_input(4) { made } else { 0 };
    let quantised = times(&[view.taken(0)?, REQUANTISE + 2]);
    Ok(matmul(view, 0)?.and(quantised).and(made).and(bias))
}

/// Weights of a few bits are brought back to floats first: subtract the zero point, multiply with the scale.
fn packed_matmul(view: &View<'_>) -> Found {
    let size = |name: &str| u128::try_from(view.int(name, 0)).unwrap_or(0);
    let (inner, columns) = (size("K"), size("N"));
    if inner == 0 || columns == 0 {
        return Err(unknown("it does not say its K and N"));
    }
    let made = view.made(0)?;
    let bias = if view.has_input(5) { made } else { 0 };
    Ok(macs(times(&[made, inner]))
        .and(times(&[inner, columns, 2]))
        .and(bias))
}

/// Each output element takes as many MACs as a kernel has weights: `C / group` channels times its taps (Sze et al., "Efficient
/// Processing of Deep Neural Networks", 2017, eq. 1). Taps on the padding count, as they do in the usual implementations.
fn conv(view: &View<'_>, weight: usize, bias: bool) -> Found {
    let made = view.made(0)?;
    let work = macs(times(&[made, kernel(view, weight)?]));
    Ok(if bias { work.and(made) } else { work })
}

fn quantised_conv(view: &View<'_>) -> Found {
    let work = conv(view, 3, view.has_input(8))?;
    Ok(work.and(times(&[view.made(0)?, REQUANTISE])))
}

/// Each **input** element is multiplied with a kernel of `M / group` channels and added into the output (Dumoulin and Visin,
/// "A guide to convolution arithmetic for deep learning", 2016, ch. 4).
fn conv_transpose(view: &View<'_>) -> Found {
    let work = macs(times(&[view.taken(0)?, kernel(view, 1)?]));
    Ok(if view.has_input(2) {
        work.and(view.made(0)?)
    } else {
        work
    })
}

/// As a convolution, and for each tap of each place a bilinear sample of four MACs, times the mask where there is one
/// (Dai et al., "Deformable Convolutional Networks", 2017, eq. 2 to 4).
fn deform_conv(view: &View<'_>) -> Found {
    let (x, offsets) = (view.input(0)?, view.input(2)?);
    let work = conv(view, 1, view.has_input(3))?;
    let channels = x.get(1).copied().unwrap_or(1);
    let groups = u128::try_from(view.int("offset_group", 1).max(1)).unwrap_or(1);
    // The offsets have two numbers for each tap of each place of each group.
    let samples = times(&[volume(&offsets) / 2 / groups, channels.into()]);
    let masked = if view.has_input(4) { samples } else { 0 };
    Ok(super::super::view::Work {
        macs: work.macs.saturating_add(times(&[samples, 4])),
        ..work
    }
    .and(flops(masked).flops))
}

/// Weights that one output (of a transposed convolution, one input) meets.
fn kernel(view: &View<'_>, weight: usize) -> Result<u128, Unknown> {
    let weight = view.input(weight)?;
    match weight.split_first() {
        Some((_, rest)) if !rest.is_empty() => Ok(volume(rest)),
        _ => Err(unknown(format!("its kernel has rank {}", weight.len()))),
    }
}
