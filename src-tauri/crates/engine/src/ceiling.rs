//! How fast this machine computes and moves data at best: the two lines of a roofline.

use std::time::{Duration, Instant};

use onnx::proto::GraphProto;
use onnx::proto::tensor_proto::DataType;
use onnx::write::{self, Dim};
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::error::ort_text;
use crate::{CancelToken, EngineError, Fingerprint, Runtime, fingerprint, session};

/// What one measurement takes at most.
const EACH: Duration = Duration::from_millis(500);
/// Rows and columns of the matrices that are multiplied: large enough that the product is bound by computing.
const SIDE: usize = 1024;
/// Bytes that are copied at once: beyond every cache of a usual machine.
const COPIED: usize = 128 << 20;

/// What this machine reaches at best, and when that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct MachineCeiling {
    /// Of a product of float32 matrices on ONNX Runtime with all cores, operations a second.
    #[specta(type = Number)]
    pub flops_per_s: f64,
    /// Of a copy with all cores, bytes read and written a second (as STREAM counts them, McCalpin 1995).
    #[specta(type = Number)]
    pub bytes_per_s: f64,
    /// Operations for each byte at which the two meet: below, memory is the limit.
    #[specta(type = Number)]
    pub ridge_flops_per_byte: f64,
    pub fingerprint: Fingerprint,
    #[specta(type = Number)]
    pub measured_at_ms: i64,
}

/// Measures both, the best of as many rounds as fit into half a second each.
///
/// # Errors
/// When the runtime cannot multiply, or it was cancelled.
pub fn measure(
    runtime: &Runtime,
    measured_at_ms: i64,
    cancel: &CancelToken,
) -> Result<MachineCeiling, EngineError> {
    let flops_per_s = computing(runtime, cancel)?;
    let bytes_per_s = copying(cancel)?;
    Ok(MachineCeiling {
        flops_per_s,
        bytes_per_s,
        ridge_flops_per_byte: flops_per_s / bytes_per_s,
        fingerprint: fingerprint::collect(Some(runtime.version())),
        measured_at_ms,
    })
}

/// The shortest of the rounds, seconds; the first one warms up.
fn best(
    cancel: &CancelToken,
    mut round: impl FnMut() -> Result<(), EngineError>,
) -> Result<f64, EngineError> {
    round()?;
    let began = Instant::now();
    let mut best = f64::INFINITY;
    while began.elapsed() < EACH || best.is_infinite() {
        cancel.check()?;
        let started = Instant::now();
        round()?;
        best = best.min(started.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn computing(runtime: &Runtime, cancel: &CancelToken) -> Result<f64, EngineError> {
    let side = SIDE as i64;
    let square = [Dim::Fixed(side), Dim::Fixed(side)];
    let graph = GraphProto {
        name: Some("ceiling".to_owned()),
        node: vec![write::node("MatMul", &["a", "b"], &["c"])],
        input: ["a", "b"]
            .map(|name| write::value(name, DataType::Float, &square))
            .to_vec(),
        output: vec![write::value("c", DataType::Float, &square)],
        ..GraphProto::default()
    };
    let model = prost::Message::encode_to_vec(&write::model(graph, 17));
    let failed = |error: ort::Error| EngineError::run(ort_text(&error));
    let mut session = session::bare(runtime, GraphOptimizationLevel::All)
        .and_then(|builder| Ok(builder.with_intra_threads(0)?))
        .and_then(|mut builder| builder.commit_from_memory(&model))
        .map_err(failed)?;
    let numbers: Vec<f32> = (0..SIDE * SIDE).map(|i| (i % 17) as f32 * 0.125).collect();
    let taken = || TensorRef::from_array_view(([SIDE, SIDE], &*numbers)).map_err(failed);
    let seconds = best(cancel, || {
        session
            .run(ort::inputs!["a" => taken()?, "b" => taken()?])
            .map_err(failed)?;
        Ok(())
    })?;
    Ok(2.0 * (SIDE as f64).powi(3) / seconds)
}

fn copying(cancel: &CancelToken) -> Result<f64, EngineError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let from = vec![1_u8; COPIED];
    let mut to = vec![0_u8; COPIED];
    let part = COPIED.div_ceil(threads);
    let seconds = best(cancel, || {
        std::thread::scope(|scope| {
            for (from, to) in from.chunks(part).zip(to.chunks_mut(part)) {
                scope.spawn(|| to.copy_from_slice(from));
            }
        });
        std::hint::black_box(&mut to);
        Ok(())
    })?;
    Ok(2.0 * COPIED as f64 / seconds)
}
