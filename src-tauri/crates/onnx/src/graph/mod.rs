//! A model's graphs as they are looked at: which graph ([`Way`]), what repeats in it, what is drawn of it and where
//! ([`scene`]), and what one node is ([`node`]).

mod category;
mod drawing;
mod node;
mod page;
mod quantised;
mod repeats;
mod scene;
mod search;
mod way;
mod wire;
mod wiring;

use std::collections::HashMap;

use crate::proto::ModelProto;
use drawing::Drawing;
use repeats::repeats;

pub use node::{NodeDetail, NodePort, PortKind, node};
pub use quantised::QuantScale;
pub use repeats::Repeat;
pub use scene::{BoxKind, DrawnBox, DrawnLine, OpenCopy, Scene, SceneView};
pub use search::{BadTerm, FoundNodes, NodeHit, search};
pub(crate) use way::{Functions, Scope};
pub use way::{Way, WayStep};
pub(crate) use wiring::{Maker, Wiring, taken_from_around};

/// Twice what the largest models have: a layout of them takes a second, one of millions would take the memory.
const BOXES_MAX: usize = 200_000;
/// A graph that fits on a few screens is drawn whole.
const WHOLE_NODES_MAX: usize = 80;

/// Why a graph is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undrawn {
    #[error("the model has no such graph")]
    NoGraph,
    #[error(
        "the graph has {boxes} boxes, more than the {BOXES_MAX} that one page takes; search finds its nodes all the same"
    )]
    TooLarge { boxes: usize },
}

/// Draws a graph of the model.
///
/// # Errors
/// [`Undrawn`] when the way leads nowhere, or the page would be too large.
pub fn scene(model: &ModelProto, view: &SceneView) -> Result<Scene, Undrawn> {
    let scope = Scope::at(model, &view.way).ok_or(Undrawn::NoGraph)?;
    let wiring = Wiring::of(&scope);
    let whole = view.whole || scope.nodes.len() <= WHOLE_NODES_MAX;
    let repeats = if whole {
        Vec::new()
    } else {
        repeats(&scope, &wiring)
    };
    let drawing = Drawing::of(model, &scope, &wiring);
    let open: HashMap<u32, u32> = view
        .open
        .iter()
        .map(|open| (open.first, open.copy))
        .collect();
    let items = drawing.items(&repeats, &open);
    if items.len() > BOXES_MAX {
        return Err(Undrawn::TooLarge { boxes: items.len() });
    }
    let page = drawing.draw(items);
    let mut scene = page.scene;
    scene.nodes = scope.nodes.len() as u32;
    scene.repeats = repeats;
    scene.tensors = page
        .tensors
        .into_iter()
        .map(|tensor| {
            let name = wiring.names[tensor as usize];
            (name.to_owned(), scope.type_text(name))
        })
        .collect();
    Ok(scene)
}

#[cfg(test)]
mod tests;
