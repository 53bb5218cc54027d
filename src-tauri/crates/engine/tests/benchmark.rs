//! Measuring real models on the real runtime.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::{loaded, runtime_or_skip, saved};
use engine::benchmark::{self, BenchmarkRequest, WarmUp};
use engine::{CachedModel, CancelToken, EngineError, ModelOptions, inputs};
use onnx::fixtures;

fn request(model: &CachedModel, duration: Duration, samples_max: u64) -> BenchmarkRequest {
    BenchmarkRequest {
        model: "regime v7".to_owned(),
        digest: "00".to_owned(),
        inputs: inputs::generate(model.signature(), 1, inputs::SEED).unwrap(),
        inputs_label: "generated, seed 7".to_owned(),
        duration,
        samples_max,
        warm_up: WarmUp {
            runs_min: 3,
            duration: Duration::from_millis(20),
        },
        started_at_ms: 1_700_000_000_000,
    }
}

#[test]
fn a_report_holds_together() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let model = loaded(&runtime, "logreg.onnx");
    let request = request(&model, Duration::from_secs(600), 2_000);
    let mut told = Vec::new();
    let report = benchmark::run(
        runtime.version(),
        &model,
        &request,
        &mut |progress| told.push(progress.fraction),
        &CancelToken::default(),
    )
    .unwrap();
    assert_eq!(
        (
            report.samples,
            report.batch,
            report.threads,
            report.warmup_runs >= 3
        ),
        (2_000, 1, 1, true)
    );
    assert_eq!(report.histogram.counts.iter().sum::<u64>(), 2_000);
    assert_eq!(
        report.histogram.edges_ms.len(),
        report.histogram.counts.len() + 1
    );
    let refused: Vec<bool> = report
        .percentiles
        .iter()
        .map(|percentile| percentile.refused.is_some())
        .collect();
    assert_eq!(
        refused,
        [false, false, false, false, true],
        "p99.9 needs 6,636 samples"
    );
    for percentile in report
        .percentiles
        .iter()
        .filter(|percentile| percentile.refused.is_none())
    {
        assert!(
            percentile.low_ms <= percentile.value_ms && percentile.value_ms <= percentile.high_ms
        );
    }
    assert!(report.throughput_per_s > 0.0 && report.mean_ms > 0.0 && report.load_ms > 0.0);
    assert_eq!(
        report.fingerprint.runtime_version.as_deref(),
        Some(runtime.version())
    );
    assert!(told.iter().all(|fraction| (0.0..=1.0).contains(fraction)));
}

#[test]
fn the_duration_ends_a_benchmark() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let model = loaded(&runtime, "logreg.onnx");
    let request = request(&model, Duration::from_millis(150), u64::MAX);
    let report = benchmark::run(
        runtime.version(),
        &model,
        &request,
        &mut |_| {},
        &CancelToken::default(),
    )
    .unwrap();
    assert!(report.samples > 0 && report.duration_ms >= 150.0);
}

#[test]
fn a_benchmark_can_be_cancelled_even_within_a_run() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&fixtures::slow(2_000));
    let options = ModelOptions {
        warm_up_runs: 0,
        ..ModelOptions::default()
    };
    let model = CachedModel::load(&runtime, &path, &options).unwrap();
    let request = request(&model, Duration::from_secs(600), u64::MAX);
    let token = CancelToken::default();
    let started = Instant::now();
    let canceller = {
        let token = token.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            token.cancel();
        })
    };
    let error =
        benchmark::run(runtime.version(), &model, &request, &mut |_| {}, &token).unwrap_err();
    canceller.join().unwrap();
    assert!(matches!(error, EngineError::Cancelled), "{error}");
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
}
