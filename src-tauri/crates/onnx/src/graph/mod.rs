//! A model's graphs as they are looked at: which graph ([`Way`]), what repeats in it, what is drawn of it and where
//! ([`scene`]), and what one node is ([`node`]).

mod category;
mod drawing;
mod node;
mod page;
mod repeats;
mod scene;
mod search;
mod way;
mod wire;
mod wiring;

pub use node::{NodeDetail, NodePort, PortKind, node};
pub use repeats::Repeat;
pub use scene::{BoxKind, DrawnBox, DrawnLine, OpenCopy, Scene, SceneView, Undrawn, scene};
pub use search::{BadTerm, FoundNodes, NodeHit, search};
pub(crate) use way::Scope;
pub use way::{Way, WayStep};

#[cfg(test)]
mod tests;
