//! Rows followed through ensembles give what ONNX Runtime gives: to the bit where it adds, within a step where it takes
//! exponentials.

#![allow(clippy::unwrap_used)]

mod common;

use common::{runtime_or_skip, saved};
use engine::trees::{FollowRowRequest, FollowedRow, RowSource, cover, follow_row};
use engine::{CancelToken, Runtime};
use onnx::fixtures::{Forest, forest};
use onnx::trees::find;

const CLASSIFIER: &str = "TreeEnsembleClassifier";

/// Values of a grid of tenths, so that thresholds are met exactly; every fourth row misses values.
fn text(features: u32, rows: u32) -> String {
    let cell = |row: u32, column: u32| match (row * 31 + column * 17) % 41 {
        _ if row % 4 == 3 && column.is_multiple_of(2) => "nan".to_owned(),
        at if row % 5 == 4 => (at % 5).to_string(),
        at => format!("{:.1}", f64::from(at) / 10.0 - 2.0),
    };
    let row = |row| {
        let cells: Vec<String> = (0..features).map(|column| cell(row, column)).collect();
        cells.join(",")
    };
    (0..rows).map(row).collect::<Vec<String>>().join("\n")
}

fn followed(runtime: &Runtime, grown: &Forest) -> Vec<FollowedRow> {
    let model = forest(grown);
    let (_folder, path) = saved(&model);
    let request = |row| FollowRowRequest {
        place: find(&model).remove(0),
        rows: RowSource::Text {
            text: text(grown.features, 8),
        },
        row,
    };
    let follow = |row| follow_row(runtime, &path, &request(row), &CancelToken::default());
    [0, 3, 4]
        .into_iter()
        .map(|row| follow(row).unwrap_or_else(|error| panic!("{grown:?}: {error}")))
        .collect()
}

fn check(runtime: &Runtime, grown: &Forest, ulps_max: u64) {
    for (at, row) in followed(runtime, grown).iter().enumerate() {
        assert!(
            row.ulps_max <= ulps_max && row.path.label == row.runtime_label,
            "{grown:?}\nrow {at}: {:?} {:?} by us, {:?} {:?} by the runtime",
            row.path.outputs,
            row.path.label,
            row.runtime_outputs,
            row.runtime_label
        );
    }
}

/// Steps that the runtime's float32 exponentials may be away.
fn tolerance(post_transform: &str) -> u64 {
    u64::from(post_transform != "NONE")
}

#[test]
fn regressors_of_every_kind() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let mut seed = 0;
    for op in ["TreeEnsembleRegressor", "TreeEnsemble"] {
        for aggregate in ["SUM", "AVERAGE", "MIN", "MAX"] {
            for post_transform in ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"] {
                for targets in [1, 3] {
                    seed += 1;
                    let grown = Forest {
                        op,
                        aggregate,
                        post_transform,
                        targets,
                        seed,
                        base_values: if op == "TreeEnsemble" || seed % 2 == 0 {
                            0
                        } else {
                            targets
                        },
                        positive: post_transform == "PROBIT",
                        modes: if seed % 3 == 0 {
                            vec![0]
                        } else {
                            vec![0, 1, 2, 3, 4, 5]
                        },
                        missing: seed % 2 == 0,
                        double: seed % 5 == 0,
                        ..Forest::default()
                    };
                    check(&runtime, &grown, tolerance(post_transform));
                }
            }
        }
    }
}

#[test]
fn classifiers_of_every_kind() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let mut seed = 100;
    for post_transform in ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"] {
        for (targets, only_class) in [(2, Some(0)), (2, Some(1)), (2, None), (3, None)] {
            for positive in [false, true] {
                for based in [false, true] {
                    seed += 1;
                    let grown = Forest {
                        op: CLASSIFIER,
                        post_transform,
                        targets,
                        only_class,
                        positive,
                        base_values: if based { targets } else { 0 },
                        double: seed % 5 == 0,
                        missing: seed % 3 == 0,
                        seed,
                        ..Forest::default()
                    };
                    check(&runtime, &grown, tolerance(post_transform));
                }
            }
        }
    }
}

#[test]
fn membership_and_large_ensembles() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let members = Forest {
        op: "TreeEnsemble",
        modes: vec![0, 6],
        targets: 2,
        missing: true,
        ..Forest::default()
    };
    check(&runtime, &members, 0);
    let equal = Forest {
        modes: vec![4],
        ..Forest::default()
    };
    check(&runtime, &equal, 0);
    // Enough trees for the order of the sum to show in its last bits.
    for seed in [1, 2, 3] {
        let large = Forest {
            trees: 400,
            depth: 7,
            features: 20,
            base_values: 1,
            seed,
            ..Forest::default()
        };
        check(&runtime, &large, 0);
    }
}

/// Models as the converters of scikit-learn, LightGBM and XGBoost write them: `tests/data/trees/make.py`.
#[test]
fn what_people_train() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let mut checked = 0;
    for entry in std::fs::read_dir(common::data().join("trees")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "onnx") {
            continue;
        }
        let model = onnx::open(&path).unwrap();
        let place = find(model.proto()).remove(0);
        for (row, rows) in [
            (5, RowSource::Generated { seed: 3 }),
            (
                1,
                RowSource::Text {
                    text: "0.1 0.2 0.3 0.4 0.5 3\n-1 nan 0.5 2 0 1".to_owned(),
                },
            ),
        ] {
            let request = FollowRowRequest {
                place: place.clone(),
                rows,
                row,
            };
            let row = follow_row(&runtime, &path, &request, &CancelToken::default())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(row.equal, "{}: {row:?}", path.display());
            assert_eq!(row.features.len(), 6);
        }
        checked += 1;
    }
    assert_eq!(checked, 10);
}

#[test]
fn the_rows_of_a_file_are_counted_where_they_go() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    // A scaler stands before these trees: rows are counted as they reach them.
    let path = common::data().join("trees/random_forest_regressor.onnx");
    let model = onnx::open(&path).unwrap();
    let place = find(model.proto()).remove(0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    let row = |at: i32| {
        let cells: Vec<String> = (0..6)
            .map(|c| format!("{}", f64::from(at * (c + 3) % 37) / 9.0 - 2.0))
            .collect();
        cells.join(",")
    };
    let rows: Vec<String> = (0..5000).map(row).collect();
    std::fs::write(&file, format!("a,b,c,d,e,f\n{}\n", rows.join("\n"))).unwrap();
    let mut told = Vec::new();
    let cancel = CancelToken::default();
    let counted = cover(
        &runtime,
        &path,
        &place,
        &file,
        &mut |rows| told.push(rows),
        &cancel,
    )
    .unwrap();
    assert_eq!((counted.rows, told.as_slice()), (5000, &[4096, 5000][..]));
    let ensemble = onnx::trees::Ensemble::read(model.proto(), &place).unwrap();
    for tree in &ensemble.trees {
        assert_eq!(counted.visits[tree.root as usize], 5000);
    }
    // The same row as the file's third, followed alone.
    let request = FollowRowRequest {
        place: place.clone(),
        rows: RowSource::Text {
            text: rows[..3].join("\n"),
        },
        row: 2,
    };
    let followed = follow_row(&runtime, &path, &request, &cancel).unwrap();
    for tree in followed.path.trees {
        assert!(counted.visits[tree.leaf as usize] > 0);
    }
    let passes: u64 = counted.features.iter().map(|feature| feature.passes).sum();
    let splits: u64 = ensemble
        .nodes
        .iter()
        .zip(&counted.visits)
        .filter(|(node, _)| matches!(node.kind, onnx::trees::NodeKind::Split(_)))
        .map(|(_, visits)| *visits)
        .sum();
    assert_eq!(passes, splits);
    cancel.cancel();
    assert!(cover(&runtime, &path, &place, &file, &mut |_| {}, &cancel).is_err());
}
