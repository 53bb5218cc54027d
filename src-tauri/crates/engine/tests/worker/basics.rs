//! What a caller may rely on.

use std::time::{Duration, Instant};

use engine::benchmark::{Scenario, WarmUp};
use engine::fingerprint::Environment;
use engine::job::{Bench, BenchmarkJob, Job as _, RunJob, SampleInputs};
use engine::worker::Use;
use engine::{CancelToken, EngineError, ModelOptions, Workers};
use onnx::fixtures;

use crate::Test;
use crate::common::{data, saved};

pub const TESTS: &[Test] = &[
    ("a worker computes what this process computes", same_as_here),
    (
        "a worker reads rows of a file and leaves the outputs in one",
        over_rows,
    ),
    ("a use keeps its worker and its models", warm),
    ("a worker is confined, and says how", confined),
    (
        "a benchmark runs in the worker and tells its progress",
        benchmark,
    ),
    ("a cancelled job ends soon and its worker stays", cancelled),
    ("errors arrive as what they are", errors),
];

fn quiet() -> ModelOptions {
    ModelOptions {
        warm_up_runs: 0,
        ..ModelOptions::default()
    }
}

fn run_of(file: &str) -> RunJob {
    RunJob {
        path: data().join(file),
        options: quiet(),
        inputs: SampleInputs::Generated { rows: 3, seed: 7 },
    }
}

fn same_as_here(workers: &Workers) {
    for file in ["logreg.onnx", "named.onnx", "gboost.onnx"] {
        let job = run_of(file);
        let cancel = CancelToken::default();
        let there = workers
            .call(&Use::warm("run"), &job, &mut |()| (), &cancel)
            .unwrap();
        let here = job
            .run(&mut Bench::new(None), &mut |()| (), &cancel)
            .unwrap();
        assert_eq!(there.outputs, here.outputs, "{file}");
        assert_eq!(there.inputs_label, "generated, seed 7");
    }
}

/// The rows lie in a folder that the worker may only read, the outputs go into one that it may write.
fn over_rows(workers: &Workers) {
    use engine::inference::{InferenceRequest, RowSource};
    use engine::job::InferenceJob;
    let (rows, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = rows.path().join("rows.csv");
    std::fs::write(&file, "a,b,c,d\n1,2,3,4\n5,6,7,8\n-1,0,0.5,1\n").unwrap();
    let job = |keep: &str| InferenceJob {
        path: data().join("named.onnx"),
        options: quiet(),
        request: InferenceRequest {
            source: RowSource::File(file.clone()),
            rows_max: None,
            batch_rows: 2,
            keep: kept.path().join(keep),
        },
    };
    let none = CancelToken::default();
    let mut told = Vec::new();
    let there = workers
        .call(
            &Use::warm("run"),
            &job("there.npz"),
            &mut |at| told.push(at.rows),
            &none,
        )
        .unwrap();
    let here = job("here.npz")
        .run(&mut Bench::new(None), &mut |_| (), &none)
        .unwrap();
    assert_eq!((there.rows, there.runs, told), (3, 2, vec![2, 3]));
    assert_eq!(there.outputs, here.outputs);
    let arrays = |file: &str| {
        engine::data::open(&kept.path().join(file))
            .unwrap()
            .arrays()
            .unwrap()
    };
    assert_eq!(arrays("there.npz"), arrays("here.npz"));
}

fn warm(workers: &Workers) {
    let call = |purpose: &Use| {
        let none = CancelToken::default();
        workers
            .call(purpose, &run_of("logreg.onnx"), &mut |()| (), &none)
            .unwrap();
        workers.last_started().unwrap().pid
    };
    let first = call(&Use::warm("run"));
    assert_eq!(call(&Use::warm("run")), first);
    let other = call(&Use::warm("prove"));
    assert_ne!(other, first);
    assert_ne!(call(&Use::fresh()), other);
    let names: Vec<&str> = workers.idle_bytes().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["run", "prove"]);
    assert!(
        workers
            .idle_bytes()
            .iter()
            .all(|(_, bytes)| *bytes > 1 << 20)
    );
    workers.let_go();
    assert!(workers.idle_bytes().is_empty());
    #[cfg(target_os = "linux")]
    assert!(!std::path::Path::new(&format!("/proc/{first}")).exists());
}

fn confined(workers: &Workers) {
    let none = CancelToken::default();
    workers
        .call(
            &Use::warm("run"),
            &run_of("logreg.onnx"),
            &mut |()| (),
            &none,
        )
        .unwrap();
    let report = workers.last_started().unwrap();
    println!(
        "a worker starts in {:.0} ms; an empty call takes {:.0} us",
        report.start_ms, report.overhead_p50_us
    );
    for protection in &report.protections {
        println!(
            "  {}: {} ({})",
            protection.name, protection.on, protection.detail
        );
    }
    if cfg!(target_os = "linux") {
        let on = |name: &str| report.protections.iter().any(|p| p.name == name && p.on);
        assert!(on("memory limit") && on("dies with the app") && on("no writing"));
        let environment = std::fs::read(format!("/proc/{}/environ", report.pid));
        assert!(environment.is_err() || !environment.unwrap().windows(5).any(|w| w == b"HOME="));
    }
}

fn benchmark(workers: &Workers) {
    let (_folder, path) = saved(&fixtures::mlp(8, 16, 2));
    let job = BenchmarkJob {
        path,
        options: quiet(),
        inputs: SampleInputs::Generated { rows: 1, seed: 7 },
        model: "mlp".to_owned(),
        digest: String::new(),
        scenario: Scenario::SingleStream,
        arrivals: None,
        against: None,
        duration: Duration::from_millis(300),
        samples_max: 1_000_000,
        warm_up: WarmUp::default(),
        started_at_ms: 0,
        environment: Environment::here(),
    };
    let mut steps = Vec::new();
    let report = workers
        .call(
            &Use::fresh(),
            &job,
            &mut |at| steps.push(at.step.into_owned()),
            &CancelToken::default(),
        )
        .unwrap();
    let report = report.report;
    assert!(report.samples > 100, "{}", report.samples);
    assert!(steps.len() >= 2 && steps[0] == "warm-up", "{steps:?}");
}

fn cancelled(workers: &Workers) {
    let (_folder, path) = saved(&fixtures::slow(3_000));
    let job = RunJob {
        path,
        options: quiet(),
        inputs: SampleInputs::Generated { rows: 1, seed: 7 },
    };
    let cancel = CancelToken::default();
    let asked = {
        let cancel = cancel.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(700));
            let at = Instant::now();
            cancel.cancel();
            at
        })
    };
    let error = workers
        .call(&Use::warm("run"), &job, &mut |()| (), &cancel)
        .unwrap_err();
    let after = asked.join().unwrap().elapsed();
    assert!(matches!(error, EngineError::Cancelled), "{error}");
    println!("a cancelled job ended after {after:?}");
    assert!(after < Duration::from_millis(500), "{after:?}");
}

fn errors(workers: &Workers) {
    let call = |job: &RunJob| {
        let none = CancelToken::default();
        workers
            .call(&Use::warm("run"), job, &mut |()| (), &none)
            .unwrap_err()
    };
    let text = call(&RunJob {
        path: data().join("example.json"),
        ..run_of("")
    });
    assert!(matches!(&text, EngineError::Model(_)), "{text}");
    let relative = call(&RunJob {
        path: "logreg.onnx".into(),
        ..run_of("")
    });
    assert!(
        relative.to_string().contains("not an absolute path"),
        "{relative}"
    );
    let wrong = call(&RunJob {
        inputs: SampleInputs::Given {
            inputs: Vec::new(),
            label: String::new(),
        },
        ..run_of("logreg.onnx")
    });
    assert!(matches!(&wrong, EngineError::Input { .. }), "{wrong}");
}
