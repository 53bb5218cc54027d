//! Measuring real models on the real runtime.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::{loaded, runtime_or_skip, saved};
use engine::benchmark::{self, AgainstRequest, BenchmarkRequest, Scenario, ShiftVerdict, WarmUp};
use engine::{CachedModel, CancelToken, EngineError, ModelOptions, inputs};
use onnx::fixtures;

fn request(model: &CachedModel, duration: Duration, samples_max: u64) -> BenchmarkRequest {
    BenchmarkRequest {
        model: "regime v7".to_owned(),
        digest: "00".to_owned(),
        scenario: Scenario::SingleStream,
        arrivals_s: Vec::new(),
        inputs: inputs::generate(model.signature(), 1, inputs::SEED).unwrap(),
        inputs_label: "generated, seed 7".to_owned(),
        duration,
        samples_max,
        warm_up: WarmUp {
            runs_min: 3,
            duration: Duration::from_millis(20),
        },
        started_at_ms: 1_700_000_000_000,
        environment: None,
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
            report.samples + report.warmup_dropped,
            report.batch,
            report.threads,
            report.warmup_runs >= 3
        ),
        (2_000, 1, 1, true)
    );
    assert_eq!(report.histogram.counts.iter().sum::<u64>(), report.samples);
    assert!(!report.steadiness.summary.is_empty() && report.trace.at_s.len() > 100);
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
        [false, false, false, false, true, true],
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

#[test]
fn a_poisson_load_counts_latency_from_the_scheduled_time() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&fixtures::slow(4));
    let options = ModelOptions {
        pool_size: 2,
        ..ModelOptions::default()
    };
    let model = CachedModel::load(&runtime, &path, &options).unwrap();
    let measured = |rate_per_s, samples| {
        let request = BenchmarkRequest {
            scenario: Scenario::Server {
                rate_per_s,
                seed: 3,
            },
            ..request(&model, Duration::from_secs(600), samples)
        };
        benchmark::run(
            runtime.version(),
            &model,
            &request,
            &mut |_| {},
            &CancelToken::default(),
        )
        .unwrap()
    };
    let alone_ms = measured(2.0, 2).mean_ms;
    // Eight times what two sessions can do: most queries wait for most of the run.
    let rate_per_s = 16e3 / alone_ms;
    let flooded = measured(rate_per_s, 240);
    let send = flooded.send_error.as_ref().unwrap();
    assert_eq!(
        flooded.samples + flooded.warmup_dropped + flooded.dropped,
        240
    );
    assert_eq!(flooded.target_rate_per_s, Some(rate_per_s));
    assert!(flooded.throughput_per_s < 0.9 * rate_per_s, "{flooded:?}");
    assert!(
        flooded.queue.as_ref().unwrap().max > 20.0,
        "{:?}",
        flooded.queue
    );
    assert!(
        flooded.mean_ms > 10.0 * alone_ms,
        "queueing is in the latency: {alone_ms} alone, {} flooded",
        flooded.mean_ms
    );
    assert!(send.p50_us <= send.p99_us && send.p99_us <= send.max_us);
    let overload = flooded
        .steadiness
        .findings
        .iter()
        .find(|found| found.kind == benchmark::FindingKind::Overload);
    assert!(
        overload.is_some() && !flooded.steadiness.steady,
        "{:?}",
        flooded.steadiness
    );
}

#[test]
fn arrivals_of_a_market_are_replayed_in_their_own_time() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let model = loaded(&runtime, "logreg.onnx");
    let request = BenchmarkRequest {
        scenario: Scenario::Replay {
            source: "ticks.csv".to_owned(),
            speed: 4.0,
        },
        arrivals_s: (0..100)
            .map(|i| 34_200.0 + f64::from(i / 10) * 0.1)
            .collect(),
        ..request(&model, Duration::from_secs(600), u64::MAX)
    };
    let report = benchmark::run(
        runtime.version(),
        &model,
        &request,
        &mut |_| {},
        &CancelToken::default(),
    )
    .unwrap();
    // Ten bursts of ten, 25 ms apart: 225 ms in all, and nine of each burst find somebody before them.
    assert_eq!(report.samples, 100);
    assert!(report.duration_ms >= 225.0, "{}", report.duration_ms);
    assert!(report.queue.unwrap().max >= 8.0);
}

#[test]
fn queries_of_many_samples_and_offline_count_runs() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    for pool_size in [1, 2] {
        let options = ModelOptions {
            pool_size,
            ..ModelOptions::default()
        };
        let path = common::data().join("logreg.onnx");
        let model = CachedModel::load(&runtime, &path, &options).unwrap();
        let measured = |scenario| {
            let request = BenchmarkRequest {
                scenario,
                ..request(&model, Duration::from_secs(600), 80)
            };
            benchmark::run(
                runtime.version(),
                &model,
                &request,
                &mut |_| {},
                &CancelToken::default(),
            )
            .unwrap()
        };
        let multi = measured(Scenario::MultiStream {
            samples_per_query: 8,
        });
        let queries = multi.samples as f64 / (multi.duration_ms / 1e3);
        assert_eq!((multi.samples, multi.sessions as usize), (80, pool_size));
        assert!(
            (multi.throughput_per_s / queries - 8.0).abs() < 0.01,
            "{multi:?}"
        );
        assert_eq!(measured(Scenario::Offline).samples, 80);
    }
}

#[test]
fn two_models_are_measured_in_turns_and_told_apart() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let options = ModelOptions::default();
    let (_keep, fast) = saved(&fixtures::mlp(8, 16, 3));
    let (_keep_too, slow) = saved(&fixtures::mlp(8, 20_000, 3));
    let [fast, slow] =
        [fast, slow].map(|path| CachedModel::load(&runtime, &path, &options).unwrap());
    let request = request(&fast, Duration::from_secs(600), 1_500);
    let other = AgainstRequest {
        model: "wide".to_owned(),
        digest: "01".to_owned(),
        margin: 0.05,
        confidence: None,
    };
    let mut told = Vec::new();
    let (report, against) = benchmark::against(
        runtime.version(),
        (&fast, &request),
        (&slow, &other),
        &mut |progress| told.push(progress.fraction),
        &CancelToken::default(),
    )
    .unwrap();
    assert_eq!((report.samples, against.report.samples), (1_500, 1_500));
    assert_eq!((against.blocks, against.block_samples), (60, 25));
    assert_eq!(report.histogram.edges_ms, against.report.histogram.edges_ms);
    assert_eq!(report.histogram.counts.iter().sum::<u64>(), 1_500);
    let claimed: Vec<_> = against
        .differences
        .iter()
        .map(|found| found.verdict)
        .collect();
    let faster = Some(ShiftVerdict::Faster);
    assert_eq!(claimed[..2], [faster, faster]);
    assert_eq!(claimed[4..], [None, None], "p99.9 and p99.99 need more");
    let p50 = &against.differences[0];
    assert!(
        p50.low_ms <= p50.difference_ms
            && p50.difference_ms <= p50.high_ms
            && p50.high_ms < Some(0.0)
    );
    assert!(p50.p_value < Some(0.01) && against.samples_for_shift.is_some());
    assert!(!against.agreement.equal && against.agreement.max_abs > Some(0.0));
    assert!(told.is_sorted() && told.iter().all(|fraction| (0.0..=1.0).contains(fraction)));
}

#[test]
fn a_baseline_of_another_machine_is_refused_with_what_differs() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let model = loaded(&runtime, "logreg.onnx");
    let request = request(&model, Duration::from_secs(600), 200);
    let now = benchmark::run(
        runtime.version(),
        &model,
        &request,
        &mut |_| {},
        &CancelToken::default(),
    )
    .unwrap();
    let kept: engine::BenchmarkReport =
        serde_json::from_str(&serde_json::to_string(&now).unwrap()).unwrap();
    let held = benchmark::with_baseline(&now, &kept).unwrap();
    let verdicts: Vec<_> = held
        .percentiles
        .iter()
        .map(|p| (p.label.as_str(), p.verdict))
        .collect();
    assert!(
        verdicts.contains(&("p50", ShiftVerdict::Inconclusive)),
        "{verdicts:?}"
    );
    let mut elsewhere = kept;
    elsewhere.fingerprint.cpu = "Z80".to_owned();
    elsewhere.fingerprint.governor = Some("powersave".to_owned());
    elsewhere.threads = 4;
    let refused = benchmark::with_baseline(&now, &elsewhere)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("was Z80")
            && refused.contains("was powersave")
            && refused.contains("threads is 1, was 4"),
        "{refused}"
    );
    assert!(!refused.contains("system is"), "{refused}");
}
