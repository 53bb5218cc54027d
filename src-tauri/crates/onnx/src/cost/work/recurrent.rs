//! Recurrent layers, from the equations in their ONNX schemas.

use super::super::view::{Found, Unknown, View, Work, times, unknown, volume};
use super::activation;

/// What one cell does beside its products.
struct Cell {
    gates: u128,
    /// The activations, each once a step and element.
    activations: &'static [&'static str],
    /// Additions and multiplications that mix the gates.
    mixed: u128,
}

pub fn work(view: &View<'_>) -> Option<Found> {
    let cell = match (view.domain(), view.op()) {
        ("", "RNN") => Cell {
            gates: 1,
            activations: &["Tanh"],
            mixed: 0,
        },
        // z and r, then h; r times the state, and (1 - z) h + z H.
        ("", "GRU") => Cell {
            gates: 3,
            activations: &["Sigmoid", "Sigmoid", "Tanh"],
            mixed: 5,
        },
        // i, o and f, c, and the state of the cell; f C + i c, and o times the last.
        ("", "LSTM") => Cell {
            gates: 4,
            activations: &["Sigmoid", "Sigmoid", "Sigmoid", "Tanh", "Tanh"],
            mixed: 4,
        },
        _ => return None,
    };
    Some(layer(view, &cell))
}

/// A step of one element of the batch takes `gates H (I + H)` MACs in each direction; the sum of both products and the two
/// biases take an addition each. Sequences count at their full length.
fn layer(view: &View<'_>, cell: &Cell) -> Found {
    let (x, w, r) = (view.input(0)?, view.input(1)?, view.input(2)?);
    let &[_, _, _] = &x[..] else {
        return Err(unknown(format!("its first input has rank {}", x.len())));
    };
    // Steps times batch, in whichever order `layout` has them.
    let steps = times(&[x[0].into(), x[1].into()]);
    let directions = w.first().copied().unwrap_or(1);
    let hidden = r.last().copied().unwrap_or(0);
    let macs = times(&[steps, volume(&w).saturating_add(volume(&r))]);
    let added = cell.gates * (1 + 2 * u128::from(view.has_input(3)));
    let mut each = added + cell.mixed + activations(view, cell, directions)?;
    let peepholes = view.op() == "LSTM" && view.has_input(7);
    if peepholes {
        each += 6;
    }
    Ok(Work {
        macs,
        flops: times(&[steps, directions.into(), hidden.into(), each]),
        at_most: view.has_input(4),
    })
}

/// Of one direction; a layer may name its own, for both.
fn activations(view: &View<'_>, cell: &Cell, directions: u64) -> Result<u128, Unknown> {
    let named: Vec<&str> = view.attribute("activations").map_or(Vec::new(), |a| {
        a.strings
            .iter()
            .filter_map(|name| std::str::from_utf8(name).ok())
            .collect()
    });
    let cost = |name: &str| {
        activation(name).ok_or_else(|| unknown(format!("no formula is known for {name}")))
    };
    if named.is_empty() {
        return cell.activations.iter().map(|name| cost(name)).sum();
    }
    // ONNX names f once, where both sigmoids of a GRU and all three of an LSTM use it.
    let uses: &[u128] = match view.op() {
        "GRU" => &[2, 1],
        "LSTM" => &[3, 1, 1],
        _ => &[1],
    };
    if named.len() != uses.len() * directions as usize {
        return Err(unknown(format!(
            "it names {} activations for {directions} directions",
            named.len()
        )));
    }
    let (first, rest) = named.split_at(uses.len());
    if rest.chunks(uses.len()).any(|other| other != first) {
        return Err(unknown("its directions have different activations"));
    }
    let each = first.iter().zip(uses);
    each.map(|(name, uses)| Ok(cost(name)? * uses)).sum()
}
