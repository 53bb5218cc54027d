//! From a graph to what stands on the page: which items, which lines between them, and their words.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::category::{Category, category};
use super::page::{Page, moved};
use super::repeats::Repeat;
use super::scene::{BoxKind, DrawnBox};
use super::way::{Functions, Scope};
use super::wiring::{Maker, Wiring};
use crate::layout::{Link, Point, Size, Sketch, lay_out, layers};
use crate::proto::ModelProto;

/// More takers than this, and each has a pill.
const LINES_MAX: usize = 8;
/// A tensor that passes more layers than this has pills too.
const LAYERS_MAX: u32 = 100;

/// One thing on the page.
#[derive(Debug, Clone)]
pub enum Item {
    Node(u32),
    Input(u32),
    Output(u32),
    Card { repeat: Repeat, from: u32, to: u32 },
    Frame { repeat: Repeat, copy: u32 },
    Pill(u32),
}

pub struct Drawing<'d, 'm> {
    functions: Functions<'m>,
    scope: &'d Scope<'m>,
    wiring: &'d Wiring<'m>,
    /// The nodes that take each tensor.
    takers: Vec<Vec<u32>>,
}

impl<'d, 'm> Drawing<'d, 'm> {
    pub fn of(model: &'m ModelProto, scope: &'d Scope<'m>, wiring: &'d Wiring<'m>) -> Self {
        let mut takers = vec![Vec::new(); wiring.names.len()];
        for (node, taken) in (0..).zip(&wiring.takes) {
            for tensor in taken {
                takers[*tensor as usize].push(node);
            }
        }
        Self {
            functions: Functions::of(model),
            scope,
            wiring,
            takers,
        }
    }

    /// What stands on the page: inputs, nodes and blocks in the order of the graph, outputs.
    pub fn items(&self, repeats: &[Repeat], open: &HashMap<u32, u32>) -> Vec<Item> {
        let mut items: Vec<Item> = self
            .wiring
            .inputs
            .iter()
            .copied()
            .map(Item::Input)
            .collect();
        let mut repeats = repeats.iter().copied().peekable();
        let mut node = 0;
        while (node as usize) < self.scope.nodes.len() {
            let Some(repeat) = repeats.next_if(|repeat| repeat.first == node) else {
                if !self.is_constant(node) {
                    items.push(Item::Node(node));
                }
                node += 1;
                continue;
            };
            let opened = open
                .get(&repeat.first)
                .copied()
                .filter(|copy| *copy < repeat.copies);
            let Some(copy) = opened else {
                items.push(Item::Card {
                    repeat,
                    from: 0,
                    to: repeat.copies,
                });
                node = repeat.end();
                continue;
            };
            if copy > 0 {
                items.push(Item::Card {
                    repeat,
                    from: 0,
                    to: copy,
                });
            }
            items.push(Item::Frame { repeat, copy });
            if copy + 1 < repeat.copies {
                items.push(Item::Card {
                    repeat,
                    from: copy + 1,
                    to: repeat.copies,
                });
            }
            node = repeat.end();
        }
        items.extend(self.wiring.outputs.iter().copied().map(Item::Output));
        items
    }

    /// A value that is written in the graph is told beside whoever takes it, as a weight is.
    fn is_constant(&self, node: u32) -> bool {
        let node = &self.scope.nodes[node as usize];
        node.op_type() == "Constant" && node.domain().is_empty()
    }

    fn nodes_of(item: &Item) -> std::ops::Range<u32> {
        match item {
            Item::Node(node) => *node..*node + 1,
            Item::Card { repeat, from, to } => repeat.nodes(*from).start..repeat.nodes(*to - 1).end,
            Item::Frame { repeat, copy } => repeat.nodes(*copy),
            Item::Input(_) | Item::Output(_) | Item::Pill(_) => 0..0,
        }
    }

    /// Lays out items on a page of their own.
    pub fn draw(&self, mut items: Vec<Item>) -> Page {
        let inner: Vec<Option<Page>> = items.iter().map(|item| self.inside(item)).collect();
        let links = self.links(&mut items);
        let sizes: Vec<Size> = (0..)
            .zip(&items)
            .map(|(at, item): (usize, _)| match inner.get(at) {
                Some(Some(inner)) => framed(inner.scene.size),
                _ => self.size(item),
            })
            .collect();
        let sketch = Sketch { sizes, links };
        let layout = lay_out(&sketch);
        let mut page = Page::default();
        let boxes = items.iter().zip(&layout.corners).zip(&sketch.sizes);
        page.scene
            .boxes
            .extend(boxes.map(|((item, corner), size)| self.boxed(item, *corner, *size)));
        page.lines(&sketch, &layout);
        page.scene.size = Size {
            width: layout.width,
            height: layout.height,
        };
        for (inner, corner) in inner.into_iter().zip(&layout.corners) {
            if let Some(inner) = inner {
                let begin = Point {
                    x: PADDING,
                    y: HEAD,
                };
                page.take(inner, moved(*corner, begin));
            }
        }
        page
    }

    /// What a frame holds: its nodes, and a pill for each tensor that comes from around it or goes out.
    fn inside(&self, item: &Item) -> Option<Page> {
        let Item::Frame { repeat, copy } = item else {
            return None;
        };
        let nodes = repeat.nodes(*copy);
        let shown = nodes.clone().filter(|node| !self.is_constant(*node));
        let mut items: Vec<Item> = shown.map(Item::Node).collect();
        let outside = |tensor: &u32| match self.wiring.makers[*tensor as usize] {
            Maker::Node(made) => !nodes.contains(&made) && !self.is_constant(made),
            Maker::Input | Maker::Outside => true,
            Maker::Weight => false,
        };
        let mut entering: Vec<u32> = nodes
            .clone()
            .flat_map(|node| self.wiring.takes[node as usize].iter().copied())
            .filter(outside)
            .collect();
        entering.sort_unstable();
        entering.dedup();
        items.extend(entering.into_iter().map(Item::Input));
        let leaves = |tensor: &u32| {
            let taken = self.takers[*tensor as usize]
                .iter()
                .any(|taker| !nodes.contains(taker));
            taken || self.wiring.outputs.contains(tensor)
        };
        let made = (0..self.wiring.names.len() as u32).filter(|tensor| {
            matches!(self.wiring.makers[*tensor as usize], Maker::Node(made) if nodes.contains(&made))
        });
        items.extend(made.filter(leaves).map(Item::Output));
        Some(self.draw(items))
    }

    /// The lines between items. Tensors with many or far takers are given pills, which are added to the items.
    fn links(&self, items: &mut Vec<Item>) -> Vec<Link> {
        let mut owner: HashMap<u32, u32> = HashMap::new();
        let mut giver: HashMap<u32, u32> = HashMap::new();
        for (at, item) in (0..).zip(items.iter()) {
            owner.extend(Self::nodes_of(item).map(|node| (node, at)));
            if let Item::Input(tensor) = item {
                giver.insert(*tensor, at);
            }
        }
        let maker = |tensor: u32| match self.wiring.makers[tensor as usize] {
            Maker::Node(node) => owner.get(&node).or_else(|| giver.get(&tensor)).copied(),
            _ => giver.get(&tensor).copied(),
        };
        // By tensor: its maker and its takers.
        let mut by_tensor: BTreeMap<u32, (u32, Vec<u32>)> = BTreeMap::new();
        let mut note = |tensor: u32, taker: u32| {
            if let Some(maker) = maker(tensor).filter(|maker| *maker != taker) {
                let takers = &mut by_tensor
                    .entry(tensor)
                    .or_insert_with(|| (maker, Vec::new()))
                    .1;
                if takers.last() != Some(&taker) {
                    takers.push(taker);
                }
            }
        };
        for (at, item) in (0..).zip(items.iter()) {
            for node in Self::nodes_of(item) {
                for tensor in &self.wiring.takes[node as usize] {
                    note(*tensor, at);
                }
            }
            if let Item::Output(tensor) = item {
                note(*tensor, at);
            }
        }
        let (mut links, mut piped) = (Vec::new(), Vec::new());
        for (tensor, (from, mut takers)) in by_tensor {
            takers.sort_unstable();
            takers.dedup();
            let to = if takers.len() > LINES_MAX {
                &mut piped
            } else {
                &mut links
            };
            to.extend(takers.into_iter().map(|to| Link { from, to, tensor }));
        }
        let far = far(items.len(), &links);
        links.retain(|link| {
            let stays = !far.contains(&link.tensor);
            if !stays {
                piped.push(*link);
            }
            stays
        });
        for link in piped {
            links.push(Link {
                from: items.len() as u32,
                ..link
            });
            items.push(Item::Pill(link.tensor));
        }
        links
    }

    fn boxed(&self, item: &Item, corner: Point, size: Size) -> DrawnBox {
        let (title, sub) = self.words(item);
        let (kind, what, copy) = match item {
            Item::Node(node) => (BoxKind::Node, *node, 0),
            Item::Input(tensor) => (BoxKind::Input, *tensor, 0),
            Item::Output(tensor) => (BoxKind::Output, *tensor, 0),
            Item::Card { repeat, from, .. } => (BoxKind::Card, repeat.first, *from),
            Item::Frame { repeat, copy } => (BoxKind::Frame, repeat.first, *copy),
            Item::Pill(tensor) => (BoxKind::Pill, *tensor, 0),
        };
        DrawnBox {
            kind,
            category: self.category(item),
            corner,
            size,
            what,
            copy,
            title,
            sub,
        }
    }

    fn category(&self, item: &Item) -> Category {
        let Item::Node(node) = item else {
            return Category::Other;
        };
        let node = &self.scope.nodes[*node as usize];
        if self.functions.called(node).is_some() {
            return Category::Control;
        }
        category(node.domain(), node.op_type())
    }

    /// What stands on a box: its title, and the line below.
    fn words(&self, item: &Item) -> (String, String) {
        let name = |tensor: &u32| self.wiring.names[*tensor as usize];
        match item {
            Item::Node(node) => {
                let node = &self.scope.nodes[*node as usize];
                (node.op_type().to_owned(), node.name().to_owned())
            }
            Item::Input(tensor) | Item::Output(tensor) => {
                (name(tensor).to_owned(), self.scope.type_text(name(tensor)))
            }
            Item::Card { repeat, from, to } => {
                let title = match to - from {
                    1 => format!("{} {}", self.title(*repeat), to),
                    _ => format!("{}s {} to {}", self.title(*repeat), from + 1, to),
                };
                let alike = match to - from {
                    1 => String::new(),
                    count => format!("{count} alike, "),
                };
                let each = if to - from == 1 { "" } else { " each" };
                (title, format!("{alike}{} nodes{each}", repeat.period))
            }
            Item::Frame { repeat, copy } => {
                let title = format!("{} {} of {}", self.title(*repeat), copy + 1, repeat.copies);
                (title, format!("{} nodes", repeat.period))
            }
            Item::Pill(tensor) => {
                let uses = self.takers[*tensor as usize].len();
                (name(tensor).to_owned(), format!("{uses} uses"))
            }
        }
    }

    /// What the names of a block's nodes have in common, without its number: `/enc/layers.3/` is a layer.
    fn title(&self, repeat: Repeat) -> String {
        let names = repeat
            .nodes(0)
            .map(|node| self.scope.nodes[node as usize].name());
        let common = names.reduce(|a, b| {
            let shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            a.get(..shared).unwrap_or_default()
        });
        let parts = common.unwrap_or_default().rsplit(['/', '.', '_']);
        let word = parts
            .map(|part| part.trim_matches(|c: char| c.is_ascii_digit()))
            .find(|part| part.len() > 1 && part.chars().all(char::is_alphabetic));
        let word = word.unwrap_or("block").trim_end_matches('s').to_lowercase();
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    }

    fn size(&self, item: &Item) -> Size {
        let (title, sub) = self.words(item);
        let text = (title.chars().count() as f32 * 7.2).max(sub.chars().count() as f32 * 6.1);
        match item {
            Item::Pill(_) => {
                let text = (title.chars().count() + sub.chars().count()) as f32 * 6.1;
                Size {
                    width: (text + 36.0).clamp(72.0, 220.0),
                    height: 20.0,
                }
            }
            Item::Card { .. } => Size {
                width: (text + 64.0).clamp(200.0, 260.0),
                height: 50.0,
            },
            _ => Size {
                width: (text + 28.0).clamp(120.0, 220.0),
                height: 38.0,
            },
        }
    }
}

const PADDING: f32 = 20.0;
/// The title of a frame.
const HEAD: f32 = 36.0;

fn framed(inner: Size) -> Size {
    Size {
        width: inner.width + 2.0 * PADDING,
        height: inner.height + HEAD + PADDING,
    }
}

/// Tensors that pass too many layers, by the layers of a graph with all its lines.
fn far(items: usize, links: &[Link]) -> HashSet<u32> {
    let layers = layers(items, links);
    links
        .iter()
        .filter(|link| {
            let (from, to) = (layers.of[link.from as usize], layers.of[link.to as usize]);
            to.saturating_sub(from) > LAYERS_MAX
        })
        .map(|link| link.tensor)
        .collect()
}
