//! Where the nodes of a graph stand, and how the lines between them run: a layered drawing from top to bottom.
//!
//! After Sugiyama, Tagawa and Toda (1981): layers by longest path, then tightened ([`layers`]); one chain of bends for
//! each tensor that passes layers, shared by all who take it ([`chains`]); fewer crossings by barycentres ([`order`]);
//! places by weighted isotonic regression, which keeps every gap, so that no two nodes can overlap ([`place`]); lines
//! through the bends ([`route`]). Every step is a loop: no stack grows with the graph.

mod chains;
mod fan;
mod layers;
mod order;
mod place;
mod route;

pub use layers::{Layers, layers};

use chains::Chains;

/// Pixels at a zoom of 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    pub width: f32,
    pub height: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

/// A tensor on its way from the node that makes it to one that takes it; both by their place in [`Sketch::sizes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub from: u32,
    pub to: u32,
    /// Links of one tensor share their bends.
    pub tensor: u32,
}

/// What is to be laid out.
#[derive(Debug, Clone, Default)]
pub struct Sketch {
    pub sizes: Vec<Size>,
    pub links: Vec<Link>,
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The upper left corner of each node.
    pub corners: Vec<Point>,
    /// Where the points of each link begin in `points`; one more at the end.
    pub starts: Vec<u32>,
    pub points: Vec<Point>,
    pub width: f32,
    pub height: f32,
}

/// Lays out a graph. The same sketch gives the same layout everywhere.
#[must_use]
pub fn lay_out(sketch: &Sketch) -> Layout {
    let layers = layers(sketch.sizes.len(), &sketch.links);
    let chains = Chains::of(sketch, &layers);
    let rows = order::order(&chains);
    let middles = place::middles(sketch, &chains, &rows);
    route::drawn(sketch, &chains, &rows, &middles)
}

#[cfg(test)]
mod tests;
