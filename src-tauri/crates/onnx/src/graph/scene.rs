//! What is drawn of a graph: boxes and lines, laid out.
//!
//! A repeated block is one card, until one of its copies is opened in a frame of its own, laid out by itself. A tensor that
//! many take has a named pill at each taker instead of lines across the whole page.

use serde::{Deserialize, Serialize};

use super::category::Category;
use super::repeats::Repeat;
use super::way::Way;
use crate::layout::{Point, Size};

/// What to draw.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SceneView {
    pub way: Way,
    /// Draw every node, and no card.
    pub whole: bool,
    pub open: Vec<OpenCopy>,
}

/// A copy of a repeated block that is looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OpenCopy {
    /// The first node of the first copy: the name of the repeat.
    pub first: u32,
    pub copy: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum BoxKind {
    Node,
    Input,
    Output,
    /// Copies of a block that are not looked into.
    Card,
    /// A copy that is.
    Frame,
    /// A tensor by its name, in place of a long line.
    Pill,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DrawnBox {
    pub kind: BoxKind,
    pub category: Category,
    pub corner: Point,
    pub size: Size,
    /// The node's place in its graph, the first node of the repeat, or the tensor's number.
    pub what: u32,
    /// The first copy of a card, the copy in a frame.
    pub copy: u32,
    pub title: String,
    pub sub: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DrawnLine {
    /// Boxes.
    pub from: u32,
    pub to: u32,
    /// Of [`Scene::tensors`].
    pub tensor: u32,
    pub points: Vec<Point>,
}

/// A graph as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    pub size: Size,
    /// Frames before what stands in them.
    pub boxes: Vec<DrawnBox>,
    pub lines: Vec<DrawnLine>,
    /// The tensors on the lines: name and type.
    pub tensors: Vec<(String, String)>,
    pub repeats: Vec<Repeat>,
    /// Of the graph, drawn or not.
    pub nodes: u32,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            size: Size {
                width: 0.0,
                height: 0.0,
            },
            boxes: Vec::new(),
            lines: Vec::new(),
            tensors: Vec::new(),
            repeats: Vec::new(),
            nodes: 0,
        }
    }
}
