//! Over all nodes, into the graphs that they hold and call.

use std::collections::{HashMap, HashSet};

use super::constant::constants;
use super::peak::{self, Peak};
use super::report::NodeCost;
use super::turns::{self, ONCE, Turns};
use super::view::{Call, Unknown, View, unknown};
use super::work::{moved, work};
use crate::graph::{Functions, Scope, Way, WayStep};
use crate::proto::{GraphProto, ModelProto, NodeProto, TensorProto};
use crate::shapes::{Shapes, TensorType};

/// Nodes of functions that call functions multiply: a file may ask for more than any memory holds.
const NODES_MAX: usize = 2_000_000;

pub struct Walk<'m> {
    model: &'m ModelProto,
    shapes: &'m Shapes,
    functions: Functions<'m>,
    pub nodes: Vec<NodeCost>,
    pub graphs: Vec<Way>,
    /// Weights that were counted, by where they stand in memory.
    counted: HashSet<*const TensorProto>,
    pub weight_bytes: u64,
    /// The tensors of the main graph whose size nobody knows.
    pub main_peak: Peak,
}

/// What the nodes of a graph add up to; `None` where one of them is not known.
#[derive(Debug, Clone, Copy)]
pub struct Sum {
    macs: Option<u64>,
    flops: Option<u64>,
    read: Option<u64>,
    written: Option<u64>,
    parameters: u64,
    at_most: bool,
    peak: Option<u64>,
}

impl Sum {
    pub fn at_most(self) -> bool {
        self.at_most
    }
}

/// Where a graph stands.
struct Place<'p, 'm> {
    way: Way,
    scope: Scope<'m>,
    around: Option<&'p Place<'p, 'm>>,
    call: Option<&'p Call<'p>>,
    opsets: HashMap<&'m str, i64>,
    turns: Turns,
}

impl<'m> Place<'_, 'm> {
    /// A weight here or around; functions have nothing around them.
    fn weight(&self, name: &str) -> Option<&'m TensorProto> {
        let here = self.scope.weights.get(name).copied();
        here.or_else(|| self.around?.weight(name))
    }
}

impl<'m> Walk<'m> {
    pub fn over(model: &'m ModelProto, shapes: &'m Shapes) -> Self {
        Self {
            model,
            shapes,
            functions: Functions::of(model),
            nodes: Vec::new(),
            graphs: Vec::new(),
            counted: HashSet::new(),
            weight_bytes: 0,
            main_peak: Peak::default(),
        }
    }

    pub fn main(&mut self) -> Option<Sum> {
        let scope = Scope::at(self.model, &Way::default())?;
        let opsets = &self.model.opset_import;
        let place = Place {
            way: Way::default(),
            scope,
            around: None,
            call: None,
            opsets: opsets
                .iter()
                .map(|o| (domain(o.domain()), o.version()))
                .collect(),
            turns: ONCE,
        };
        Some(self.graph(&place))
    }

    fn graph(&mut self, place: &Place<'_, 'm>) -> Sum {
        let graph = self.graphs.len() as u32;
        self.graphs.push(place.way.clone());
        let constants = constants(&place.scope);
        let mut sum = Sum {
            macs: Some(0),
            flops: Some(0),
            read: Some(0),
            written: Some(0),
            parameters: 0,
            at_most: false,
            peak: None,
        };
        let mut inner_peaks = HashMap::new();
        for (at, node) in (0_u32..).zip(place.scope.nodes) {
            if self.nodes.len() >= NODES_MAX {
                sum.flops = None;
                break;
            }
            let view = self.view(place, node);
            let index = self.nodes.len();
            self.nodes.push(self.line(place, graph, at, node, &view));
            let held = self.held(place, at, node, &view, &constants);
            let found = match held {
                Some(found) => {
                    self.nodes[index].holds = true;
                    found
                }
                None => work(&view).map(|work| self.alone(place, node, &view, work)),
            };
            if let Ok(part) = &found
                && let Some(bytes) = part.peak
            {
                inner_peaks.insert(at, bytes);
            }
            self.note(index, place, node, &view, found, &mut sum);
        }
        let peak = peak::peak(&place.scope, self.shapes, &place.way, &inner_peaks);
        sum.peak = Some(peak.bytes);
        if place.way.0.is_empty() {
            self.main_peak = peak;
        }
        sum
    }

    fn view<'v>(&self, place: &'v Place<'v, 'm>, node: &'v NodeProto) -> View<'v> {
        let kind = |name: &String| -> Option<TensorType> {
            if name.is_empty() {
                return None;
            }
            if let Some(weight) = place.weight(name) {
                return Some(TensorType::of_weight(weight));
            }
            self.shapes.of(&place.way, name).cloned()
        };
        View {
            node,
            call: place.call,
            inputs: node.input.iter().map(kind).collect(),
            outputs: node.output.iter().map(kind).collect(),
            opset: place
                .opsets
                .get(domain(node.domain()))
                .copied()
                .unwrap_or(i64::MAX),
        }
    }

    /// A line of the report with nothing counted yet.
    fn line(
        &self,
        place: &Place<'_, 'm>,
        graph: u32,
        at: u32,
        node: &NodeProto,
        view: &View<'_>,
    ) -> NodeCost {
        let output = view.outputs.first().and_then(Option::as_ref);
        NodeCost {
            graph,
            node: at,
            name: node.name().to_owned(),
            op: node.op_type().to_owned(),
            domain: domain(node.domain()).to_owned(),
            output: output.map(TensorType::text).unwrap_or_default(),
            macs: None,
            flops: None,
            bytes_read: None,
            bytes_written: None,
            parameters: 0,
            times: place.turns.count,
            at_most: place.turns.at_most,
            holds: false,
            unknown: None,
        }
    }

    /// A node that holds no graph.
    fn alone(
        &mut self,
        place: &Place<'_, 'm>,
        node: &NodeProto,
        view: &View<'_>,
        work: super::view::Work,
    ) -> Sum {
        let times = place.turns.count;
        let macs = u64::try_from(work.macs).ok();
        let flops = work
            .macs
            .checked_mul(2)
            .and_then(|two| two.checked_add(work.flops));
        let all = |one: Option<u64>| one.and_then(|one| one.checked_mul(times));
        let (read, written) = moved(view);
        Sum {
            macs: all(macs),
            flops: all(flops.and_then(|flops| u64::try_from(flops).ok())),
            read: all(read),
            written: all(written),
            parameters: self.parameters(place, node),
            at_most: work.at_most || place.turns.at_most,
            peak: None,
        }
    }

    /// Elements of the weights that this node is the first to take.
    fn parameters(&mut self, place: &Place<'_, 'm>, node: &NodeProto) -> u64 {
        let mut sum = 0_u64;
        for weight in node.input.iter().filter_map(|name| place.weight(name)) {
            if self.counted.insert(std::ptr::from_ref(weight)) {
                let elements = crate::check::elements(&weight.dims).unwrap_or(0);
                sum = sum.saturating_add(elements);
                let bytes = crate::check::stored_bytes(weight).ok().flatten();
                self.weight_bytes = self.weight_bytes.saturating_add(bytes.unwrap_or(0));
            }
        }
        sum
    }

    /// The sum of what a node holds or calls; `None` for one that does neither.
    fn held(
        &mut self,
        place: &Place<'_, 'm>,
        at: u32,
        node: &'m NodeProto,
        view: &View<'_>,
        constants: &HashMap<&str, &TensorProto>,
    ) -> Option<Result<Sum, Unknown>> {
        if let Some(function) = self.functions.called(node) {
            let call = Call {
                node,
                function,
                outer: place.call,
            };
            let mut inner = self.inside(place, at, None, Scope::of_function(function), place.turns);
            inner.around = None;
            inner.call = Some(&call);
            if !function.opset_import.is_empty() {
                let imports = function.opset_import.iter();
                inner.opsets = imports.map(|o| (domain(o.domain()), o.version())).collect();
            }
            return Some(Ok(self.graph(&inner)));
        }
        let bodies: Vec<(&'m str, &'m GraphProto)> = node
            .attribute
            .iter()
            .filter_map(|attribute| Some((attribute.name(), attribute.g.as_ref()?)))
            .collect();
        if bodies.is_empty() {
            return None;
        }
        let taken = (node.op_type() == "If")
            .then(|| turns::branch(node, &place.scope, constants))
            .flatten();
        let first = self.nodes.len();
        let mut dearest: Option<(Result<Sum, Unknown>, std::ops::Range<usize>)> = None;
        let several = bodies.len() > 1 && taken.is_none();
        for (name, body) in bodies {
            let start = self.nodes.len();
            let found = if taken.is_some_and(|taken| taken != name) {
                let none = Turns {
                    count: 0,
                    at_most: false,
                };
                let inner = self.inside(place, at, Some(name), Scope::of_graph(body), none);
                self.graph(&inner);
                continue;
            } else {
                self.turned(place, at, name, body, view, constants)
            };
            let range = start..self.nodes.len();
            dearest = Some(match dearest {
                None => (found, range),
                Some(other) => dearer(other, (found, range)),
            });
        }
        let (mut found, counted) = dearest?;
        if several {
            for (index, line) in self.nodes.iter_mut().enumerate().skip(first) {
                if !counted.contains(&index) {
                    line.times = 0;
                }
            }
            if let Ok(sum) = &mut found {
                sum.at_most = true;
            }
        }
        Some(found)
    }

    /// A body, as often as it runs.
    fn turned(
        &mut self,
        place: &Place<'_, 'm>,
        at: u32,
        name: &'m str,
        body: &'m GraphProto,
        view: &View<'_>,
        constants: &HashMap<&str, &TensorProto>,
    ) -> Result<Sum, Unknown> {
        let turns = turns::turns(view, body, &place.scope, constants);
        let times = turns.as_ref().map_or(
            Turns {
                count: 0,
                at_most: false,
            },
            |turns| Turns {
                count: place.turns.count.saturating_mul(turns.count),
                at_most: place.turns.at_most || turns.at_most,
            },
        );
        let inner = self.inside(place, at, Some(name), Scope::of_graph(body), times);
        let first = self.nodes.len();
        let sum = self.graph(&inner);
        let Err(Unknown(reason)) = &turns else {
            return Ok(sum);
        };
        for line in &mut self.nodes[first..] {
            (line.macs, line.flops) = (None, None);
            (line.bytes_read, line.bytes_written) = (None, None);
            line.unknown.get_or_insert_with(|| reason.clone());
        }
        turns.map(|_| sum)
    }

    fn inside<'p>(
        &self,
        place: &'p Place<'p, 'm>,
        at: u32,
        attribute: Option<&str>,
        scope: Scope<'m>,
        turns: Turns,
    ) -> Place<'p, 'm> {
        let mut way = place.way.clone();
        way.0.push(WayStep {
            node: at,
            attribute: attribute.map(str::to_owned),
        });
        Place {
            way,
            scope,
            around: Some(place),
            call: place.call,
            opsets: place.opsets.clone(),
            turns,
        }
    }

    /// Writes what was found into the node's line, and adds it to its graph's sum.
    fn note(
        &mut self,
        index: usize,
        place: &Place<'_, 'm>,
        node: &NodeProto,
        view: &View<'_>,
        found: Result<Sum, Unknown>,
        sum: &mut Sum,
    ) {
        let line_holds = self.nodes[index].holds;
        let (part, reason) = match found {
            Ok(part) if part.flops.is_none() && line_holds => (
                part,
                Some("it holds nodes whose work is not known".to_owned()),
            ),
            Ok(part) if part.flops.is_none() => (part, Some(unknown("it is more than 2^64").0)),
            Ok(part) => (part, None),
            Err(Unknown(reason)) => {
                let (read, written) = if line_holds {
                    (None, None)
                } else {
                    moved(view)
                };
                let all = |one: Option<u64>| one.and_then(|one| one.checked_mul(place.turns.count));
                let part = Sum {
                    macs: None,
                    flops: None,
                    read: all(read),
                    written: all(written),
                    parameters: if line_holds {
                        0
                    } else {
                        self.parameters(place, node)
                    },
                    at_most: false,
                    peak: None,
                };
                (part, Some(reason))
            }
        };
        let add = |to: &mut Option<u64>, part: Option<u64>| {
            *to = to.zip(part).and_then(|(a, b)| a.checked_add(b));
        };
        add(&mut sum.macs, part.macs);
        add(&mut sum.flops, part.flops);
        add(&mut sum.read, part.read);
        add(&mut sum.written, part.written);
        sum.parameters = sum.parameters.saturating_add(part.parameters);
        sum.at_most |= part.at_most;
        let line = &mut self.nodes[index];
        line.macs = part.macs;
        line.flops = part.flops;
        line.bytes_read = part.read;
        line.bytes_written = part.written;
        line.parameters = part.parameters;
        line.at_most |= part.at_most;
        line.unknown = reason;
    }
}

type Branch = (Result<Sum, Unknown>, std::ops::Range<usize>);

/// Of two branches the one that counts: an unknown one, for it may be any; else the one with more operations.
fn dearer(a: Branch, b: Branch) -> Branch {
    let flops = |branch: &Branch| branch.0.as_ref().ok().and_then(|sum| sum.flops);
    match (flops(&a), flops(&b)) {
        (None, _) => a,
        (_, None) => b,
        (Some(first), Some(second)) if second > first => b,
        _ => a,
    }
}

pub fn domain(name: &str) -> &str {
    if name == "ai.onnx" { "" } else { name }
}
