//! The page that items are put on, and pages within it.

use std::collections::HashMap;

use super::scene::{DrawnLine, Scene};
use crate::layout::{Layout, Point, Sketch};

#[derive(Default)]
pub struct Page {
    pub scene: Scene,
    /// Numbers of the tensors on lines, in the order of their places in the scene.
    pub tensors: Vec<u32>,
    places: HashMap<u32, u32>,
}

impl Page {
    pub fn lines(&mut self, sketch: &Sketch, layout: &Layout) {
        for (at, link) in sketch.links.iter().enumerate() {
            let points = &layout.points[layout.starts[at] as usize..layout.starts[at + 1] as usize];
            let tensor = self.place(link.tensor);
            self.scene.lines.push(DrawnLine {
                from: link.from,
                to: link.to,
                tensor,
                points: points.to_vec(),
            });
        }
    }

    fn place(&mut self, tensor: u32) -> u32 {
        let next = self.tensors.len() as u32;
        *self.places.entry(tensor).or_insert_with(|| {
            self.tensors.push(tensor);
            next
        })
    }

    /// Puts what was drawn apart in its place.
    pub fn take(&mut self, inner: Self, corner: Point) {
        let first = self.scene.boxes.len() as u32;
        for mut drawn in inner.scene.boxes {
            drawn.corner = moved(drawn.corner, corner);
            self.scene.boxes.push(drawn);
        }
        for line in inner.scene.lines {
            let tensor = self.place(inner.tensors[line.tensor as usize]);
            self.scene.lines.push(DrawnLine {
                from: first + line.from,
                to: first + line.to,
                tensor,
                points: line
                    .points
                    .into_iter()
                    .map(|point| moved(point, corner))
                    .collect(),
            });
        }
    }
}

pub fn moved(point: Point, by: Point) -> Point {
    Point {
        x: point.x + by.x,
        y: point.y + by.y,
    }
}
