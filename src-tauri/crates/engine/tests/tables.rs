//! Tables that NumPy, pandas and pyarrow wrote, read; and what we write, read back. See `data/make_tables.py`.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use engine::data::{self, Columns, Table, write};
use engine::tensor::{Data, ElementType, Tensor};
use half::{bf16, f16};

fn table(file: &str) -> Table {
    data::open(&path(file)).unwrap()
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/tables")
        .join(file)
}

/// All rows, and the length of each batch.
fn read(table: &Table, rows_max: usize) -> (Columns, Vec<usize>) {
    let mut lengths = Vec::new();
    let mut whole: Option<Columns> = None;
    for batch in table.batches(rows_max).unwrap() {
        let batch = batch.unwrap();
        lengths.push(batch.rows);
        match &mut whole {
            None => whole = Some(batch),
            Some(whole) => data::rows::append(whole, batch).unwrap(),
        }
    }
    (whole.unwrap_or_default(), lengths)
}

fn error(table: &Table) -> String {
    table
        .batches(100)
        .and_then(|mut batches| batches.next().unwrap())
        .unwrap_err()
        .to_string()
}

fn floats(columns: &Columns, name: &str) -> Vec<f64> {
    columns.get(name).unwrap().to_f64().unwrap()
}

/// The frame of the script, whatever file it lies in; NaN compares as 99.
fn is_the_frame(columns: &Columns) {
    let ret: Vec<f64> = floats(columns, "ret")
        .into_iter()
        .map(|v| if v.is_nan() { 99.0 } else { v })
        .collect();
    assert_eq!(
        ret,
        [
            -0.5, -0.375, -0.25, 99.0, 0.0, 0.125, 0.25, 0.375, 0.5, 0.625
        ]
    );
    assert_eq!(
        columns.get("volume").unwrap().data(),
        &Data::Int64((0..10).map(|at| at * 100).collect())
    );
    assert_eq!(
        floats(columns, "price"),
        (0..10).map(|at| f64::from(at) / 4.0).collect::<Vec<_>>()
    );
    assert_eq!(
        columns.get("up").unwrap().data(),
        &Data::Bool((0..10).map(|at| at % 2 == 0).collect())
    );
    let side = |at| if at % 2 == 0 { "buy" } else { "sell" };
    assert_eq!(
        columns.get("side").unwrap().data(),
        &Data::String((0..10).map(|at| side(at).to_owned()).collect())
    );
}

#[test]
fn pandas_csv_and_parquet_are_the_same_frame() {
    for file in ["pandas.csv", "pandas.parquet"] {
        let table = table(file);
        assert_eq!(
            (table.rows(), table.columns().len()),
            (Some(10), 7),
            "{file}"
        );
        // Row groups of four rows; batches of three cross them.
        let (columns, lengths) = read(&table, 3);
        assert_eq!(lengths, [3, 3, 3, 1], "{file}");
        is_the_frame(&columns);
    }
    let parquet = table("pandas.parquet");
    let kinds: Vec<ElementType> = parquet
        .columns()
        .iter()
        .map(|column| column.element)
        .collect();
    use ElementType::{Bool, Float32, Float64, Int8, Int64, String, Uint32};
    assert_eq!(kinds, [Float64, Int64, Float32, Int8, Uint32, Bool, String]);
    assert!(
        parquet.notes()[0].contains("index"),
        "{:?}",
        parquet.notes()
    );
}

#[test]
fn lists_halves_decimals_and_times_of_arrow() {
    let table = table("arrow.parquet").without(&["gap", "ragged"]);
    let (columns, _) = read(&table, 7);
    let vector = columns.get("vector").unwrap();
    assert_eq!(
        (vector.shape(), vector.element_type()),
        (&[10, 3][..], ElementType::Float32)
    );
    assert_eq!(vector.to_f64().unwrap()[27..], [9.0, 9.5, 9.25]);
    assert_eq!(
        columns.get("half").unwrap().data(),
        &Data::Float16((0..10).map(|at| f16::from_f32(at as f32 / 2.0)).collect())
    );
    assert_eq!(floats(&columns, "decimal")[9], 9.25);
    assert_eq!(
        columns.get("when").unwrap().data(),
        &Data::Int64((0..10).map(|at| at * 1_000_000).collect())
    );
    let missing = floats(&columns, "missing");
    assert!(missing[1].is_nan() && missing[2] == 2.0 && missing[9].is_nan());
}

#[test]
fn nulls_and_ragged_lists_are_named_with_row_and_column() {
    let table = table("arrow.parquet");
    let gap = error(&table.only(&["gap"]).unwrap());
    assert!(
        gap.ends_with(
            "row 7, column 'gap': there is no value, and INT64 has none that means missing"
        ),
        "{gap}"
    );
    let ragged = error(&table.only(&["ragged"]).unwrap());
    assert!(
        ragged.contains("row 6, column 'ragged': its list has 2 elements, others have 3"),
        "{ragged}"
    );
}

#[test]
fn arrays_of_numpy_in_every_order_and_type() {
    let (columns, lengths) = read(&table("matrix.npy"), 4);
    assert_eq!(
        (lengths, columns.columns[0].0.as_str()),
        (vec![4, 4, 2], "matrix")
    );
    let matrix: Vec<f64> = (0..30).map(|at| f64::from(at) / 4.0).collect();
    assert_eq!(
        (floats(&columns, "matrix"), columns.columns[0].1.shape()),
        (matrix.clone(), &[10, 3][..])
    );
    let fortran = table("fortran.npy");
    let expected: Vec<f64> = (0..24).map(f64::from).collect();
    assert_eq!(floats(&read(&fortran, 3).0, "fortran"), expected);
    assert_eq!(fortran.arrays().unwrap()[0].1.to_f64().unwrap(), expected);
    for file in ["stored.npz", "packed.npz"] {
        let table = table(file).without(&["alone"]);
        let (columns, lengths) = read(&table, 6);
        assert_eq!(lengths, [6, 4], "{file}");
        assert_eq!(floats(&columns, "x"), matrix);
        assert_eq!(floats(&columns, "turned"), matrix);
        assert_eq!(
            columns.get("big").unwrap().data(),
            &Data::Int16((0..10).collect())
        );
        assert_eq!(floats(&columns, "half")[9], 4.5);
        let Data::String(side) = columns.get("side").unwrap().data() else {
            panic!()
        };
        assert_eq!(side[..2], ["buy", "sell"]);
        let Data::String(bytes) = columns.get("bytes").unwrap().data() else {
            panic!()
        };
        assert_eq!(bytes[..2], ["ab", "c"]);
    }
    let packed = table("packed.npz");
    assert_eq!(packed.rows(), None);
    assert!(
        error(&packed).contains("do not have the same number of rows"),
        "{}",
        error(&packed)
    );
    let alone = &packed.arrays().unwrap()[7];
    assert_eq!((alone.0.as_str(), alone.1.shape()), ("alone", &[][..]));
}

#[test]
fn what_is_no_table_is_refused_in_words() {
    let said = |file: &str| data::open(&path(file)).unwrap_err().to_string();
    assert!(said("objects.npy").contains("never unpickled"));
    assert!(said("../make.py").contains("tables are read from .csv"));
    let folder = tempfile::tempdir().unwrap();
    let cut = |name: &str, file: &str, keep: usize| {
        let path = folder.path().join(name);
        std::fs::write(&path, &std::fs::read(self::path(file)).unwrap()[..keep]).unwrap();
        data::open(&path).unwrap_err().to_string()
    };
    assert!(cut("a.npy", "matrix.npy", 200).contains("cut off"));
    assert!(cut("a.npz", "stored.npz", 400).contains("no readable NPZ"));
    assert!(cut("a.parquet", "pandas.parquet", 400).contains("no readable Parquet"));
}

fn every_type() -> Columns {
    let column = |name: &str, data| (name.to_owned(), Tensor::new(vec![2], data).unwrap());
    let wide = Tensor::new(
        vec![2, 3],
        Data::Float32(vec![
            0.1,
            f32::NAN,
            f32::INFINITY,
            -0.0,
            1e-30,
            16_777_216.0,
        ]),
    );
    Columns::new(vec![
        column("bool", Data::Bool(vec![true, false])),
        column("i8", Data::Int8(vec![-128, 127])),
        column("i16", Data::Int16(vec![-3, 4])),
        column("i32", Data::Int32(vec![i32::MIN, 4])),
        column("i64", Data::Int64(vec![i64::MIN, i64::MAX])),
        column("u8", Data::Uint8(vec![0, 255])),
        column("u16", Data::Uint16(vec![0, u16::MAX])),
        column("u32", Data::Uint32(vec![0, u32::MAX])),
        column("u64", Data::Uint64(vec![0, u64::MAX])),
        column("f16", Data::Float16(vec![f16::from_f32(0.5), f16::MAX])),
        column(
            "bf16",
            Data::BFloat16(vec![bf16::from_f32(0.5), bf16::from_f32(-3.0)]),
        ),
        column("f64", Data::Float64(vec![0.1, -1e300])),
        column(
            "text",
            Data::String(vec!["a, \"b\"\nü".into(), String::new()]),
        ),
        ("wide".to_owned(), wide.unwrap()),
    ])
    .unwrap()
}

#[test]
fn what_is_written_reads_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["out.parquet", "out.npz"] {
        let path = folder.path().join(file);
        let mut writer = write::create(&path).unwrap();
        writer.write(&every_type().slice(0, 1)).unwrap();
        writer.write(&every_type().slice(1, 2)).unwrap();
        writer.finish().unwrap();
        let (back, _) = read(&data::open(&path).unwrap(), 10);
        for ((name, wrote), (also, found)) in every_type().columns.iter().zip(&back.columns) {
            assert_eq!((name, wrote.shape()), (also, found.shape()), "{file}");
            // BF16 is written as the float32 of the same value. `{:?}` tells NaN and -0 apart from others.
            if name == "bf16" {
                assert_eq!(
                    (found.element_type(), wrote.to_f64()),
                    (ElementType::Float32, found.to_f64())
                );
            } else {
                assert_eq!(
                    format!("{:?}", wrote.data()),
                    format!("{:?}", found.data()),
                    "{file} {name}"
                );
            }
        }
    }
}

#[test]
fn a_csv_that_is_written_reads_back_to_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    write::save(&path, &every_type().columns).unwrap();
    let table = data::open(&path).unwrap();
    let names: Vec<&str> = table
        .columns()
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(names[13..], ["wide[0]", "wide[1]", "wide[2]"]);
    let (back, _) = read(&table, 10);
    assert_eq!(floats(&back, "f64"), [0.1, -1e300]);
    assert_eq!(
        floats(&back, "wide[0]")
            .iter()
            .map(|v| *v as f32)
            .collect::<Vec<_>>(),
        [0.1, -0.0]
    );
    assert!(floats(&back, "wide[1]")[0].is_nan());
    assert_eq!(floats(&back, "wide[2]")[0], f64::INFINITY);
    let Data::String(text) = back.get("text").unwrap().data() else {
        panic!()
    };
    assert_eq!(text[0], "a, \"b\"\nü");
}

#[test]
fn what_is_no_column_is_refused_in_tables_and_kept_in_arrays() {
    let folder = tempfile::tempdir().unwrap();
    let loss = vec![(
        "loss".to_owned(),
        Tensor::new(Vec::new(), Data::Float32(vec![0.25])).unwrap(),
    )];
    for file in ["a.csv", "a.parquet"] {
        let path = folder.path().join(file);
        let said = write::save(&path, &loss).unwrap_err().to_string();
        assert!(
            said.contains("output 'loss' has the shape [] and is no column"),
            "{said}"
        );
        assert!(!path.exists(), "nothing half written stays");
    }
    let path = folder.path().join("a.npz");
    write::save(&path, &loss).unwrap();
    assert_eq!(data::open(&path).unwrap().arrays().unwrap(), loss);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
