//! Sums over named axes.

use std::collections::BTreeMap;

use super::super::view::{Found, Unknown, View, flops, macs, times, unknown};

/// Of two operands, each combination of all labels takes one MAC, or one multiplication where nothing is summed; of one
/// operand, one addition for each element that is summed away. With more operands the work depends on the order in which
/// pairs are taken.
pub fn work(view: &View<'_>) -> Option<Found> {
    ((view.domain(), view.op()) == ("", "Einsum")).then(|| einsum(view))
}

fn einsum(view: &View<'_>) -> Found {
    let equation = view.text("equation").unwrap_or_default().replace(' ', "");
    let (taken, _) = equation.split_once("->").unwrap_or((&equation, ""));
    let terms: Vec<&str> = taken.split(',').collect();
    let mut sizes = BTreeMap::new();
    for (at, term) in terms.iter().enumerate() {
        label(term, &view.input(at)?, &mut sizes)?;
    }
    let all = times(&sizes.into_values().map(u128::from).collect::<Vec<_>>());
    let made = view.made(0)?;
    match terms.len() {
        1 => Ok(flops(all.saturating_sub(made))),
        2 if all > made => Ok(macs(all)),
        2 => Ok(flops(all)),
        more => Err(unknown(format!(
            "the work of {more} operands depends on the order in which they are multiplied"
        ))),
    }
}

/// Notes how long each labelled axis is. Those under `...` are labelled by their place from the end.
fn label(term: &str, dims: &[u64], sizes: &mut BTreeMap<String, u64>) -> Result<(), Unknown> {
    let (before, after) = term.split_once("...").unwrap_or((term, ""));
    let named = before.chars().count() + after.chars().count();
    let wrong = || unknown(format!("'{term}' does not fit a rank of {}", dims.len()));
    let hidden = dims.len().checked_sub(named).ok_or_else(wrong)?;
    if hidden > 0 && !term.contains("...") {
        return Err(wrong());
    }
    let dots = (0..hidden).map(|at| format!("...{}", hidden - at));
    let labels = before
        .chars()
        .map(String::from)
        .chain(dots)
        .chain(after.chars().map(String::from));
    for (label, size) in labels.zip(dims) {
        let known = sizes.entry(label).or_insert(*size);
        *known = (*known).max(*size);
    }
    Ok(())
}
