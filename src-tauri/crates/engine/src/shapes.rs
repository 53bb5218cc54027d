//! Types and shapes of every tensor of a model, as ONNX Runtime infers them. Nothing is run, and no weight is loaded.

use std::collections::{BTreeMap, HashMap};
use std::ptr;

use onnx::graph::Way;
use onnx::proto::ModelProto;
use onnx::shapes::probe::ProbedGraph;
use onnx::shapes::{self, ShapeDim, Shapes, TensorType};
use ort::AsPointer;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::ValueType;
use prost::Message;

use crate::error::ort_text;
use crate::{CancelToken, EngineError, Runtime, session};

/// Graphs that are asked about, each a session of its own: bodies and functions beyond stay unknown.
const GRAPHS_MAX: usize = 512;
/// How often the carried shapes of a loop are opened before they are given up.
const LOOSENED_MAX: usize = 3;

type Known = HashMap<String, TensorType>;

/// Infers what there is to infer. `dims` are values for open dims of the inputs, by the names of [`shapes::open_dims`];
/// without one, an open dim stays a symbol.
///
/// # Errors
/// [`EngineError::Load`] when the runtime refuses the main graph, [`EngineError::Cancelled`].
pub fn infer(
    runtime: &Runtime,
    model: &onnx::Model,
    dims: &BTreeMap<String, u64>,
    cancel: &CancelToken,
) -> Result<Shapes, EngineError> {
    let bound = shapes::bound(model.proto(), dims);
    let refused = |reason: String| EngineError::Load {
        path: model.path().to_owned(),
        reason,
    };
    let main =
        ProbedGraph::main(&bound).ok_or_else(|| refused("it has no main graph".to_owned()))?;
    let mut inference = Inference {
        runtime,
        model: &bound,
        cancel,
        shapes: Shapes::default(),
        asked: 0,
        known: HashMap::new(),
    };
    let known = inference.ask(&main).map_err(|problem| match problem {
        EngineError::Run { reason } => refused(reason),
        other => other,
    })?;
    inference.below(&Way::default(), &main, known, &Known::new())?;
    Ok(inference.shapes)
}

struct Inference<'a> {
    runtime: &'a Runtime,
    model: &'a ModelProto,
    cancel: &'a CancelToken,
    shapes: Shapes,
    asked: usize,
    /// Functions are called again and again with the same types.
    known: HashMap<Vec<u8>, Known>,
}

impl Inference<'_> {
    /// Notes what is known of a graph, and goes on with the graphs inside it.
    fn below(
        &mut self,
        way: &Way,
        probed: &ProbedGraph,
        known: Known,
        around: &Known,
    ) -> Result<(), EngineError> {
        let mut seen = around.clone();
        seen.extend(
            known
                .iter()
                .map(|(name, kind)| (name.clone(), kind.clone())),
        );
        self.shapes.graphs.insert(way.clone(), known);
        for node in 0..probed.graph.node.len() {
            let held = &probed.graph.node[node];
            let holds = held.attribute.iter().any(|a| a.g.is_some());
            if !holds && (self.model.functions.is_empty() || held.domain().is_empty()) {
                continue;
            }
            for (step, inner) in probed.within(self.model, node, &seen) {
                self.cancel.check()?;
                let Some((inner, known)) = self.settled(held, inner)? else {
                    continue;
                };
                let mut below = way.clone();
                below.0.push(step.clone());
                // A body sees what is around it, a function only its inputs.
                let around = if step.attribute.is_some() {
                    seen.clone()
                } else {
                    Known::new()
                };
                self.below(&below, &inner, known, &around)?;
            }
        }
        Ok(())
    }

    /// What is known in every turn of a loop, and in the one turn of anything else. `None` where the runtime refuses.
    fn settled(
        &mut self,
        held: &onnx::proto::NodeProto,
        mut inner: ProbedGraph,
    ) -> Result<Option<(ProbedGraph, Known)>, EngineError> {
        for _ in 0..=LOOSENED_MAX {
            let known = match self.ask(&inner) {
                Ok(known) => known,
                Err(EngineError::Cancelled) => return Err(EngineError::Cancelled),
                Err(error) => {
                    tracing::debug!(node = held.name(), %error, "the runtime does not tell the types of a body");
                    return Ok(None);
                }
            };
            match inner.loosened(held, &known) {
                Some(looser) => inner = looser,
                None => return Ok(Some((inner, known))),
            }
        }
        Ok(None)
    }

    fn ask(&mut self, probed: &ProbedGraph) -> Result<Known, EngineError> {
        self.cancel.check()?;
        let bytes = probed.to_model(self.model).encode_to_vec();
        if let Some(known) = self.known.get(&bytes) {
            return Ok(known.clone());
        }
        self.asked += 1;
        if self.asked > GRAPHS_MAX {
            return Err(EngineError::run("too many graphs"));
        }
        let mut known = probed.given();
        known.extend(told(self.runtime, &bytes, GraphOptimizationLevel::Disable)?);
        // Targets of reshapes that are computed from shapes are only known once constants are folded.
        if known.values().any(|kind| kind.fixed().is_none())
            && let Ok(folded) = told(self.runtime, &bytes, GraphOptimizationLevel::Level1)
        {
            for (name, kind) in folded {
                if kind.fixed().is_some() || !known.contains_key(&name) {
                    known.insert(name, kind);
                }
            }
        }
        if self.asked > 1 {
            self.known.insert(bytes, known.clone());
        }
        Ok(known)
    }
}

/// The types of the outputs of a model, which it is not run for.
fn told(
    runtime: &Runtime,
    model: &[u8],
    level: GraphOptimizationLevel,
) -> Result<Vec<(String, TensorType)>, EngineError> {
    let read = || {
        let mut builder =
            session::bare(runtime, level).map_err(|error| EngineError::run(ort_text(&error)))?;
        let session = builder
            .commit_from_memory(model)
            .map_err(|error| EngineError::run(ort_text(&error)))?;
        let outputs = session.outputs().iter().enumerate();
        outputs
            .map(|(at, output)| {
                let kind = kind(&session, at, output.dtype())?;
                Ok((output.name().to_owned(), kind))
            })
            .collect()
    };
    session::guarded(read)
        .unwrap_or_else(|panic| Err(EngineError::run(format!("the binding gave up: {panic}"))))
}

fn kind(session: &Session, at: usize, value: &ValueType) -> Result<TensorType, EngineError> {
    let ValueType::Tensor {
        ty,
        shape,
        dimension_symbols,
    } = value
    else {
        return Ok(TensorType::Other(value.to_string()));
    };
    let dim = |(axis, size): (usize, &i64)| match u64::try_from(*size) {
        Ok(size) => ShapeDim::Fixed(size),
        Err(_) => match dimension_symbols.get(axis).filter(|name| !name.is_empty()) {
            Some(name) => ShapeDim::Named(name.clone()),
            None => ShapeDim::Unknown,
        },
    };
    // A tensor of which not even the rank is known looks like a scalar.
    let ranked = !shape.is_empty() || has_shape(session, at)?;
    Ok(TensorType::Tensor {
        element: element_code(*ty),
        dims: ranked.then(|| shape.iter().enumerate().map(dim).collect()),
    })
}

/// The number that ONNX gives an element type; the C interface counts in the same way.
fn element_code(element: ort::value::TensorElementType) -> i32 {
    let code: ort::sys::ONNXTensorElementDataType = element.into();
    code as i32
}

/// Whether the runtime knows the shape of an output at all, which the binding does not tell.
#[allow(unsafe_code)]
fn has_shape(session: &Session, output: usize) -> Result<bool, EngineError> {
    let api = ort::api();
    let mut about = ptr::null_mut();
    let mut tensor = ptr::null();
    // SAFETY: the session lives for the whole call and has that many outputs. The description is ours until it is released
    // at the end, and what it says of the tensor belongs to it.
    unsafe {
        let status = (api.SessionGetOutputTypeInfo)(session.ptr(), output, &raw mut about);
        let result: ort::Result<()> = ort::Error::result_from_status(status);
        result.map_err(|error| EngineError::run(ort_text(&error)))?;
        let status = (api.CastTypeInfoToTensorInfo)(about, &raw mut tensor);
        let result: ort::Result<()> = ort::Error::result_from_status(status);
        let known = !tensor.is_null() && (api.TensorTypeAndShape_HasShape)(tensor);
        (api.ReleaseTypeInfo)(about);
        result.map_err(|error| EngineError::run(ort_text(&error)))?;
        Ok(known)
    }
}
