//! Trees, linear models, and what prepares features for them (domain `ai.onnx.ml`).

use std::collections::HashMap;

use super::super::view::{Found, Unknown, View, Work, flops, macs, times, unknown};

pub fn work(view: &View<'_>) -> Option<Found> {
    if view.domain() != "ai.onnx.ml" {
        return None;
    }
    Some(match view.op() {
        "TreeEnsembleClassifier" | "TreeEnsembleRegressor" => trees(view),
        "LinearClassifier" | "LinearRegressor" => linear(view),
        // Subtract the offset, multiply with the scale.
        "Scaler" => each(view, 2),
        "Imputer" | "Binarizer" => each(view, 1),
        // Of a row: the norm (two for each element), then the quotient.
        "Normalizer" => each(view, 3),
        "ArrayFeatureExtractor"
        | "FeatureVectorizer"
        | "OneHotEncoder"
        | "ZipMap"
        | "CastMap"
        | "LabelEncoder"
        | "CategoryMapper"
        | "DictVectorizer" => Ok(flops(0)),
        _ => return None,
    })
}

fn each(view: &View<'_>, each: u128) -> Found {
    Ok(flops(times(&[view.taken(0)?, each])))
}

/// A row visits one node of every level of every tree until it reaches a leaf, with a comparison at each, and adds up the
/// leaves. How deep it goes depends on the row: the longest way of every tree is the most.
fn trees(view: &View<'_>) -> Found {
    let (rows, _) = rows(view)?;
    let depths = depths(view)?;
    let compared: u128 = depths.iter().map(|depth| u128::from(*depth)).sum();
    let targets = scores(view);
    let added = depths.len() as u128 * targets;
    Ok(Work {
        at_most: true,
        ..flops(times(&[rows, compared.saturating_add(added)]))
    }
    .and(transformed(view, rows, targets)?))
}

/// The longest way of each tree, in comparisons.
fn depths(view: &View<'_>) -> Result<Vec<u32>, Unknown> {
    let (trees, nodes) = (view.ints("nodes_treeids"), view.ints("nodes_nodeids"));
    let (yes, no) = (
        view.ints("nodes_truenodeids"),
        view.ints("nodes_falsenodeids"),
    );
    let modes = view
        .attribute("nodes_modes")
        .map_or(&[][..], |a| &a.strings);
    let same = [nodes.len(), yes.len(), no.len(), modes.len()];
    if same.iter().any(|length| *length != trees.len()) {
        return Err(unknown("the columns of its trees differ in length"));
    }
    let places: HashMap<(i64, i64), usize> = trees
        .iter()
        .zip(nodes)
        .enumerate()
        .map(|(at, (tree, node))| ((*tree, *node), at))
        .collect();
    let mut roots: Vec<usize> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (at, tree) in trees.iter().enumerate() {
        if seen.insert(*tree) {
            roots.push(at);
        }
    }
    let depth = |root: usize| {
        let (mut most, mut visited) = (0, 0);
        let mut open = vec![(root, 0_u32)];
        while let Some((at, deep)) = open.pop() {
            visited += 1;
            // A circle would never end.
            if visited > trees.len() {
                return Err(unknown("its trees go in circles"));
            }
            most = most.max(deep);
            if modes[at].as_ref() == b"LEAF" {
                continue;
            }
            for next in [yes[at], no[at]] {
                if let Some(place) = places.get(&(trees[at], next)) {
                    open.push((*place, deep + 1));
                }
            }
        }
        Ok(most)
    };
    roots.into_iter().map(depth).collect()
}

/// Rows and features of the input.
fn rows(view: &View<'_>) -> Result<(u128, u128), Unknown> {
    match view.input(0)?[..] {
        [features] => Ok((1, features.into())),
        [rows, features] => Ok((rows.into(), features.into())),
        ref other => Err(unknown(format!("its input has rank {}", other.len()))),
    }
}

/// Scores that are added up for each row.
fn scores(view: &View<'_>) -> u128 {
    let targets = view.int("n_targets", view.int("targets", 0));
    if targets > 0 {
        return u128::try_from(targets).unwrap_or(1);
    }
    let mut classes = view.ints("class_ids").to_vec();
    classes.sort_unstable();
    classes.dedup();
    classes.len().max(1) as u128
}

/// `rows features targets` MACs, and the intercepts.
fn linear(view: &View<'_>) -> Found {
    let (rows, features) = rows(view)?;
    let coefficients = view
        .attribute("coefficients")
        .map_or(0, |a| a.floats.len() as u128);
    let targets = coefficients.checked_div(features).unwrap_or(0);
    let intercepts = view.attribute("intercepts").is_some();
    let added = if intercepts {
        times(&[rows, targets])
    } else {
        0
    };
    Ok(macs(times(&[rows, coefficients]))
        .and(added)
        .and(transformed(view, rows, targets)?))
}

/// `post_transform`: a softmax, or a sigmoid of each score.
fn transformed(view: &View<'_>, rows: u128, scores: u128) -> Result<u128, Unknown> {
    let each = match view.text("post_transform").unwrap_or("NONE") {
        "NONE" => 0,
        "LOGISTIC" => 4,
        "SOFTMAX" | "SOFTMAX_ZERO" => {
            return Ok(times(&[rows, 5 * scores]).saturating_sub(2 * rows));
        }
        other => return Err(unknown(format!("no formula is known for {other}"))),
    };
    Ok(times(&[rows, scores, each]))
}
