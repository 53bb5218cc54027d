//! Normalisations and softmax: along rows, each of which is brought to a common scale.

use super::super::view::{Found, Unknown, View, flops, times, volume};

pub fn work(view: &View<'_>) -> Option<Found> {
    Some(match (view.domain(), view.op()) {
        ("", "Softmax") => softmax(view),
        ("", "LogSoftmax") => log_softmax(view),
        ("", "Hardmax") => hardmax(view),
        ("", "BatchNormalization") => batch(view),
        ("", "LayerNormalization") => layer(view),
        ("com.microsoft", "SkipLayerNormalization") => skip_layer(view),
        ("", "InstanceNormalization") => instance(view),
        ("", "GroupNormalization") => group(view),
        ("", "RMSNormalization") | ("com.microsoft", "SimplifiedLayerNormalization") => {
            root_mean_square(view)
        }
        ("", "LpNormalization") => flat(view, 3),
        // Mean, difference, square, their mean, quotient.
        ("", "MeanVarianceNormalization") => flat(view, 5),
        ("", "LRN") => local_response(view),
        _ => return None,
    })
}

fn flat(view: &View<'_>, each: u128) -> Found {
    Ok(flops(times(&[view.taken(0)?, each])))
}

/// Of `n` elements: `n - 1` comparisons for the greatest, `n` differences, `n` exponentials, `n - 1` additions, `n`
/// quotients (Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", 2021, alg. 3.1).
fn softmax(view: &View<'_>) -> Found {
    let (elements, rows) = rows(view)?;
    Ok(flops(times(&[elements, 5]).saturating_sub(2 * rows)))
}

/// As softmax, with one logarithm a row and a second difference in place of the quotient.
fn log_softmax(view: &View<'_>) -> Found {
    let (elements, rows) = rows(view)?;
    Ok(flops(times(&[elements, 5]).saturating_sub(rows)))
}

fn hardmax(view: &View<'_>) -> Found {
    let (elements, rows) = rows(view)?;
    Ok(flops(elements.saturating_sub(rows)))
}

/// Elements, and rows that are normalised together: along one axis, before opset 13 along all from that axis on.
fn rows(view: &View<'_>) -> Result<(u128, u128), Unknown> {
    let dims = view.input(0)?;
    let old = view.opset < 13;
    let axis = view.axis(if old { 1 } else { -1 }, dims.len())?;
    let elements = volume(&dims);
    let length = if old {
        volume(&dims[axis..])
    } else {
        dims.get(axis).map_or(1, |dim| (*dim).into())
    };
    Ok((elements, elements.checked_div(length).unwrap_or(0)))
}

/// At inference the statistics are constants: each channel has a scale and a shift (five operations to make them), each
/// element takes one multiplication and one addition (Ioffe and Szegedy, "Batch Normalization", 2015, alg. 2, line 11).
fn batch(view: &View<'_>) -> Found {
    let channels = view.taken(1)?;
    Ok(flops(times(&[view.taken(0)?, 2])).and(times(&[channels, 5])))
}

/// An element takes seven operations (sum, difference, square, sum, quotient, scale, bias), a row three more (Ba, Kiros and
/// Hinton, "Layer Normalization", 2016, eq. 3): two means, plus epsilon, root and reciprocal, less the first addends.
fn normalised(elements: u128, rows: u128, scaled: bool, biased: bool) -> u128 {
    let each = 5 + u128::from(scaled) + u128::from(biased);
    times(&[elements, each]).saturating_add(times(&[rows, 3]))
}

fn layer(view: &View<'_>) -> Found {
    let dims = view.input(0)?;
    let axis = view.axis(-1, dims.len())?;
    let rows = volume(&dims[..axis]);
    Ok(flops(normalised(
        volume(&dims),
        rows,
        true,
        view.has_input(2),
    )))
}

/// The sum with the skipped input (and the bias) first.
fn skip_layer(view: &View<'_>) -> Found {
    let dims = view.input(0)?;
    let rows = dims.split_last().map_or(1, |(_, rows)| volume(rows));
    let elements = volume(&dims);
    let added = elements * (1 + u128::from(view.has_input(4)));
    let work = normalised(elements, rows, true, view.has_input(3));
    Ok(flops(work.saturating_add(added)))
}

fn instance(view: &View<'_>) -> Found {
    let dims = view.input(0)?;
    let rows = volume(dims.get(..2).unwrap_or(&dims));
    Ok(flops(normalised(volume(&dims), rows, true, true)))
}

fn group(view: &View<'_>) -> Found {
    let dims = view.input(0)?;
    let groups = u128::try_from(view.int("num_groups", 1)).unwrap_or(1);
    let rows = times(&[dims.first().copied().unwrap_or(1).into(), groups]);
    Ok(flops(normalised(volume(&dims), rows, true, true)))
}

/// Square, sum, quotient, scale for an element; a row takes three more (Zhang and Sennrich, "Root Mean Square Layer
/// Normalization", 2019, eq. 4).
fn root_mean_square(view: &View<'_>) -> Found {
    let dims = view.input(0)?;
    let axis = view.axis(-1, dims.len())?;
    let rows = volume(&dims[..axis]);
    Ok(flops(times(&[volume(&dims), 4])).and(times(&[rows, 3])))
}

/// Square, `size - 1` additions, times alpha, plus bias, power, quotient (Krizhevsky et al., 2012, 3.3).
fn local_response(view: &View<'_>) -> Found {
    let size = u128::try_from(view.int("size", 1)).unwrap_or(1);
    flat(view, size.saturating_add(4))
}
