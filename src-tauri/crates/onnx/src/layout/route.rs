//! The drawing: corners of nodes, and lines from the bottom of one to the top of another through the bends between.

use super::chains::Chains;
use super::order::Rows;
use super::{Layout, Point, Sketch};

const LAYER_GAP: f32 = 36.0;
/// Lines that meet at one node stand this far apart, if it is wide enough.
const LINE_GAP: f32 = 18.0;

pub fn drawn(sketch: &Sketch, chains: &Chains, rows: &Rows, middles: &[f64]) -> Layout {
    let left = (0..)
        .zip(middles)
        .map(|(vertex, middle)| middle - half(sketch, vertex))
        .fold(f64::INFINITY, f64::min);
    let middle = |vertex: u32| (middles[vertex as usize] - left) as f32;
    let tops = tops(sketch, chains, rows);
    let corners: Vec<Point> = (0..)
        .zip(&sketch.sizes)
        .map(|(node, size)| Point {
            x: middle(node) - size.width / 2.0,
            y: tops[chains.layer[node as usize] as usize].top,
        })
        .collect();
    let ends = ends(sketch, chains, &middle);
    let (mut starts, mut points) = (Vec::with_capacity(sketch.links.len() + 1), Vec::new());
    for (at, link) in sketch.links.iter().enumerate() {
        starts.push(points.len() as u32);
        let begun = points.len();
        let from = sketch.sizes[link.from as usize];
        points.push(Point {
            x: middle(link.from),
            y: corners[link.from as usize].y + from.height,
        });
        for bend in chains.bends[at].clone() {
            let x = middle(bend);
            let row = tops[chains.layer[bend as usize] as usize];
            bend_through(&mut points, begun, Point { x, y: row.top });
            bend_through(&mut points, begun, Point { x, y: row.bottom });
        }
        points.push(Point {
            x: middle(link.to) + ends[at],
            y: corners[link.to as usize].y,
        });
    }
    starts.push(points.len() as u32);
    let width = corners
        .iter()
        .zip(&sketch.sizes)
        .map(|(corner, size)| corner.x + size.width);
    let bends = points.iter().map(|point| point.x);
    Layout {
        width: width.chain(bends).fold(0.0, f32::max),
        height: tops.last().map_or(0.0, |row| row.bottom),
        corners,
        starts,
        points,
    }
}

fn half(sketch: &Sketch, vertex: usize) -> f64 {
    sketch
        .sizes
        .get(vertex)
        .map_or(0.0, |size| f64::from(size.width) / 2.0)
}

#[derive(Debug, Clone, Copy)]
struct Row {
    top: f32,
    bottom: f32,
}

fn tops(sketch: &Sketch, chains: &Chains, rows: &Rows) -> Vec<Row> {
    let mut top = 0.0;
    rows.iter()
        .map(|row| {
            let nodes = row.iter().filter(|vertex| !chains.is_bend(**vertex));
            let height = nodes
                .map(|node| sketch.sizes[*node as usize].height)
                .fold(0.0, f32::max);
            let bottom = top + height;
            let row = Row { top, bottom };
            top = bottom + LAYER_GAP;
            row
        })
        .collect()
}

/// A line that goes on straight down needs no point on its way.
fn bend_through(points: &mut Vec<Point>, begun: usize, next: Point) {
    if let [.., before, last] = &points[begun..]
        && before.x == last.x
        && last.x == next.x
    {
        points.pop();
    }
    points.push(next);
}

/// How far from its taker's middle each link ends: side by side, in the order in which they come.
fn ends(sketch: &Sketch, chains: &Chains, middle: &impl Fn(u32) -> f32) -> Vec<f32> {
    let mut ends = vec![0.0; sketch.links.len()];
    let mut by_taker: Vec<usize> = (0..sketch.links.len()).collect();
    let comes_from = |at: &usize| {
        let link = sketch.links[*at];
        let bends = &chains.bends[*at];
        middle(if bends.is_empty() {
            link.from
        } else {
            bends.end - 1
        })
    };
    by_taker.sort_by(|a, b| {
        let takers = sketch.links[*a].to.cmp(&sketch.links[*b].to);
        takers.then_with(|| comes_from(a).total_cmp(&comes_from(b)))
    });
    for links in by_taker.chunk_by(|a, b| sketch.links[*a].to == sketch.links[*b].to) {
        let width = sketch.sizes[sketch.links[links[0]].to as usize].width;
        let gap = LINE_GAP.min(width * 0.8 / links.len() as f32);
        let first = -gap * (links.len() - 1) as f32 / 2.0;
        for (nth, at) in links.iter().enumerate() {
            ends[*at] = first + gap * nth as f32;
        }
    }
    ends
}
