//! Folders of ONNX Runtime's libraries: a good one, a wrong one, and one on a machine with a GPU.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::runtime_or_skip;
use engine::job::{Bench, Job, PackJob};
use engine::{CancelToken, ModelOptions, Provider, pack};
use onnx::fixtures;

#[test]
fn a_copy_of_the_library_is_found_and_what_is_none_is_refused() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let capi = folder.path().join("onnxruntime/capi");
    std::fs::create_dir_all(&capi).unwrap();
    let refused = pack::look(folder.path()).unwrap_err();
    assert!(
        refused.to_string().contains("holds no ONNX Runtime"),
        "{refused}"
    );
    // As the wheels name it.
    let library = capi.join("libonnxruntime.so.1.31.1");
    if cfg!(target_os = "linux") {
        std::os::unix::fs::symlink(runtime.library(), &library).unwrap();
        std::fs::write(capi.join("libonnxruntime_providers_cuda.so"), b"x").unwrap();
        std::fs::write(capi.join("__init__.py"), b"").unwrap();
        let found = pack::look(folder.path()).unwrap();
        assert_eq!(found.folder, capi);
        assert_eq!(
            found.library,
            std::fs::canonicalize(runtime.library()).unwrap()
        );
        let names: Vec<&str> = found.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "libonnxruntime.so.1.31.1",
                "libonnxruntime_providers_cuda.so"
            ]
        );
        assert_eq!(pack::look(&capi).unwrap(), found);
    }
    let missing = pack::look(Path::new("/no/such/folder")).unwrap_err();
    assert!(missing.to_string().contains("is no folder"), "{missing}");
}

#[test]
fn every_provider_that_is_said_to_work_ran_a_model() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let folder = runtime.library().parent().unwrap().to_owned();
    let job = PackJob {
        folder,
        try_providers: true,
    };
    let probe = job
        .run(&mut Bench::new(None), &mut |()| {}, &CancelToken::default())
        .unwrap();
    assert_eq!(probe.version, runtime.version());
    let cpu = probe
        .providers
        .iter()
        .find(|check| check.provider == Provider::Cpu)
        .unwrap();
    assert!(
        cpu.works && cpu.problem.is_none() && cpu.missing.is_empty(),
        "{cpu:?}"
    );
    for check in &probe.providers {
        assert_eq!(check.works, check.problem.is_none(), "{check:?}");
        let own = format!("libonnxruntime_providers_{}.so", check.provider.as_str());
        let lacks = check.missing.contains(&own);
        assert!(
            !lacks
                || check
                    .advice
                    .as_ref()
                    .is_some_and(|advice| advice.contains(&own))
        );
    }
}

/// With a GPU pack named by DRYDOCK_ONNXRUNTIME, on a machine with a device: CUDA computes, and the placement says so.
#[test]
fn cuda_computes_where_it_can() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    if !runtime.providers().contains(&Provider::Cuda) {
        eprintln!(
            "skipped: this ONNX Runtime was not built with CUDA; name a GPU pack by DRYDOCK_ONNXRUNTIME"
        );
        return;
    }
    if let Some(absent) = engine::nvml::read().absent {
        eprintln!("skipped: {absent}");
        return;
    }
    let options = ModelOptions {
        providers: vec![Provider::Cuda, Provider::Cpu],
        ..ModelOptions::default()
    };
    let (_folder, path) = common::saved(&fixtures::mlp(64, 256, 8));
    let model = engine::CachedModel::load(&runtime, &path, &options).unwrap();
    let report = &model.loaded().provider;
    assert!(
        report
            .placements
            .iter()
            .any(|placement| placement.provider == "cuda"),
        "{report:?}"
    );
}
