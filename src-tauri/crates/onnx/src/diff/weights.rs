//! Weights that came, went or changed, and by how much.

use std::collections::{HashMap, HashSet};

use super::report::{Change, WeightApart, WeightChange};
use super::{Part, Walk};
use crate::check;
use crate::kind::element_name;
use crate::proto::TensorProto;
use crate::weights::Weight;

/// Numbers that are compared at once.
const AT_ONCE: usize = 8192;

/// Compares the weights of one graph: those of one name, and those that stand at the same place under two.
pub fn compare<'m>(
    walk: &mut Walk<'m, '_>,
    scope: &str,
    left: Part<'m>,
    right: Part<'m>,
    renamed: &[(&'m str, &'m str)],
) {
    let (lefts, rights) = (left.weights_by_name(), right.weights_by_name());
    let mut other_names: HashMap<&str, &str> = HashMap::new();
    for (from, to) in renamed {
        if !rights.contains_key(from) && !lefts.contains_key(to) {
            other_names.insert(from, to);
        }
    }
    let mut met: HashSet<&str> = HashSet::new();
    for weight in left.weights {
        let name = other_names
            .get(weight.name())
            .copied()
            .unwrap_or(weight.name());
        let Some(other) = rights.get(name) else {
            walk.found.weights_removed += 1;
            walk.changed_weights
                .push(alone(scope, Change::Removed, weight));
            continue;
        };
        met.insert(name);
        walk.found.weights_renamed += u64::from(name != weight.name());
        match pair(walk, scope, weight, other) {
            None => walk.found.weights_same += 1,
            Some(change) => {
                walk.found.weights_changed += 1;
                walk.changed_weights.push(change);
            }
        }
    }
    for weight in right
        .weights
        .iter()
        .filter(|weight| !met.contains(weight.name()))
    {
        walk.found.weights_added += 1;
        walk.changed_weights
            .push(alone(scope, Change::Added, weight));
    }
}

fn type_text(weight: &TensorProto) -> String {
    format!("{} {:?}", element_name(weight.data_type()), weight.dims)
}

fn count(weight: &TensorProto) -> u64 {
    check::elements(&weight.dims).unwrap_or(0)
}

fn alone(scope: &str, change: Change, weight: &TensorProto) -> WeightChange {
    let text = type_text(weight);
    let is_left = change == Change::Removed;
    WeightChange {
        change,
        scope: scope.to_owned(),
        name: weight.name().to_owned(),
        left: is_left.then(|| text.clone()),
        right: (!is_left).then_some(text),
        count: count(weight),
        figures: None,
        problem: None,
    }
}

fn pair(
    walk: &Walk<'_, '_>,
    scope: &str,
    left: &TensorProto,
    right: &TensorProto,
) -> Option<WeightChange> {
    let same_type = left.data_type() == right.data_type() && left.dims == right.dims;
    let (figures, problem) = if left.dims == right.dims {
        match (Weight::of(walk.left, left), Weight::of(walk.right, right)) {
            (Ok(a), Ok(b)) => {
                if same_type && a.held_bytes().is_some() && a.held_bytes() == b.held_bytes() {
                    return None;
                }
                (Some(figures(&a, &b, walk.go_on)), None)
            }
            // Texts and numbers packed closer than a byte: equal or not.
            _ if same_type && left.raw_data == right.raw_data && same_fields(left, right) => {
                return None;
            }
            (Err(error), _) | (_, Err(error)) => (None, Some(error.to_string())),
        }
    } else {
        (None, None)
    };
    if same_type
        && figures
            .as_ref()
            .is_some_and(|figures| figures.differing == 0)
    {
        return None;
    }
    Some(WeightChange {
        change: Change::Changed,
        scope: scope.to_owned(),
        name: left.name().to_owned(),
        left: Some(type_text(left)),
        right: Some(type_text(right)),
        count: count(right),
        figures,
        problem,
    })
}

fn same_fields(left: &TensorProto, right: &TensorProto) -> bool {
    left.string_data == right.string_data
        && left.int32_data == right.int32_data
        && left.external_data.is_empty()
        && right.external_data.is_empty()
}

/// How far two weights of one shape are apart. Read side by side in pieces where both lie in one piece in their files.
fn figures(left: &Weight<'_>, right: &Weight<'_>, go_on: &dyn Fn() -> bool) -> WeightApart {
    let mut sums = Sums::default();
    if let (Some(a), Some(b)) = (left.held_bytes(), right.held_bytes()) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut at = 0;
        while (at as u64) < left.count() && go_on() {
            left.part(a, at, AT_ONCE, &mut before);
            right.part(b, at, AT_ONCE, &mut after);
            sums.add(&before, &after);
            at += AT_ONCE;
        }
    } else {
        // Numbers in typed fields are those of small weights.
        let all = |weight: &Weight<'_>| {
            let mut numbers = Vec::new();
            weight.read(|some| {
                numbers.extend_from_slice(some);
                go_on()
            });
            numbers
        };
        sums.add(&all(left), &all(right));
    }
    sums.figures()
}

#[derive(Default)]
struct Sums {
    differing: u64,
    broken: u64,
    abs_max: f64,
    rel_max: f64,
    squares: f64,
    left_squares: f64,
}

impl Sums {
    fn add(&mut self, left: &[f64], right: &[f64]) {
        for (a, b) in left.iter().zip(right) {
            if a == b || (a.is_nan() && b.is_nan()) {
                self.left_squares += if a.is_finite() { a * a } else { 0.0 };
                continue;
            }
            self.differing += 1;
            if !a.is_finite() || !b.is_finite() {
                self.broken += 1;
                continue;
            }
            let apart = (b - a).abs();
            self.abs_max = self.abs_max.max(apart);
            self.rel_max = self.rel_max.max(apart / a.abs().max(b.abs()));
            self.squares += apart * apart;
            self.left_squares += a * a;
        }
    }

    fn figures(self) -> WeightApart {
        let relative = (self.squares / self.left_squares).sqrt();
        WeightApart {
            differing: self.differing,
            broken: self.broken,
            abs_max: self.abs_max,
            rel_max: self.rel_max,
            l2_relative: Some(relative).filter(|relative| relative.is_finite()),
        }
    }
}
