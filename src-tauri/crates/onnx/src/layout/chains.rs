//! Bends: where a tensor passes a layer without ending there, it takes a place among the nodes of that layer.
//!
//! All takers of a tensor share one chain of bends, down to the lowest of them; each leaves it above its own layer.

use std::ops::Range;

use super::layers::Layers;
use super::{Link, Sketch};

/// The nodes and, after them, the bends: vertices that stand on layers, joined between one layer and the next.
#[derive(Debug)]
pub struct Chains {
    pub nodes: u32,
    pub layer_count: u32,
    /// Of every vertex.
    pub layer: Vec<u32>,
    /// From a vertex to one on the next layer.
    pub segments: Vec<(u32, u32)>,
    /// The bends of each link, from the top.
    pub bends: Vec<Range<u32>>,
}

impl Chains {
    pub fn of(sketch: &Sketch, layers: &Layers) -> Self {
        let nodes = sketch.sizes.len() as u32;
        let mut chains = Self {
            nodes,
            layer_count: layers.count,
            layer: layers.of.clone(),
            segments: Vec::with_capacity(sketch.links.len()),
            bends: vec![0..0; sketch.links.len()],
        };
        let mut forward: Vec<u32> = (0..sketch.links.len() as u32)
            .filter(|at| !layers.backward[*at as usize])
            .collect();
        let tensor = |at: &u32| {
            let link = sketch.links[*at as usize];
            (link.from, link.tensor)
        };
        forward.sort_by_key(tensor);
        for takers in forward.chunk_by(|a, b| tensor(a) == tensor(b)) {
            chains.add(&sketch.links, takers);
        }
        chains
    }

    /// The chain of one tensor, whose links are `takers`.
    fn add(&mut self, links: &[Link], takers: &[u32]) {
        let from = links[takers[0] as usize].from;
        let above = self.layer[from as usize];
        let passed =
            |chains: &Self, at: u32| chains.layer[links[at as usize].to as usize] - above - 1;
        let longest = takers.iter().map(|at| passed(self, *at)).max().unwrap_or(0);
        let first = self.layer.len() as u32;
        for bend in 0..longest {
            let before = if bend == 0 { from } else { first + bend - 1 };
            self.segments.push((before, first + bend));
            self.layer.push(above + 1 + bend);
        }
        for at in takers {
            let passed = passed(self, *at);
            let last = if passed == 0 {
                from
            } else {
                first + passed - 1
            };
            self.segments.push((last, links[*at as usize].to));
            self.bends[*at as usize] = first..first + passed;
        }
    }

    pub fn is_bend(&self, vertex: u32) -> bool {
        vertex >= self.nodes
    }

    /// The segments from layer to layer, looked at from above.
    pub fn lower(&self) -> super::fan::Fan {
        super::fan::Fan::of(self.layer.len(), self.segments.iter().copied())
    }

    /// The same, looked at from below.
    pub fn upper(&self) -> super::fan::Fan {
        let turned = self.segments.iter().map(|(above, below)| (*below, *above));
        super::fan::Fan::of(self.layer.len(), turned)
    }
}
