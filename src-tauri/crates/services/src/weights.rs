//! The numbers of a model's weights: how they spread, and which channels stand apart.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use engine::CancelToken;
use onnx::graph::Way;
use onnx::weights::{Piece, Weight, WeightError};
use serde::Serialize;
use specta_typescript::Number;

use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::inspection::OpenModels;

/// Columns of the histogram.
const BINS: usize = 48;
/// Numbers that one core works on at once: enough that handing them out costs nothing.
const PIECE_NUMBERS: usize = 1 << 21;
/// Outlying channels that are listed.
const OUTLIERS_LISTED: usize = 12;

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WeightReport {
    pub name: String,
    pub element_type: String,
    #[specta(type = Vec<Number>)]
    pub dims: Vec<i64>,
    #[specta(type = Number)]
    pub count: u64,
    #[specta(type = Number)]
    pub zeros: u64,
    #[specta(type = Number)]
    pub nan: u64,
    #[specta(type = Number)]
    pub infinite: u64,
    /// Of the finite numbers; none when there is none.
    pub figures: Option<WeightFigures>,
    /// Slices along the first axis; none of a weight with fewer than two axes.
    pub channels: Option<ChannelReport>,
}

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WeightFigures {
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    pub std: f64,
    /// Edges of the histogram, one more than there are counts.
    pub edges: Vec<f64>,
    #[specta(type = Vec<Number>)]
    pub counts: Vec<u64>,
}

/// Channels by their Euclidean norm.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ChannelReport {
    #[specta(type = Number)]
    pub count: u64,
    #[specta(type = Number)]
    pub outlier_count: u64,
    /// The first few.
    pub outliers: Vec<WeightChannel>,
}

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WeightChannel {
    #[specta(type = Number)]
    pub index: u64,
    /// Null when one of its numbers is not finite.
    pub norm: Option<f64>,
}

/// Reads a weight twice, in pieces: what it takes of memory does not depend on its size.
pub async fn report(
    models: Arc<OpenModels>,
    path: PathBuf,
    way: Way,
    name: String,
    cancel: CancelToken,
) -> Result<WeightReport> {
    blocking(move || {
        let model = models.open(&path)?;
        let weight = Weight::find(&model, &way, &name).map_err(|error| unreadable(&error))?;
        measured(&weight, name, &cancel)
    })
    .await
}

fn unreadable(error: &WeightError) -> ServiceError {
    ServiceError::invalid("tensor", error.to_string())
}

fn measured(weight: &Weight<'_>, name: String, cancel: &CancelToken) -> Result<WeightReport> {
    let range = range_of(weight, cancel)?;
    let fresh = (stats::Spread::over(&range, BINS), Channels::of(weight));
    let pieces = weight.pieces(PIECE_NUMBERS);
    let (spread, channels) = side_by_side(
        &pieces,
        cancel,
        |piece| {
            let (mut spread, mut channels) = fresh.clone();
            channels.begin_at(piece.first);
            weight.read_piece(piece, |numbers| {
                spread.add(numbers);
                channels.add(numbers);
                cancel.check().is_ok()
            });
            (spread, channels)
        },
        fresh.clone(),
        |(spread, channels), (more, others)| {
            spread.merge(&more);
            channels.merge(&others);
        },
    )?;
    let figures = range.mean().zip(spread.std()).map(|(mean, std)| {
        let histogram = spread.into_histogram();
        WeightFigures {
            min: range.min,
            max: range.max,
            mean,
            std,
            edges: histogram.edges,
            counts: histogram.counts,
        }
    });
    Ok(WeightReport {
        name,
        element_type: weight.element_type(),
        dims: weight.tensor.dims.clone(),
        count: range.count,
        zeros: range.zeros,
        nan: range.nan,
        infinite: range.infinite,
        figures,
        channels: channels.report(),
    })
}

fn range_of(weight: &Weight<'_>, cancel: &CancelToken) -> Result<stats::Range> {
    let pieces = weight.pieces(PIECE_NUMBERS);
    side_by_side(
        &pieces,
        cancel,
        |piece| {
            let mut range = stats::Range::default();
            weight.read_piece(piece, |numbers| {
                range.add(numbers);
                cancel.check().is_ok()
            });
            range
        },
        stats::Range::default(),
        |range, more| range.merge(&more),
    )
}

/// Works on all pieces with all cores. What they find is put together in their order, so that the figures do not depend on
/// how many cores there are, or on which was faster.
fn side_by_side<Found: Send, Whole>(
    pieces: &[Piece],
    cancel: &CancelToken,
    work: impl Fn(&Piece) -> Found + Sync,
    mut whole: Whole,
    merge: impl Fn(&mut Whole, Found),
) -> Result<Whole> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // So many at once that their findings take little memory.
    for some in pieces.chunks(cores * 16) {
        let next = AtomicUsize::new(0);
        let found: Vec<Mutex<Option<Found>>> = some.iter().map(|_| Mutex::new(None)).collect();
        std::thread::scope(|scope| {
            for _ in 0..cores.min(some.len()) {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(piece) = some.get(at) else { break };
                        let done = work(piece);
                        *found[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
                    }
                });
            }
        });
        cancel.check()?;
        for found in found {
            if let Some(found) = found.into_inner().unwrap_or_else(PoisonError::into_inner) {
                merge(&mut whole, found);
            }
        }
    }
    Ok(whole)
}

/// Sums of squares along the first axis.
#[derive(Clone)]
struct Channels {
    length: usize,
    squares: Vec<f64>,
    at: usize,
}

impl Channels {
    /// More slices than this are rows of a table, not channels.
    const COUNT_MAX: usize = 1 << 16;

    fn of(weight: &Weight<'_>) -> Self {
        let count = weight
            .tensor
            .dims
            .first()
            .map_or(0, |count| count.unsigned_abs() as usize);
        let told = weight.tensor.dims.len() > 1 && (2..=Self::COUNT_MAX).contains(&count);
        Self {
            length: if told {
                weight.count() as usize / count
            } else {
                0
            },
            squares: vec![0.0; if told { count } else { 0 }],
            at: 0,
        }
    }

    /// The place of the next number in the weight.
    fn begin_at(&mut self, first: u64) {
        self.at = first as usize;
    }

    fn merge(&mut self, other: &Self) {
        for (sum, more) in self.squares.iter_mut().zip(&other.squares) {
            *sum += more;
        }
    }

    fn add(&mut self, mut numbers: &[f64]) {
        while !numbers.is_empty() && self.length > 0 {
            let here = self.length - self.at % self.length;
            let (these, rest) = numbers.split_at(here.min(numbers.len()));
            if let Some(sum) = self.squares.get_mut(self.at / self.length) {
                *sum += squares(these);
            }
            self.at += these.len();
            numbers = rest;
        }
    }

    fn report(self) -> Option<ChannelReport> {
        if self.squares.is_empty() {
            return None;
        }
        let norms: Vec<f64> = self.squares.iter().map(|sum| sum.sqrt()).collect();
        let outliers = stats::outliers(&norms);
        let listed = outliers.iter().take(OUTLIERS_LISTED);
        Some(ChannelReport {
            count: norms.len() as u64,
            outlier_count: outliers.len() as u64,
            outliers: listed
                .map(|index| WeightChannel {
                    index: *index as u64,
                    norm: Some(norms[*index]).filter(|norm| norm.is_finite()),
                })
                .collect(),
        })
    }
}

/// Their sum, in eight chains of additions side by side.
fn squares(numbers: &[f64]) -> f64 {
    let (whole, rest) = numbers.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for numbers in whole {
        for (lane, number) in lanes.iter_mut().zip(numbers) {
            *lane += number * number;
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|number| number * number).sum::<f64>()
}

/// What the numbers of one weight say in a line.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WeightLine {
    pub name: String,
    #[specta(type = Number)]
    pub count: u64,
    #[specta(type = Number)]
    pub zeros: u64,
    #[specta(type = Number)]
    pub nan: u64,
    #[specta(type = Number)]
    pub infinite: u64,
    /// None when no number is finite.
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub mean: Option<f64>,
    pub std: Option<f64>,
    /// Channels that stand apart by their norm.
    #[specta(type = Number)]
    pub outlier_channels: u64,
    /// Why its numbers cannot be read.
    pub problem: Option<String>,
}

/// The weights of the main graph, one after another; `progress` is told the share that is done.
pub async fn survey(
    models: Arc<OpenModels>,
    path: PathBuf,
    progress: impl Fn(f64) + Send + 'static,
    cancel: CancelToken,
) -> Result<Vec<WeightLine>> {
    blocking(move || {
        let model = models.open(&path)?;
        let graph = model.proto().graph.as_ref();
        let weights = graph.map_or(&[][..], |graph| &graph.initializer);
        let numbers = |dims: &[i64]| {
            dims.iter()
                .map(|dim| dim.unsigned_abs() as f64)
                .product::<f64>()
        };
        let all: f64 = weights.iter().map(|weight| numbers(&weight.dims)).sum();
        let mut done = 0.0;
        let mut lines = Vec::with_capacity(weights.len());
        for tensor in weights {
            lines.push(line(&model, tensor.name(), &cancel)?);
            done += numbers(&tensor.dims);
            progress(done / all.max(1.0));
        }
        Ok(lines)
    })
    .await
}

fn line(model: &onnx::Model, name: &str, cancel: &CancelToken) -> Result<WeightLine> {
    let found = match Weight::find(model, &Way::default(), name) {
        Ok(weight) => measured(&weight, name.to_owned(), cancel).map(Ok)?,
        Err(problem) => Err(problem.to_string()),
    };
    let report = found.as_ref().ok();
    let figures = report.and_then(|report| report.figures.as_ref());
    let count = |of: fn(&WeightReport) -> u64| report.map_or(0, of);
    Ok(WeightLine {
        name: name.to_owned(),
        count: count(|report| report.count),
        zeros: count(|report| report.zeros),
        nan: count(|report| report.nan),
        infinite: count(|report| report.infinite),
        min: figures.map(|figures| figures.min),
        max: figures.map(|figures| figures.max),
        mean: figures.map(|figures| figures.mean),
        std: figures.map(|figures| figures.std),
        outlier_channels: report
            .and_then(|report| report.channels.as_ref())
            .map_or(0, |channels| channels.outlier_count),
        problem: found.err(),
    })
}

/// Writes a weight as a file of NumPy's, complete before it has its name.
///
/// # Errors
/// When the weight cannot be read, the file cannot be written, or it was cancelled.
pub async fn save_npy(
    models: Arc<OpenModels>,
    path: PathBuf,
    way: Way,
    name: String,
    target: PathBuf,
    cancel: CancelToken,
) -> Result<()> {
    blocking(move || {
        let model = models.open(&path)?;
        let weight = Weight::find(&model, &way, &name).map_err(|error| unreadable(&error))?;
        let failed = ServiceError::io(format!("cannot write {}", target.display()));
        let written = (|| {
            let folder = target.parent().unwrap_or(std::path::Path::new("."));
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            let mut out = std::io::BufWriter::new(&mut file);
            onnx::npy::write(&weight, &mut out, |_| cancel.check().is_ok())?;
            drop(out);
            file.persist(&target)?;
            Ok(())
        })();
        cancel.check()?;
        written.map_err(failed)
    })
    .await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use onnx::proto::tensor_proto::{DataLocation, DataType};
    use onnx::proto::{GraphProto, StringStringEntryProto, TensorProto};
    use onnx::write;

    use super::*;

    fn report_of(tensor: TensorProto) -> Result<WeightReport> {
        report_beside(tensor, &[])
    }

    /// The weight of a model that has a file `weights.bin` beside it.
    fn report_beside(tensor: TensorProto, beside: &[u8]) -> Result<WeightReport> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.onnx");
        std::fs::write(folder.path().join("weights.bin"), beside).unwrap();
        let output = write::value("y", DataType::Float, &[]);
        let graph = GraphProto {
            node: vec![write::node("Identity", &["w"], &["y"])],
            initializer: vec![tensor],
            output: vec![output],
            ..GraphProto::default()
        };
        write::save(&path, &write::model(graph, 17)).unwrap();
        let model = OpenModels::default().open(&path)?;
        let weight =
            Weight::find(&model, &Way::default(), "w").map_err(|error| unreadable(&error))?;
        measured(&weight, "w".to_owned(), &CancelToken::default())
    }

    #[test]
    fn a_weight_in_a_file_of_its_own_is_read_from_where_it_begins() {
        let entry = |key: &str, value: &str| StringStringEntryProto {
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
        };
        let tensor = TensorProto {
            name: Some("w".to_owned()),
            data_type: Some(DataType::Float.into()),
            dims: vec![2],
            data_location: Some(DataLocation::External.into()),
            external_data: vec![
                entry("location", "weights.bin"),
                entry("offset", "4"),
                entry("length", "8"),
            ],
            ..TensorProto::default()
        };
        let bytes = [9.0_f32, 1.0, -2.0, 9.0].map(f32::to_le_bytes).concat();
        let figures = report_beside(tensor.clone(), &bytes)
            .unwrap()
            .figures
            .unwrap();
        assert_eq!((figures.min, figures.max, figures.mean), (-2.0, 1.0, -0.5));
        // Cut short after it was written.
        let told = report_beside(tensor, &bytes[..8]).unwrap_err().to_string();
        assert!(told.contains("weights.bin"), "{told}");
    }

    #[test]
    fn a_channel_that_stands_apart_is_named_and_broken_numbers_are_counted() {
        let mut values: Vec<f32> = (0..20 * 8)
            .map(|i| ((i * 37) % 41) as f32 / 41.0 - 0.5)
            .collect();
        values[8 * 5..8 * 6].fill(40.0);
        (values[0], values[1], values[2]) = (f32::NAN, f32::INFINITY, 0.0);
        let found = report_of(write::tensor_f32("w", &[20, 8], &values)).unwrap();
        assert_eq!((found.count, found.nan, found.infinite), (160, 1, 1));
        let figures = found.figures.unwrap();
        assert_eq!(figures.max, 40.0);
        assert_eq!(figures.counts.iter().sum::<u64>(), 158);
        let channels = found.channels.unwrap();
        assert_eq!((channels.count, channels.outlier_count), (20, 2));
        let told: Vec<(u64, bool)> = channels
            .outliers
            .iter()
            .map(|channel| (channel.index, channel.norm.is_some()))
            .collect();
        assert_eq!(told, [(0, false), (5, true)]);
    }

    /// Numbers as protobuf packs them.
    fn packed(numbers: &[i64]) -> Vec<bytes::Bytes> {
        let mut packed = Vec::new();
        for number in numbers {
            let mut left = number.cast_unsigned();
            while left >= 0x80 {
                packed.push(left as u8 | 0x80);
                left >>= 7;
            }
            packed.push(left as u8);
        }
        vec![packed.into()]
    }

    /// Pieces are cut within channels here: 3 x 2^20 numbers in slices of 2^20, pieces of 2^21.
    #[test]
    fn a_weight_of_several_pieces_is_what_it_is_in_one() {
        let side = 1 << 20;
        let values: Vec<f32> = (0..3 * side)
            .map(|i| ((i * 37) % 4099) as f32 / 4099.0)
            .collect();
        let found = report_of(write::tensor_f32("w", &[3, side as i64], &values)).unwrap();
        let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum();
        let figures = found.figures.unwrap();
        assert!(
            (figures.mean - mean).abs() <= 1e-12 * mean,
            "{}",
            figures.mean
        );
        let std = (squares / values.len() as f64).sqrt();
        assert!((figures.std - std).abs() <= 1e-12 * std, "{}", figures.std);
        assert_eq!(figures.counts.iter().sum::<u64>(), 3 << 20);
        assert_eq!(found.channels.unwrap().count, 3);
    }

    #[tokio::test]
    async fn a_weight_is_saved_as_numpy_reads_it_and_narrow_ones_as_floats() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.onnx");
        let graph = GraphProto {
            node: vec![write::node("Identity", &["w"], &["y"])],
            initializer: vec![
                write::tensor_f32("w", &[2, 1], &[1.5, -2.0]),
                write::tensor("packed", DataType::Int4, &[3], &[0x2f_u8, 0x08][..]),
                TensorProto {
                    name: Some("long".to_owned()),
                    data_type: Some(DataType::Int64.into()),
                    dims: vec![2],
                    int64_data: packed(&[-3, i64::MAX]),
                    ..TensorProto::default()
                },
            ],
            output: vec![write::value("y", DataType::Float, &[])],
            ..GraphProto::default()
        };
        write::save(&path, &write::model(graph, 21)).unwrap();
        let models = Arc::new(OpenModels::default());
        let saved = async |name: &str| {
            let target = folder.path().join(format!("{name}.npy"));
            let none = CancelToken::default();
            let to = target.clone();
            let (models, path) = (Arc::clone(&models), path.clone());
            save_npy(models, path, Way::default(), name.to_owned(), to, none)
                .await
                .unwrap();
            let bytes = std::fs::read(&target).unwrap();
            (
                String::from_utf8_lossy(&bytes[10..70]).into_owned(),
                bytes[128..].to_vec(),
            )
        };
        let (head, data) = saved("w").await;
        assert!(head.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }"));
        assert_eq!(data, [1.5_f32, -2.0].map(f32::to_le_bytes).concat());
        let (head, data) = saved("packed").await;
        assert!(head.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"));
        assert_eq!(data, [-1.0_f32, 2.0, -8.0].map(f32::to_le_bytes).concat());
        let (head, data) = saved("long").await;
        assert!(head.starts_with("{'descr': '<i8'"), "{head}");
        assert_eq!(data, [-3_i64, i64::MAX].map(i64::to_le_bytes).concat());
        let lines = survey(models, path, |_| (), CancelToken::default())
            .await
            .unwrap();
        let told: Vec<(Option<f64>, Option<f64>)> = lines.iter().map(|l| (l.min, l.max)).collect();
        assert_eq!(
            told[..2],
            [(Some(-2.0), Some(1.5)), (Some(-8.0), Some(2.0))]
        );
    }

    #[test]
    fn every_way_of_writing_a_number_is_read() {
        let typed = |kind: DataType, count: i64| TensorProto {
            name: Some("w".to_owned()),
            data_type: Some(kind.into()),
            dims: vec![count],
            ..TensorProto::default()
        };
        let halves = TensorProto {
            int32_data: packed(&[0x3c00, 0xc000]),
            ..typed(DataType::Float16, 2)
        };
        let brains = TensorProto {
            int32_data: packed(&[0x3f80, 0xc000]),
            ..typed(DataType::Bfloat16, 2)
        };
        let raw = |kind, bytes: &'static [u8]| write::tensor("w", kind, &[2], bytes);
        for (tensor, what) in [
            (halves, "halves in their field"),
            (brains, "brain floats in their field"),
            (
                TensorProto {
                    float_data: vec![[1.0_f32, -2.0].map(f32::to_le_bytes).concat().into()],
                    ..typed(DataType::Float, 2)
                },
                "floats",
            ),
            (
                TensorProto {
                    double_data: vec![[1.0_f64, -2.0].map(f64::to_le_bytes).concat().into()],
                    ..typed(DataType::Double, 2)
                },
                "doubles",
            ),
            (
                TensorProto {
                    int64_data: packed(&[1, -2]),
                    ..typed(DataType::Int64, 2)
                },
                "longs",
            ),
            (
                TensorProto {
                    int32_data: packed(&[1, -2]),
                    ..typed(DataType::Int8, 2)
                },
                "bytes in their field",
            ),
            (
                raw(DataType::Float16, &[0x00, 0x3c, 0x00, 0xc0]),
                "raw halves",
            ),
            (
                raw(DataType::Bfloat16, &[0x80, 0x3f, 0x00, 0xc0]),
                "raw brain floats",
            ),
            (raw(DataType::Int8, &[1, 0xfe]), "raw bytes"),
            (raw(DataType::Int16, &[1, 0, 0xfe, 0xff]), "raw shorts"),
            (
                raw(DataType::Int32, &[1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]),
                "raw ints",
            ),
        ] {
            let figures = report_of(tensor).unwrap().figures.unwrap();
            assert_eq!(
                (figures.min, figures.max, figures.mean, figures.std),
                (-2.0, 1.0, -0.5, 1.5),
                "{what}"
            );
        }
        let texts = TensorProto {
            string_data: vec!["a".into()],
            ..typed(DataType::String, 1)
        };
        let told = report_of(texts).unwrap_err().to_string();
        assert!(
            told.contains("holds string, of which no numbers are read"),
            "{told}"
        );
    }
}
