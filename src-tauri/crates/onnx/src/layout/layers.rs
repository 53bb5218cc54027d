//! Which layer each node stands on: below all that it takes from, and no farther from it than need be.

use std::collections::VecDeque;

use super::Link;
use super::fan::Fan;

/// The layers of a graph, counted from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers {
    /// Of each node.
    pub of: Vec<u32>,
    pub count: u32,
    /// Links that close a circle, which no sound model has: they are drawn, and order nothing.
    pub backward: Vec<bool>,
}

/// Layers by longest path from the top; then whoever has more takers than sources moves down to its first taker, which
/// shortens more lines than it lengthens.
#[must_use]
pub fn layers(nodes: usize, links: &[Link]) -> Layers {
    let outs = Fan::of(nodes, (0..).zip(links).map(|(at, link)| (link.from, at)));
    let ins = Fan::of(nodes, (0..).zip(links).map(|(at, link)| (link.to, at)));
    let sequence = sequence(nodes, links, &outs);
    let mut turn = vec![0_u32; nodes];
    for (at, node) in (0..).zip(&sequence) {
        turn[*node as usize] = at;
    }
    let backward: Vec<bool> = links
        .iter()
        .map(|link| turn[link.from as usize] >= turn[link.to as usize])
        .collect();
    let forward = |at: &&u32| !backward[**at as usize];
    let mut of = vec![0_u32; nodes];
    for node in &sequence {
        let below = of[*node as usize] + 1;
        for at in outs.at(*node).iter().filter(forward) {
            let to = &mut of[links[*at as usize].to as usize];
            *to = below.max(*to);
        }
    }
    for node in sequence.iter().rev() {
        let takers = outs.at(*node).iter().filter(forward);
        let first = takers.map(|at| of[links[*at as usize].to as usize]).min();
        if let Some(first) = first
            && outs.at(*node).len() > ins.at(*node).len()
        {
            of[*node as usize] = first - 1;
        }
    }
    Layers {
        count: of.iter().max().map_or(0, |last| last + 1),
        of,
        backward,
    }
}

/// The nodes so that each comes after all that it takes from; a circle is entered at its first node.
fn sequence(nodes: usize, links: &[Link], outs: &Fan) -> Vec<u32> {
    let mut waiting = vec![0_u32; nodes];
    for link in links {
        waiting[link.to as usize] += 1;
    }
    let mut ready: VecDeque<u32> = (0..)
        .zip(&waiting)
        .filter(|(_, sources)| **sources == 0)
        .map(|(node, _)| node)
        .collect();
    let mut done = vec![false; nodes];
    let mut sequence = Vec::with_capacity(nodes);
    let mut first_left = 0;
    loop {
        while done.get(first_left) == Some(&true) {
            first_left += 1;
        }
        let stuck = (first_left < nodes).then_some(first_left as u32);
        let Some(node) = ready.pop_front().or(stuck) else {
            return sequence;
        };
        if std::mem::replace(&mut done[node as usize], true) {
            continue;
        }
        sequence.push(node);
        for at in outs.at(node) {
            let to = links[*at as usize].to;
            let left = &mut waiting[to as usize];
            *left -= 1;
            if *left == 0 && !done[to as usize] {
                ready.push_back(to);
            }
        }
    }
}
