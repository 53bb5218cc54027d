//! Blocks that a graph repeats: nodes that do the same, wired the same, one block after the other.
//!
//! A model's nodes stand in an order in which each comes after what it takes from, so a repeated block is a repeat in that
//! sequence, and any stretch of it can be drawn as one box without closing a circle.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::way::Scope;
use super::wiring::{Maker, Wiring};
use crate::attribute;

/// Copies of one block, one right after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat {
    /// The first node of the first copy.
    pub first: u32,
    /// How many nodes a copy has.
    pub period: u32,
    pub copies: u32,
}

impl Repeat {
    pub fn nodes(&self, copy: u32) -> std::ops::Range<u32> {
        let begin = self.first + copy * self.period;
        begin..begin + self.period
    }

    pub fn end(&self) -> u32 {
        self.first + self.copies * self.period
    }
}

const PERIOD_MIN: usize = 3;
/// The lengths that most nodes vote for are tried.
const PERIODS_TRIED: usize = 24;

/// The repeats of a graph that do not overlap, those that cover most first found; in the order of their nodes.
pub fn repeats(scope: &Scope<'_>, wiring: &Wiring<'_>) -> Vec<Repeat> {
    if !wiring.sorted {
        return Vec::new();
    }
    let kinds = kinds(scope, wiring);
    let widths = widths(wiring);
    let mut found: Vec<Repeat> = periods(&kinds)
        .into_iter()
        .flat_map(|period| runs(&kinds, period))
        .filter_map(|(first, end, period)| fitted(wiring, &widths, first, end, period))
        .collect();
    // Of two that cover the same, the one of smaller blocks says more.
    found.sort_by_key(|repeat| {
        (
            std::cmp::Reverse(repeat.copies * repeat.period),
            repeat.period,
        )
    });
    let mut taken = vec![false; kinds.len()];
    let mut chosen: Vec<Repeat> = Vec::new();
    for repeat in found {
        let nodes = repeat.first as usize..repeat.end() as usize;
        if !taken[nodes.clone()].contains(&true) {
            taken[nodes].fill(true);
            chosen.push(repeat);
        }
    }
    chosen.sort_by_key(|repeat| repeat.first);
    chosen
}

/// For each node a number that is the same for nodes that do the same to weights of the same shape.
fn kinds(scope: &Scope<'_>, wiring: &Wiring<'_>) -> Vec<u64> {
    let kind = |(node, taken): (&crate::proto::NodeProto, &Vec<u32>)| {
        let mut hash = DefaultHasher::new();
        (node.op_type(), node.domain(), node.output.len()).hash(&mut hash);
        for attribute in &node.attribute {
            (attribute.name(), attribute::text(attribute)).hash(&mut hash);
        }
        for tensor in taken {
            let weight = scope.weights.get(wiring.names[*tensor as usize]);
            weight
                .map(|weight| (weight.data_type(), &weight.dims))
                .hash(&mut hash);
        }
        hash.finish()
    };
    scope.nodes.iter().zip(&wiring.takes).map(kind).collect()
}

/// Distances at which nodes of one kind follow each other, those first that would cover most.
fn periods(kinds: &[u64]) -> Vec<usize> {
    let mut last: HashMap<u64, usize> = HashMap::new();
    let mut votes: HashMap<usize, usize> = HashMap::new();
    for (at, kind) in kinds.iter().enumerate() {
        if let Some(before) = last.insert(*kind, at)
            && at - before >= PERIOD_MIN
        {
            *votes.entry(at - before).or_default() += 1;
        }
    }
    let mut periods: Vec<(usize, usize)> = votes.into_iter().collect();
    periods.sort_by_key(|(period, votes)| (std::cmp::Reverse(period * votes), *period));
    periods.truncate(PERIODS_TRIED);
    periods.into_iter().map(|(period, _)| period).collect()
}

/// Stretches in which each node is of the kind of the one a period before: where they begin and end.
fn runs(kinds: &[u64], period: usize) -> Vec<(usize, usize, usize)> {
    let mut runs = Vec::new();
    let mut begun = None;
    for at in 0..=kinds.len().saturating_sub(period) {
        let same = kinds
            .get(at + period)
            .is_some_and(|kind| *kind == kinds[at]);
        match (same, begun) {
            (true, None) => begun = Some(at),
            (false, Some(first)) => {
                if at - first >= period {
                    runs.push((first, at + period, period));
                }
                begun = None;
            }
            _ => {}
        }
    }
    runs
}

/// How many tensors are on their way from before each node to it or beyond.
fn widths(wiring: &Wiring<'_>) -> Vec<u32> {
    let nodes = wiring.takes.len();
    let mut last_taken = vec![0_usize; wiring.names.len()];
    for (node, taken) in wiring.takes.iter().enumerate() {
        for tensor in taken {
            last_taken[*tensor as usize] = node;
        }
    }
    let mut change = vec![0_i64; nodes + 1];
    for (tensor, maker) in wiring.makers.iter().enumerate() {
        if let Maker::Node(made) = maker
            && last_taken[tensor] > *made as usize
        {
            change[*made as usize + 1] += 1;
            change[last_taken[tensor] + 1] -= 1;
        }
    }
    let mut width = 0;
    change
        .into_iter()
        .map(|change| {
            width += change;
            width as u32
        })
        .collect()
}

/// The copies in a run that are wired alike, cut where the fewest tensors pass.
fn fitted(
    wiring: &Wiring<'_>,
    widths: &[u32],
    first: usize,
    end: usize,
    period: usize,
) -> Option<Repeat> {
    let last_start = (first + period).min(end - 2 * period + 1);
    (first..last_start)
        .map(|start| {
            let copies = ((end - start) / period) as u32;
            let repeat = Repeat {
                first: start as u32,
                period: period as u32,
                copies,
            };
            (widths[start], std::cmp::Reverse(copies), repeat)
        })
        .min_by_key(|(width, copies, repeat)| (*width, *copies, repeat.first))
        .map(|(_, _, repeat)| alike(wiring, repeat))
        .filter(|repeat| repeat.copies >= 2)
}

/// Keeps the copies that are wired as those before them.
fn alike(wiring: &Wiring<'_>, repeat: Repeat) -> Repeat {
    let copies = (1..repeat.copies)
        .take_while(|copy| {
            let (before, these) = (repeat.nodes(copy - 1), repeat.nodes(*copy));
            before
                .zip(these)
                .all(|(a, b)| wired_alike(wiring, repeat, *copy, a, b))
        })
        .count() as u32;
    Repeat {
        copies: copies + 1,
        ..repeat
    }
}

/// Whether node `b` of a copy takes from the places from which `a`, the same node of the copy before, does.
fn wired_alike(wiring: &Wiring<'_>, repeat: Repeat, copy: u32, a: u32, b: u32) -> bool {
    let (of_a, of_b) = (&wiring.takes[a as usize], &wiring.takes[b as usize]);
    let maker = |tensor: u32| wiring.makers[tensor as usize];
    of_a.len() == of_b.len()
        && of_a
            .iter()
            .zip(of_b)
            .all(|(from_a, from_b)| match (maker(*from_a), maker(*from_b)) {
                (Maker::Weight, Maker::Weight) => true,
                (Maker::Node(a), Maker::Node(b)) if b == a + repeat.period => true,
                // The first copy takes from whatever stands before it.
                (_, Maker::Node(b)) if copy == 1 && repeat.nodes(0).contains(&b) => {
                    !matches!(maker(*from_a), Maker::Node(a) if a >= repeat.first)
                }
                _ => from_a == from_b,
            })
}
