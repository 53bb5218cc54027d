//! Sweeps: which points there are, which nothing beats, and going on after a stop.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::time::Duration;

use common::{runtime_or_skip, saved};
use engine::benchmark::percentiles;
use engine::sweep::{
    self, FrontBy, PointMeasure, PointRequest, PointSettings, SweepGrid, SweepPoint, SweepReport,
    SweepRequest, front,
};
use engine::{
    CachedModel, CancelToken, EngineError, Optimisation, Provider, ProviderReport, fingerprint,
};
use onnx::fixtures;

fn grid() -> SweepGrid {
    SweepGrid {
        batches: vec![1, 8],
        threads: vec![1, 2],
        providers: vec![vec![Provider::Cpu]],
        optimisations: vec![Optimisation::All],
        io_bindings: vec![false, true],
    }
}

fn request(grid: SweepGrid) -> SweepRequest {
    SweepRequest {
        model: "m".to_owned(),
        digest: "00".to_owned(),
        grid,
        seed: 7,
        duration: Duration::from_millis(20),
        samples_max: 100_000,
        fingerprint: fingerprint::collect(Some("1.30.0")),
        started_at_ms: 1_700_000_000_000,
    }
}

/// As many samples as given, all of that latency.
fn measured(rows_per_s: f64, latency_ms: f64, samples: usize) -> PointMeasure {
    PointMeasure {
        runs_per_s: rows_per_s,
        rows_per_s,
        mean_ms: latency_ms,
        percentiles: percentiles(&vec![latency_ms; samples]),
        samples: samples as u64,
        load_ms: 1.0,
        provider: ProviderReport {
            requested: vec!["cpu".to_owned()],
            placements: Vec::new(),
            fell_back_to_cpu: false,
        },
    }
}

fn point(batch: u32, measured: Option<PointMeasure>) -> SweepPoint {
    let settings = PointSettings {
        batch,
        ..grid().points().unwrap()[0].clone()
    };
    let failed = measured.is_none().then(|| "no".to_owned());
    SweepPoint {
        settings,
        measured,
        failed,
    }
}

#[test]
fn the_front_is_what_nothing_beats() {
    let points = vec![
        point(1, Some(measured(100.0, 1.0, 2_000))),
        point(2, Some(measured(90.0, 1.5, 2_000))), // beaten by the first on both
        point(3, Some(measured(300.0, 2.0, 2_000))),
        point(4, Some(measured(300.0, 2.5, 2_000))), // as many rows, later
        point(5, Some(measured(200.0, 2.0, 2_000))), // as late, fewer rows
        point(6, Some(measured(900.0, 0.5, 100))),   // best of all, but with no p99 to show for it
        point(7, None),
    ];
    assert_eq!(front(&points, FrontBy::P99), [0, 2]);
    assert_eq!(front(&points, FrontBy::P50), [5]);
    assert_eq!(front(&points[..5], FrontBy::P50), [0, 2]);
    assert!(front(&[], FrontBy::P99).is_empty());
    // By definition: no point of the front is beaten, and every other is.
    let by = |at: usize| {
        let measured = points[at].measured.as_ref()?;
        Some((measured.rows_per_s, measured.upper_ms("p99")?))
    };
    let beats = |a: (f64, f64), b: (f64, f64)| a.0 >= b.0 && a.1 <= b.1 && a != b;
    for at in 0..points.len() {
        let Some(here) = by(at) else { continue };
        let beaten = (0..points.len())
            .filter_map(by)
            .any(|other| beats(other, here));
        assert_eq!(
            beaten,
            !front(&points, FrontBy::P99).contains(&(at as u32)),
            "{at}"
        );
    }
}

#[test]
fn a_grid_is_every_combination_once() {
    let points = grid().points().unwrap();
    assert_eq!(points.len(), 8);
    let twice = SweepGrid {
        batches: vec![1, 8, 1],
        ..grid()
    };
    assert_eq!(twice.points().unwrap(), points);
    for (wrong, field) in [
        (
            SweepGrid {
                batches: vec![],
                ..grid()
            },
            "batches",
        ),
        (
            SweepGrid {
                batches: vec![4, 0],
                ..grid()
            },
            "batches",
        ),
        (
            SweepGrid {
                providers: vec![vec![]],
                ..grid()
            },
            "providers",
        ),
        (
            SweepGrid {
                batches: (1..2_000).collect(),
                ..grid()
            },
            "grid",
        ),
    ] {
        let error = wrong.points().unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("input '{field}'")),
            "{error}"
        );
    }
}

fn swept(
    request: &SweepRequest,
    kept: &Path,
    measure: &mut dyn FnMut(&PointSettings) -> Result<PointMeasure, EngineError>,
) -> Result<SweepReport, EngineError> {
    sweep::sweep(request, kept, measure, &mut |_| {}, &CancelToken::default())
}

#[test]
fn a_stopped_sweep_goes_on_where_it_stood() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("sweeps/one.json");
    let request = request(grid());
    let mut calls = 0;
    let stopped = swept(&request, &kept, &mut |_| {
        calls += 1;
        match calls {
            3 => Err(EngineError::Run {
                reason: "no kernel".to_owned(),
            }),
            4 => Err(EngineError::Cancelled),
            _ => Ok(measured(10.0, 1.0, 1_000)),
        }
    });
    assert!(matches!(stopped, Err(EngineError::Cancelled)));
    let before = sweep::resume(&request, &kept).unwrap();
    assert_eq!(
        (before.points.len(), before.asked, before.resumed),
        (3, 8, 3)
    );
    assert!(
        before.points[2]
            .failed
            .as_ref()
            .unwrap()
            .contains("no kernel")
    );
    let mut again = 0;
    let report = swept(&request, &kept, &mut |_| {
        again += 1;
        Ok(measured(20.0, 2.0, 1_000))
    })
    .unwrap();
    assert_eq!((again, report.points.len(), report.resumed), (5, 8, 3));
    let settings: Vec<_> = report
        .points
        .iter()
        .map(|point| point.settings.clone())
        .collect();
    assert_eq!(
        settings,
        grid().points().unwrap(),
        "in the order of the grid"
    );
    // A wider grid takes over what is there; another model's sweep does not.
    let wider = SweepRequest {
        grid: SweepGrid {
            batches: vec![1, 8, 64],
            ..grid()
        },
        ..request.clone()
    };
    assert_eq!(sweep::resume(&wider, &kept).unwrap().points.len(), 8);
    let other = SweepRequest {
        digest: "11".to_owned(),
        ..request.clone()
    };
    let refused = swept(&other, &kept, &mut |_| Ok(measured(1.0, 1.0, 1))).unwrap_err();
    assert!(refused.to_string().contains("another model"), "{refused}");
    std::fs::write(&kept, "{\"version\":1").unwrap();
    let refused = swept(&request, &kept, &mut |_| Ok(measured(1.0, 1.0, 1))).unwrap_err();
    assert!(refused.to_string().contains("delete the file"), "{refused}");
}

#[test]
fn points_are_measured_on_the_real_runtime() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (folder, path) = saved(&fixtures::mlp(6, 16, 3));
    let request = request(grid());
    let report = swept(
        &request,
        &folder.path().join("sweep.json"),
        &mut |settings| {
            let model = CachedModel::load(&runtime, &path, &settings.options())?;
            let point = PointRequest {
                path: path.clone(),
                settings: settings.clone(),
                seed: request.seed,
                duration: request.duration,
                samples_max: request.samples_max,
            };
            sweep::measure(&model, &point, &CancelToken::default())
        },
    )
    .unwrap();
    assert_eq!(report.points.len(), 8);
    for point in &report.points {
        let measured = point.measured.as_ref().unwrap();
        assert!(measured.samples > 0 && measured.runs_per_s > 0.0);
        let rows = measured.runs_per_s * f64::from(point.settings.batch);
        assert!((measured.rows_per_s - rows).abs() < 1e-9 * rows);
        assert!(
            measured.upper_ms("p50").is_some(),
            "{} samples",
            measured.samples
        );
        assert!(
            measured
                .percentiles
                .iter()
                .all(|p| p.refused.is_some() || p.high_ms >= p.value_ms)
        );
    }
    assert!(!report.front_p50.is_empty());
    // A fixed first dim is not another batch.
    let (_other, fixed) = saved(&fixtures::slow(1));
    let settings = report.points[7].settings.clone();
    let model = CachedModel::load(&runtime, &fixed, &settings.options()).unwrap();
    let point = PointRequest {
        path: fixed.clone(),
        settings,
        seed: 7,
        duration: Duration::from_millis(5),
        samples_max: 10,
    };
    let refused = sweep::measure(&model, &point, &CancelToken::default()).unwrap_err();
    assert!(refused.to_string().contains("takes 512 rows"), "{refused}");
}
