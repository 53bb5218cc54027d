//! What `engine` adds to a run: the runtime alone with everything bound beforehand, and `CachedModel::run`, in turns in
//! one process. One JSON line for the models that are named.
//!
//! Bound beforehand is the least that a call can cost: no names, no checks, no outputs made. `CachedModel::run` takes
//! inputs by name, checks them, and gives outputs of its own.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Parser;
use engine::benchmark::{self, BenchmarkRequest, Scenario, WarmUp};
use engine::tensor::Data;
use engine::{CachedModel, CancelToken, ModelOptions, Runtime, Tensor, inputs};
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{IoBinding, Session};
use serde_json::{Value, json};

/// Calls of one side before the other has its turn.
const IN_A_ROW: usize = 50;

#[derive(Debug, Parser)]
#[command(
    about = "Times single runs of a model: ONNX Runtime bound beforehand, and Drydock's engine, in turns"
)]
struct Args {
    models: Vec<PathBuf>,
    /// For each model
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Queries a second of the Poisson load whose send error is measured on the first model
    #[arg(long, default_value_t = 400.0)]
    rate: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let runtime = Runtime::load(None)?;
    let mut found = Vec::new();
    for path in &args.models {
        found.push(overhead(&runtime, path, args.seconds)?);
    }
    let send = match args.models.first() {
        Some(path) => send_error(&runtime, path, args.rate, args.seconds)?,
        None => Value::Null,
    };
    let answer = json!({"runtime": runtime.version(), "models": found, "send_error": send});
    println!("{answer}");
    Ok(())
}

fn overhead(runtime: &Runtime, path: &Path, seconds: f64) -> Result<Value, Box<dyn Error>> {
    let model = CachedModel::load(runtime, path, &ModelOptions::default())?;
    let given = inputs::generate(model.signature(), 1, inputs::SEED)?;
    let mut session = raw(runtime, path)?;
    let binding = bound(&session, &given)?;
    let (mut alone, mut through) = (Vec::new(), Vec::new());
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs_f64(seconds) {
        for _ in 0..IN_A_ROW {
            let before = Instant::now();
            let outputs = session.run_binding(&binding)?;
            alone.push(before.elapsed().as_secs_f64() * 1e6);
            drop(outputs);
        }
        for _ in 0..IN_A_ROW {
            let before = Instant::now();
            let outputs = model.run(&given, None)?;
            through.push(before.elapsed().as_secs_f64() * 1e6);
            drop(outputs);
        }
    }
    let (alone, through) = (p50(alone), p50(through));
    Ok(json!({
        "model": path.file_stem().unwrap_or_default().to_string_lossy(),
        "bound_p50_us": round(alone),
        "engine_p50_us": round(through),
        "more_us": round(through - alone),
        "ratio": (through / alone * 1e4).round() / 1e4,
    }))
}

/// A session as the engine builds it, without what the engine adds.
fn raw(runtime: &Runtime, path: &Path) -> Result<Session, Box<dyn Error>> {
    let failed = |error: ort::Error<_>| ort::Error::<()>::from(error);
    Ok(Session::builder(runtime.environment())?
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(failed)?
        .with_intra_threads(1)
        .map_err(failed)?
        .commit_from_file(path)?)
}

fn bound(session: &Session, given: &[(String, Tensor)]) -> ort::Result<IoBinding> {
    let mut binding = session.create_binding()?;
    for (name, tensor) in given {
        let shape = tensor.shape().to_vec();
        match tensor.data() {
            Data::Float32(items) => {
                binding.bind_input(
                    name,
                    &ort::value::Tensor::from_array((shape, items.clone()))?,
                )?;
            }
            Data::Int64(items) => {
                binding.bind_input(
                    name,
                    &ort::value::Tensor::from_array((shape, items.clone()))?,
                )?;
            }
            _ => {
                return Err(ort::Error::new(
                    "only float32 and int64 inputs are bound here",
                ));
            }
        }
    }
    let cpu = MemoryInfo::new(
        AllocationDevice::CPU,
        0,
        AllocatorType::Device,
        MemoryType::CPUOutput,
    )?;
    for output in session.outputs() {
        binding.bind_output_to_device(output.name(), &cpu)?;
    }
    Ok(binding)
}

fn send_error(
    runtime: &Runtime,
    path: &Path,
    rate_per_s: f64,
    seconds: f64,
) -> Result<Value, Box<dyn Error>> {
    let model = CachedModel::load(runtime, path, &ModelOptions::default())?;
    let request = BenchmarkRequest {
        model: path.display().to_string(),
        digest: String::new(),
        scenario: Scenario::Server {
            rate_per_s,
            seed: 7,
        },
        arrivals_s: Vec::new(),
        inputs: inputs::generate(model.signature(), 1, inputs::SEED)?,
        inputs_label: String::new(),
        duration: Duration::from_secs_f64(seconds),
        samples_max: u64::MAX,
        warm_up: WarmUp::default(),
        started_at_ms: 0,
        environment: None,
    };
    let report = benchmark::run(
        runtime.version(),
        &model,
        &request,
        &mut |_| {},
        &CancelToken::default(),
    )?;
    let send = report.send_error.ok_or("a Poisson load has a send error")?;
    Ok(json!({
        "rate_per_s": rate_per_s,
        "samples": report.samples,
        "p50_us": round(send.p50_us),
        "p99_us": round(send.p99_us),
        "max_us": round(send.max_us),
    }))
}

fn p50(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

fn round(us: f64) -> f64 {
    (us * 1e3).round() / 1e3
}
