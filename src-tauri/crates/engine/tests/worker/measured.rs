//! Profiles, sweeps and other libraries, each in a worker.

use std::time::Duration;

use engine::job::{PackJob, ProfileJob, SampleInputs, SweepPointJob};
use engine::profile::ProfileRequest;
use engine::sweep::{PointRequest, PointSettings};
use engine::worker::Use;
use engine::{
    CancelToken, EngineError, ModelOptions, Optimisation, Provider, Runtime, Workers, pack,
};
use onnx::fixtures;

use crate::Test;
use crate::common::saved;

pub const TESTS: &[Test] = &[
    (
        "a profile is taken in a worker, and its memory is the model's",
        profiled,
    ),
    ("a point of a sweep is measured in a worker", swept),
    ("a pack is loaded by the worker that tries it", packed),
];

fn profiled(workers: &Workers) {
    // 16 MB of weights.
    let (_folder, path) = saved(&fixtures::mlp(1024, 4096, 8));
    let scratch = tempfile::tempdir().unwrap();
    let job = ProfileJob {
        request: ProfileRequest {
            path,
            model: "m".to_owned(),
            digest: "00".to_owned(),
            options: ModelOptions::default(),
            inputs: SampleInputs::Generated { rows: 2, seed: 7 },
            runs: 5,
            warm_up_runs: 2,
            started_at_ms: 0,
        },
        scratch: scratch.path().to_owned(),
    };
    let mut told = 0;
    let cancel = CancelToken::default();
    let report = workers
        .call(&Use::fresh(), &job, &mut |_| told += 1, &cancel)
        .unwrap();
    assert!(told > 0);
    assert_eq!((report.runs, report.nodes.len(), report.batch), (5, 3, 2));
    if cfg!(target_os = "linux") {
        let session = report.memory.session_bytes().unwrap();
        assert!(session > 14 << 20, "{session} bytes for 16 MB of weights");
        assert!(report.memory.after_runs.peak_bytes.unwrap() >= session);
    }
}

fn swept(workers: &Workers) {
    let (_folder, path) = saved(&fixtures::mlp(8, 16, 3));
    for io_binding in [false, true] {
        let job = SweepPointJob(PointRequest {
            path: path.clone(),
            settings: PointSettings {
                batch: 4,
                threads: 1,
                providers: vec![Provider::Cpu],
                optimisation: Optimisation::All,
                io_binding,
            },
            seed: 7,
            duration: Duration::from_millis(50),
            samples_max: 10_000,
        });
        let cancel = CancelToken::default();
        let point = workers
            .call(&Use::fresh(), &job, &mut |()| (), &cancel)
            .unwrap();
        assert!(point.samples > 0 && point.rows_per_s > 0.0);
    }
}

fn packed(workers: &Workers) {
    let usual = Runtime::locate(None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join(usual.file_name().unwrap());
    std::fs::copy(&usual, &copy).unwrap();
    let probe = |library: std::path::PathBuf| {
        let job = PackJob {
            folder: library.parent().unwrap().to_owned(),
            try_providers: false,
        };
        let purpose = Use::fresh().library(Some(library));
        workers.call(&purpose, &job, &mut |()| (), &CancelToken::default())
    };
    let found = pack::look(folder.path()).unwrap();
    let probed = probe(found.library.clone()).unwrap();
    assert_eq!(
        probed.library,
        std::fs::canonicalize(&copy).unwrap(),
        "the copy, not the usual one"
    );
    assert!(probed.version.starts_with("1."));
    // What only has the name of the library is refused by name, and takes no process with it that matters.
    std::fs::write(&copy, b"not a library").unwrap();
    let refused = probe(copy.clone()).unwrap_err();
    assert!(
        matches!(refused, EngineError::NoRuntime { .. }),
        "{refused:?}"
    );
    assert!(
        refused.to_string().contains(&*copy.to_string_lossy()),
        "{refused}"
    );
}
