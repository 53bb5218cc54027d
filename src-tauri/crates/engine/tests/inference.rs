//! A model over rows: from files, seeds and texts; what is kept of it and what is said of it.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};

use engine::inference::{self, InferenceReport, InferenceRequest, RowSource, page};
use engine::inputs::{Distribution, GeneratedInputs, index_limits, signature_of};
use engine::tensor::{Data, Tensor};
use engine::{CachedModel, CancelToken, EngineError, ModelOptions, data};

use common::{data as folder, loaded, runtime_or_skip, saved};

fn run(
    model: &CachedModel,
    source: RowSource,
    batch_rows: u64,
    keep: &Path,
) -> Result<InferenceReport, EngineError> {
    let request = InferenceRequest {
        source,
        rows_max: None,
        batch_rows,
        keep: keep.join("kept.npz"),
    };
    inference::run(model, &request, &mut |_| (), &CancelToken::default())
}

/// The five rows of the example as a CSV with a column that the model does not take.
fn csv(folder: &Path) -> PathBuf {
    let text = std::fs::read_to_string(self::folder().join("example.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut csv = "ret_1,ret_5,vol_10,rsi_14,symbol\n".to_owned();
    for row in json["dataframe_split"]["data"].as_array().unwrap() {
        let cells: Vec<String> = row
            .as_array()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        csv += &format!("{},EURUSD\n", cells.join(","));
    }
    let path = folder.join("rows.csv");
    std::fs::write(&path, csv).unwrap();
    path
}

#[test]
fn a_file_in_runs_of_two_rows_gives_what_python_gives_for_all_at_once() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let temp = tempfile::tempdir().unwrap();
    for file in ["logreg", "named", "gboost"] {
        let model = loaded(&runtime, &format!("{file}.onnx"));
        let report = run(&model, RowSource::File(csv(temp.path())), 2, temp.path()).unwrap();
        assert_eq!(
            (report.rows, report.runs, report.source.as_str()),
            (5, 3, "rows.csv")
        );
        assert!(
            report
                .notes
                .iter()
                .any(|note| note.starts_with("ret_1: FP64 to FP32, exact")),
            "{:?}",
            report.notes
        );
        let text = std::fs::read_to_string(folder().join(format!("{file}.json"))).unwrap();
        let expected = engine::golden::parse(&text).unwrap();
        let kept = data::open(&temp.path().join("kept.npz"))
            .unwrap()
            .arrays()
            .unwrap();
        for result in engine::golden::check(&expected, &kept, 0.0, 1e-6) {
            assert!(result.within(), "{file}: {result:?}");
        }
    }
}

#[test]
fn class_scores_are_one_output_with_a_column_for_each_class() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let temp = tempfile::tempdir().unwrap();
    let model = loaded(&runtime, "named.onnx");
    let text = std::fs::read_to_string(folder().join("example.json")).unwrap();
    let source = RowSource::Text {
        text,
        label: "example".to_owned(),
    };
    let report = run(&model, source, 1024, temp.path()).unwrap();
    let [labels, scores] = report.outputs.as_slice() else {
        panic!("{:?}", report.outputs)
    };
    assert!(
        labels.is_text
            && labels
                .summary
                .classes
                .iter()
                .map(|class| class.count)
                .sum::<u64>()
                == 5
    );
    assert_eq!(
        (scores.columns.as_slice(), scores.shape.as_slice()),
        (&["bear", "bull", "flat"].map(String::from)[..], &[5, 3][..])
    );
    assert_eq!(scores.datatype, "class scores");
    let kept = temp.path().join("kept.npz");
    let cells = page(&kept, scores, 1..3, 0..3).unwrap();
    assert_eq!(
        (cells.first_row, cells.rows.len(), cells.rows[0].len()),
        (1, 2, 3)
    );
    let row: f32 = cells.rows[0]
        .iter()
        .map(|cell| cell.parse::<f32>().unwrap())
        .sum();
    assert!(
        (row - 1.0).abs() < 1e-6,
        "scores of a row add up to one: {cells:?}"
    );
    assert_eq!(
        page(&kept, scores, 4..99, 1..2).unwrap().rows,
        [[cell_of(&kept, "output_probability.bull", 4)]]
    );
}

fn cell_of(kept: &Path, array: &str, row: usize) -> String {
    let arrays = data::open(kept).unwrap().arrays().unwrap();
    let tensor = &arrays.iter().find(|(name, _)| name == array).unwrap().1;
    let Data::Float32(items) = tensor.data() else {
        panic!()
    };
    format!("{:?}", items[row])
}

/// An identity over what is given, so that the figures are those of the input.
fn identity() -> onnx::proto::ModelProto {
    use onnx::write::{Dim, model, node, value};
    let float = onnx::proto::tensor_proto::DataType::Float;
    let dims = [Dim::Named("N"), Dim::Fixed(2)];
    let graph = onnx::proto::GraphProto {
        name: Some("identity".to_owned()),
        node: vec![node("Identity", &["x"], &["y"])],
        input: vec![value("x", float, &dims)],
        output: vec![value("y", float, &dims)],
        ..onnx::proto::GraphProto::default()
    };
    model(graph, 17)
}

#[test]
fn the_figures_of_an_output_are_those_of_numpy() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&identity());
    let temp = tempfile::tempdir().unwrap();
    let model = CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap();
    let values: Vec<f32> = (0..1_500)
        .map(|at| match at {
            7 => f32::NAN,
            8 => f32::INFINITY,
            9 => 0.0,
            at => ((at * 37 % 101) as f32 - 50.0) / 8.0,
        })
        .collect();
    let input = vec![(
        "x".to_owned(),
        Tensor::new(vec![750, 2], Data::Float32(values)).unwrap(),
    )];
    let file = temp.path().join("x.npz");
    data::write::save(&file, &input).unwrap();
    let report = run(&model, RowSource::File(file), 100, temp.path()).unwrap();
    let found = &report.outputs[0].summary;
    // numpy 1.26.4: x = ((numpy.arange(1500) * 37 % 101) - 50) / 8; x[7:10] = nan, inf, 0; f = x[isfinite(x)];
    // f.min(), f.max(), f.mean(), f.std(), (f == 0).sum(), numpy.histogram(f, 60)[0][:4]
    assert_eq!(
        (found.count, found.nan_count, found.inf_count),
        (1_500, 1, 1)
    );
    assert_eq!(
        (found.min, found.max, found.zero_count),
        (Some(-6.25), Some(6.25), 16)
    );
    assert!(
        (found.mean.unwrap() - -0.007_760_347_129_506_008).abs() < 1e-13,
        "{:?}",
        found.mean
    );
    assert!(
        (found.std.unwrap() - 3.645_002_056_785_204_4).abs() < 1e-13,
        "{:?}",
        found.std
    );
    let histogram = found.histogram.as_ref().unwrap();
    assert_eq!(
        (
            histogram.counts[..4].to_vec(),
            histogram.counts.iter().sum::<u64>()
        ),
        (vec![30, 30, 15, 30], 1_498)
    );
    // 750 rows in 375 points of two.
    assert_eq!(
        (
            found.series.len(),
            found.series_rows,
            found.series[0].low.len()
        ),
        (2, 2, 375)
    );
    assert_eq!(found.series[1].label, "[1]");
    // Rows 2 and 3 of the second column hold 4.25 and NaN; rows 4 and 5 of the first infinity and 2.125.
    let points = [(&found.series[1], 1, 4.25), (&found.series[0], 2, 2.125)];
    for (series, point, value) in points {
        assert_eq!(
            (series.low[point], series.high[point]),
            (Some(value), Some(value))
        );
    }
}

/// `y = table[index]`, the index through a cast.
fn embedding() -> onnx::proto::ModelProto {
    use onnx::proto::tensor_proto::DataType::{Float, Int32};
    use onnx::write::{Dim, attribute_i, model, node, tensor_f32, value};
    let mut cast = node("Cast", &["index"], &["at"]);
    cast.attribute = vec![attribute_i("to", 7)];
    let nodes = vec![cast, node("Gather", &["table", "at"], &["y"])];
    let rows = Dim::Named("N");
    let graph = onnx::proto::GraphProto {
        name: Some("embedding".to_owned()),
        node: nodes,
        initializer: vec![tensor_f32("table", &[5, 2], &[0.5; 10])],
        input: vec![value("index", Int32, &[rows])],
        output: vec![value("y", Float, &[rows, Dim::Fixed(2)])],
        ..onnx::proto::GraphProto::default()
    };
    model(graph, 17)
}

#[test]
fn made_up_indices_stay_within_the_table_that_they_pick_from() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&embedding());
    let file = onnx::open(&path).unwrap();
    let limits = index_limits(&file);
    assert_eq!(limits, [("index".to_owned(), 5)]);
    let signature = signature_of(&file);
    let model = CachedModel::load(&runtime, &path, &ModelOptions::default()).unwrap();
    assert_eq!(
        &signature,
        model.signature(),
        "the file says what the runtime says"
    );
    let usual = GeneratedInputs::usual(&signature, 5_000, 7, &limits);
    assert_eq!(
        usual.inputs[0].distribution,
        Distribution::Integers { low: 0, high: 4 }
    );
    let temp = tempfile::tempdir().unwrap();
    let report = run(
        &model,
        RowSource::Generated(usual.clone()),
        512,
        temp.path(),
    )
    .unwrap();
    assert_eq!((report.rows, report.runs), (5_000, 10));
    let mut beyond = usual;
    beyond.inputs[0].distribution = Distribution::Integers { low: 5, high: 9 };
    let error = run(&model, RowSource::Generated(beyond), 512, temp.path()).unwrap_err();
    assert!(matches!(error, EngineError::Run { .. }), "{error}");
}

#[test]
fn a_run_that_is_stopped_says_that_it_was_cancelled() {
    let Some(runtime) = runtime_or_skip() else {
        return;
    };
    let (_folder, path) = saved(&onnx::fixtures::slow(3_000));
    let model = CachedModel::load(
        &runtime,
        &path,
        &ModelOptions {
            warm_up_runs: 0,
            ..ModelOptions::default()
        },
    )
    .unwrap();
    let temp = tempfile::tempdir().unwrap();
    let usual = GeneratedInputs::usual(model.signature(), 1, 7, &[]);
    let request = InferenceRequest {
        source: RowSource::Generated(usual),
        rows_max: None,
        batch_rows: 1,
        keep: temp.path().join("kept.npz"),
    };
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(200));
        stop.cancel();
    });
    let error = inference::run(&model, &request, &mut |_| (), &cancel).unwrap_err();
    assert!(matches!(error, EngineError::Cancelled), "{error}");
    assert_eq!(
        std::fs::read_dir(temp.path()).unwrap().count(),
        0,
        "nothing half written stays"
    );
}
