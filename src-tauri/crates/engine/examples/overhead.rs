//! What one call costs, in microseconds: `overhead MODEL [SECONDS]` prints p50 and p99 of the engine's own `run`, of the
//! binding's plain `run`, and of the binding's `run_binding` with inputs and outputs bound beforehand, interleaved so that
//! a noisy machine disturbs all three alike. One thread, generated inputs of one row.

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use engine::tensor::{Data, ElementType};
use engine::{CachedModel, ModelOptions, Runtime, inputs};
use ort::memory::Allocator;
use ort::session::Session;
use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel};
use ort::value::{Tensor, TensorRef};

const BLOCK: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: overhead MODEL [SECONDS]")?;
    let seconds = arguments
        .next()
        .map_or(Ok(5.0), |seconds| seconds.parse::<f64>())?;
    let runtime = Runtime::load(None)?;
    let model = CachedModel::load(&runtime, path.as_ref(), &ModelOptions::default())?;
    let inputs = inputs::generate(model.signature(), 1, inputs::SEED)?;
    let [(name, tensor)] = inputs.as_slice() else {
        return Err("the model must have one input".into());
    };
    let Data::Float32(values) = tensor.data() else {
        return Err("the input must be float32".into());
    };

    let mut plain = session(&runtime, &path)?;
    let mut bound = session(&runtime, &path)?;
    let mut binding = bound.create_binding()?;
    binding.bind_input(
        name,
        &Tensor::from_array((tensor.shape().to_vec(), values.clone()))?,
    )?;
    for (name, output) in model.run(&inputs, None)? {
        if output.element_type() != ElementType::Float32 {
            return Err(format!("output {name} must be float32").into());
        }
        let buffer = Tensor::<f32>::new(&Allocator::default(), output.shape().to_vec())?;
        binding.bind_output(name, buffer)?;
    }

    let mut samples: [Vec<f64>; 3] = Default::default();
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        for _ in 0..BLOCK {
            samples[0].push(timed(|| model.run(&inputs, None).map(drop))?);
        }
        for _ in 0..BLOCK {
            samples[1].push(timed(|| {
                let view = TensorRef::from_array_view((tensor.shape(), values.as_slice()))?;
                plain.run(ort::inputs![view]).map(drop)
            })?);
        }
        for _ in 0..BLOCK {
            samples[2].push(timed(|| bound.run_binding(&binding).map(drop))?);
        }
    }
    for (label, samples) in ["engine", "ort run", "ort run_binding"]
        .into_iter()
        .zip(&mut samples)
    {
        stats::sort_samples(samples);
        let at = |quantile| stats::nearest_rank(samples, quantile).unwrap_or(f64::NAN);
        println!(
            "{label:16} p50 {:8.2} us   p99 {:8.2} us   n {}",
            at(0.5),
            at(0.99),
            samples.len()
        );
    }
    Ok(())
}

fn timed<E>(work: impl FnOnce() -> Result<(), E>) -> Result<f64, E> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64() * 1e6)
}

fn session(runtime: &Runtime, path: &str) -> ort::Result<Session> {
    Session::builder(runtime.environment())?
        .with_auto_device(AutoDevicePolicy::PreferCPU)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(1)?
        .commit_from_file(path)
}
