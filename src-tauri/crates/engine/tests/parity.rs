//! Expected outputs in a file against what the model gives, on the real runtime.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};

use common::{runtime_or_skip, saved};
use engine::compare::stream::{CompareOptions, ModelSide, RowSource};
use engine::compare::{Agreement, ColumnMapping, ComparisonReport, Tolerance};
use engine::data::{Columns, write};
use engine::job::{Bench, CompareAgainst, CompareJob, Job, RecordJob};
use engine::tensor::{Data, Tensor};
use engine::{CachedModel, CancelToken, EngineError, ModelOptions, Optimisation, inputs};
use onnx::fixtures;

const FEATURES: usize = 4;
const CLASSES: usize = 3;
const WRONG_ROW: usize = 13_577;

fn side(path: &Path, label: &str) -> ModelSide {
    ModelSide {
        label: label.to_owned(),
        path: path.to_owned(),
        options: ModelOptions::default(),
    }
}

/// A table of `rows` rows: an id that is no feature, the features, the model's own outputs as expected ones. One
/// probability of row `WRONG_ROW` is off by 0.01.
fn table(model: &CachedModel, rows: usize, path: &Path) {
    let mut writer = write::create(path).unwrap();
    for (block, first) in (0..rows).step_by(4_096).enumerate() {
        let count = 4_096.min(rows - first);
        let inputs = inputs::generate(model.signature(), count, block as u64).unwrap();
        let x = inputs[0].1.to_f64().unwrap();
        let mut y = model.run(&inputs, None).unwrap()[0].1.to_f64().unwrap();
        if (first..first + count).contains(&WRONG_ROW) {
            y[(WRONG_ROW - first) * CLASSES + 1] += 0.01;
        }
        let ids = (first..first + count)
            .map(|row| format!("t{row}"))
            .collect();
        let column = |values: &[f64], width: usize, at: usize| {
            let values = values
                .iter()
                .skip(at)
                .step_by(width)
                .map(|value| *value as f32);
            Tensor::new(vec![count], Data::Float32(values.collect())).unwrap()
        };
        let mut columns = vec![(
            "id".to_owned(),
            Tensor::new(vec![count], Data::String(ids)).unwrap(),
        )];
        columns.extend((0..FEATURES).map(|at| (format!("f{at}"), column(&x, FEATURES, at))));
        columns.extend((0..CLASSES).map(|at| (format!("y_{at}"), column(&y, CLASSES, at))));
        writer.write(&Columns::new(columns).unwrap()).unwrap();
    }
    writer.finish().unwrap();
}

fn run(job: CompareJob) -> Result<ComparisonReport, EngineError> {
    job.run(&mut Bench::new(None), &mut |_| (), &CancelToken::default())
}

struct Desk {
    _folder: tempfile::TempDir,
    model: PathBuf,
    data: PathBuf,
}

fn desk(rows: usize, extension: &str) -> Option<Desk> {
    let runtime = runtime_or_skip()?;
    let (folder, model) = saved(&fixtures::mlp(FEATURES as i64, 16, CLASSES as i64));
    let data = folder.path().join(format!("fx.{extension}"));
    let loaded = CachedModel::load(&runtime, &model, &ModelOptions::default()).unwrap();
    table(&loaded, rows, &data);
    Some(Desk {
        _folder: folder,
        model,
        data,
    })
}

fn parity(desk: &Desk, batch_rows: usize, mapping: Vec<ColumnMapping>) -> CompareJob {
    CompareJob {
        side: side(&desk.model, "mlp"),
        against: CompareAgainst::Columns { mapping },
        source: RowSource::File {
            path: desk.data.clone(),
        },
        options: CompareOptions {
            batch_rows,
            tolerance: Tolerance {
                rtol: 1e-5,
                atol: 1e-6,
            },
            ..CompareOptions::default()
        },
    }
}

#[test]
fn one_wrong_row_of_many_is_found_and_shown() {
    let Some(desk) = desk(20_000, "parquet") else {
        return;
    };
    for batch_rows in [1_000, 4_096] {
        let found = run(parity(&desk, batch_rows, Vec::new())).unwrap();
        assert_eq!(
            (found.agreement, found.rows, found.rows_outside),
            (Agreement::Different, 20_000, 1)
        );
        let output = &found.outputs[0];
        assert_eq!(
            (output.output.as_str(), output.expected.as_str()),
            ("y", "y_0 to y_2")
        );
        assert_eq!((output.elements, output.within), (60_000, 59_999));
        let worst = output.max_abs.as_ref().unwrap();
        assert_eq!((worst.row, worst.element), (WRONG_ROW as u64, 1));
        assert!((worst.value.unwrap() - 0.01).abs() < 1e-6);
        let row = &found.worst_rows[0];
        assert_eq!(row.row, WRONG_ROW as u64);
        assert_eq!(
            (row.inputs.len(), row.inputs[2].name.as_str()),
            (FEATURES, "x[2]")
        );
        let within: Vec<bool> = row.outputs.iter().map(|cell| cell.within).collect();
        assert_eq!(within, [true, false, true]);
        assert!(output.rank_correlation.unwrap() > 0.999_999 && output.cosine.unwrap() > 0.999_999);
        assert_eq!(found.inputs, "fx.parquet");
    }
}

#[test]
fn a_mapping_says_which_columns_are_meant() {
    let Some(desk) = desk(50, "csv") else {
        return;
    };
    let mapping = |columns: [&str; 3]| {
        vec![ColumnMapping {
            output: "y".to_owned(),
            columns: columns.map(str::to_owned).to_vec(),
        }]
    };
    let right = run(parity(&desk, 16, mapping(["y_0", "y_1", "y_2"]))).unwrap();
    assert_eq!((right.agreement, right.rows), (Agreement::Equal, 50));
    let turned = run(parity(&desk, 16, mapping(["y_2", "y_1", "y_0"]))).unwrap();
    assert_eq!(turned.agreement, Agreement::Different);
    let missing = run(parity(&desk, 16, mapping(["y_0", "y_1", "y_9"]))).unwrap_err();
    assert!(missing.to_string().contains("'y_9'"), "{missing}");
}

#[test]
fn nothing_compared_is_inconclusive_and_nothing_expected_an_error() {
    let Some(desk) = desk(1, "csv") else {
        return;
    };
    std::fs::write(&desk.data, "f0,f1,f2,f3,y_0,y_1,y_2\n").unwrap();
    let empty = run(parity(&desk, 16, Vec::new())).unwrap();
    assert_eq!(
        (empty.agreement, empty.reason.as_deref()),
        (Agreement::Inconclusive, Some("there are no rows"))
    );
    std::fs::write(&desk.data, "f0,f1,f2,f3\n1,2,3,4\n").unwrap();
    let nothing = run(parity(&desk, 16, Vec::new())).unwrap_err().to_string();
    assert!(
        nothing.contains("no column holds what is expected of y"),
        "{nothing}"
    );
}

#[test]
fn two_sides_are_compared_over_rows_and_over_made_up_ones() {
    let Some(desk) = desk(300, "parquet") else {
        return;
    };
    let mut changed = fixtures::mlp(FEATURES as i64, 16, CLASSES as i64);
    if let Some(graph) = &mut changed.graph {
        let bias = onnx::write::tensor_f32("b2", &[CLASSES as i64], &[0.0; CLASSES]);
        graph.initializer.retain(|tensor| tensor.name() != "b2");
        graph.initializer.push(bias);
    }
    let (_other, other) = saved(&changed);
    let file = RowSource::File {
        path: desk.data.clone(),
    };
    let made_up = RowSource::Generated { rows: 300, seed: 7 };
    for source in [file, made_up] {
        let mut off = side(&desk.model, "mlp, not optimised");
        off.options.optimisation = Optimisation::Off;
        let job = |against: ModelSide| CompareJob {
            against: CompareAgainst::Model(against),
            source: source.clone(),
            ..parity(&desk, 128, Vec::new())
        };
        let same = run(job(off)).unwrap();
        assert_eq!((same.agreement, same.rows), (Agreement::Equal, 300));
        assert_eq!(
            same.expected.unwrap().options.optimisation,
            Optimisation::Off
        );
        let different = run(job(side(&other, "changed"))).unwrap();
        assert_eq!(different.agreement, Agreement::Different);
        assert!(different.outputs[0].argmax_disagreements.unwrap() > 0);
        assert_eq!(different.worst_rows.len(), 20);
    }
}

#[test]
fn what_another_process_recorded_is_the_other_side() {
    let Some(desk) = desk(300, "parquet") else {
        return;
    };
    let record = RecordJob {
        side: side(&desk.model, "elsewhere"),
        source: RowSource::Generated { rows: 300, seed: 7 },
        batch_rows: 128,
        folder: desk.data.parent().unwrap().to_owned(),
        name: "recorded".to_owned(),
    };
    let path = record.folder.join("recorded");
    let recorded = record
        .run(&mut Bench::new(None), &mut |_| (), &CancelToken::default())
        .unwrap();
    let job = |batch_rows, rows| CompareJob {
        against: CompareAgainst::Recorded {
            path: path.clone(),
            side: recorded.clone(),
        },
        source: RowSource::Generated { rows, seed: 7 },
        ..parity(&desk, batch_rows, Vec::new())
    };
    let found = run(job(128, 300)).unwrap();
    assert_eq!((found.agreement, found.rows), (Agreement::Equal, 300));
    assert!(found.outputs[0].max_abs.is_none(), "the very same bits");
    assert_eq!(found.expected.unwrap().label, "elsewhere");
    assert!(
        run(job(100, 300))
            .unwrap_err()
            .to_string()
            .contains("rows at a time")
    );
    assert!(
        run(job(128, 128))
            .unwrap_err()
            .to_string()
            .contains("more rows")
    );
}
