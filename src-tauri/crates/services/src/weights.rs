//! The numbers of a model's weights: how they spread, and which channels stand apart.

use std::path::PathBuf;
use std::sync::Arc;

use engine::CancelToken;
use onnx::graph::Way;
use onnx::weights::{Weight, WeightError};
use serde::Serialize;
use specta_typescript::Number;

use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::inspection::OpenModels;

/// Columns of the histogram.
const BINS: usize = 48;
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
    let mut range = stats::Range::default();
    weight.read(|numbers| {
        range.add(numbers);
        cancel.check().is_ok()
    });
    let mut spread = stats::Spread::over(&range, BINS);
    let mut channels = Channels::of(weight);
    weight.read(|numbers| {
        spread.add(numbers);
        channels.add(numbers);
        cancel.check().is_ok()
    });
    cancel.check()?;
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

/// Sums of squares along the first axis.
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

    fn add(&mut self, mut numbers: &[f64]) {
        while !numbers.is_empty() && self.length > 0 {
            let here = self.length - self.at % self.length;
            let (these, rest) = numbers.split_at(here.min(numbers.len()));
            if let Some(sum) = self.squares.get_mut(self.at / self.length) {
                *sum += these.iter().map(|number| number * number).sum::<f64>();
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
