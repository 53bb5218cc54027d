//! Experiments, runs and what is logged to them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::names::Invalid;

/// Ids are made by the app, so that both databases and an import keep the same ones. Their text is checked at the door:
/// an id is a file-name-safe word.
macro_rules! word_id {
    ($(#[$doc:meta])* $type:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                if !text.is_empty() && text.len() <= 64 && text.bytes().all(word) {
                    return Ok(Self(text.to_owned()));
                }
                Err(Invalid::new($field, text, "an id of at most 64 letters, digits, '-' and '_'"))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::parse(&text)
            }
        }
    };
}

word_id!(ExperimentId, "experiment_id");
word_id!(RunId, "run_id");
word_id!(
    /// `m-` and 32 hex digits.
    LoggedModelId,
    "model_id"
);

impl ExperimentId {
    /// The experiment that runs land in when a script names none.
    pub fn default_experiment() -> Self {
        Self("0".to_owned())
    }

    pub fn from_number(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl RunId {
    pub fn new(random: uuid::Uuid) -> Self {
        Self(random.simple().to_string())
    }
}

impl LoggedModelId {
    pub fn new(random: uuid::Uuid) -> Self {
        Self(format!("m-{}", random.simple()))
    }
}

/// A word of a fixed vocabulary that the database or a client wrote wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{word}' is not one of {allowed}")]
pub struct UnknownWord {
    pub word: String,
    pub allowed: &'static str,
}

macro_rules! vocabulary {
    ($type:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $type {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    other => Err(UnknownWord {
                        word: other.to_owned(),
                        allowed: concat!($($word, " ",)+).trim_ascii_end(),
                    }),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $type {
            type Error = UnknownWord;

            fn try_from(text: String) -> Result<Self, UnknownWord> {
                text.parse()
            }
        }
    };
}

/// Soft deletion: what is deleted keeps its rows and can be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum Lifecycle {
    Active,
    Deleted,
}
vocabulary!(Lifecycle: Active = "active", Deleted = "deleted");

/// Which lifecycles a search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ViewType {
    #[default]
    ActiveOnly,
    DeletedOnly,
    All,
}
vocabulary!(ViewType: ActiveOnly = "ACTIVE_ONLY", DeletedOnly = "DELETED_ONLY", All = "ALL");

impl ViewType {
    /// The one lifecycle looked at; `None` when both are.
    pub fn lifecycle(self) -> Option<Lifecycle> {
        match self {
            Self::ActiveOnly => Some(Lifecycle::Active),
            Self::DeletedOnly => Some(Lifecycle::Deleted),
            Self::All => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "UPPERCASE")]
pub enum RunStatus {
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}
vocabulary!(RunStatus:
    Running = "RUNNING",
    Scheduled = "SCHEDULED",
    Finished = "FINISHED",
    Failed = "FAILED",
    Killed = "KILLED",
);

impl RunStatus {
    /// True once nothing more is expected of the run.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Killed)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Experiment {
    pub id: ExperimentId,
    pub name: String,
    pub artifact_location: String,
    pub lifecycle: Lifecycle,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    pub tags: Vec<Tag>,
}

/// A run without what was logged to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    pub id: RunId,
    pub experiment_id: ExperimentId,
    pub name: String,
    pub user: String,
    pub status: RunStatus,
    pub lifecycle: Lifecycle,
    pub started_at_ms: i64,
    pub ended_at_ms: Option<i64>,
    pub artifact_uri: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub info: RunInfo,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
    pub metrics: Vec<MetricSummary>,
    pub datasets: Vec<DatasetInput>,
    pub model_inputs: Vec<LoggedModelId>,
    pub model_outputs: Vec<ModelOutput>,
}

/// One measured value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricPoint {
    pub step: i64,
    pub timestamp_ms: i64,
    pub value: f64,
}

/// A point with the name of what was measured, and perhaps the logged model that it describes.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub key: String,
    pub point: MetricPoint,
    pub model_id: Option<LoggedModelId>,
    pub dataset: Option<(String, String)>,
}

/// What is kept of a series at all times, so that no list ever reads its points.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSummary {
    pub key: String,
    pub count: i64,
    pub latest: MetricPoint,
    /// Over the finite and infinite values; `None` when every value is NaN.
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl MetricSummary {
    /// The summary of a series with one point.
    pub fn of(key: &str, point: MetricPoint) -> Self {
        let number = (!point.value.is_nan()).then_some(point.value);
        Self {
            key: key.to_owned(),
            count: 1,
            latest: point,
            min: number,
            max: number,
        }
    }

    /// Takes one more point in. `count` is not touched: only the database knows which points are new.
    pub fn absorb(&mut self, point: MetricPoint) {
        if point.supersedes(&self.latest) {
            self.latest = point;
        }
        if !point.value.is_nan() {
            self.min = Some(self.min.map_or(point.value, |min| min.min(point.value)));
            self.max = Some(self.max.map_or(point.value, |max| max.max(point.value)));
        }
    }
}

impl MetricPoint {
    /// `latest` as MLflow defines it: the highest step, then the newest timestamp, then the largest value. NaN is below
    /// every number.
    pub fn supersedes(&self, other: &Self) -> bool {
        let place = |point: &Self| (point.step, point.timestamp_ms);
        match place(self).cmp(&place(other)) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => {
                self.value > other.value || (other.value.is_nan() && !self.value.is_nan())
            }
        }
    }

    /// The value as an integer that sorts as the value does (IEEE 754 total order), which both databases keep exactly:
    /// NaN and the infinities included.
    pub fn value_bits(&self) -> i64 {
        sortable(self.value.to_bits().cast_signed())
    }

    pub fn value_from_bits(bits: i64) -> f64 {
        f64::from_bits(sortable(bits).cast_unsigned())
    }
}

/// Flips the magnitude bits of negative numbers; its own inverse.
fn sortable(bits: i64) -> i64 {
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// A dataset that a run read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetInput {
    pub name: String,
    pub digest: String,
    pub source_type: String,
    pub source: String,
    pub schema: Option<String>,
    pub profile: Option<String>,
    pub tags: Vec<Tag>,
}

impl DatasetInput {
    /// "train", "eval", ...: the tag by which runs are searched.
    pub fn context(&self) -> Option<&str> {
        let tag = self
            .tags
            .iter()
            .find(|tag| tag.key == "mlflow.data.context");
        tag.map(|tag| tag.value.as_str())
    }
}

/// A logged model that a run produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelOutput {
    pub model_id: LoggedModelId,
    pub step: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedModelStatus {
    Unspecified,
    Pending,
    Ready,
    UploadFailed,
}
vocabulary!(LoggedModelStatus:
    Unspecified = "LOGGED_MODEL_STATUS_UNSPECIFIED",
    Pending = "LOGGED_MODEL_PENDING",
    Ready = "LOGGED_MODEL_READY",
    UploadFailed = "LOGGED_MODEL_UPLOAD_FAILED",
);

/// A model as clients of version 3 log it: a thing of its own beside runs.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedModel {
    pub id: LoggedModelId,
    pub experiment_id: ExperimentId,
    pub name: String,
    pub artifact_uri: String,
    pub status: LoggedModelStatus,
    pub status_message: Option<String>,
    pub model_type: Option<String>,
    pub source_run_id: Option<RunId>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
    pub metrics: Vec<LoggedModelMetric>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LoggedModelMetric {
    pub key: String,
    pub point: MetricPoint,
    pub run_id: RunId,
    pub dataset: Option<(String, String)>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn point(step: i64, timestamp_ms: i64, value: f64) -> MetricPoint {
        MetricPoint {
            step,
            timestamp_ms,
            value,
        }
    }

    #[test]
    fn ids_are_words() {
        assert!(RunId::parse("0f3a").is_ok());
        for text in ["", "a/b", "..", "a b", "é", &"a".repeat(65)] {
            assert!(RunId::parse(text).is_err(), "{text:?} passed");
        }
    }

    #[test]
    fn words_round_trip() {
        for status in RunStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        let error = "PAUSED".parse::<RunStatus>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "'PAUSED' is not one of RUNNING SCHEDULED FINISHED FAILED KILLED"
        );
    }

    #[test]
    fn bits_sort_as_values_do_and_come_back() {
        let values = [
            f64::NEG_INFINITY,
            -2.5,
            -0.0,
            0.0,
            1e-300,
            7.0,
            f64::INFINITY,
            f64::NAN,
        ];
        let bits: Vec<i64> = values
            .iter()
            .map(|v| point(0, 0, *v).value_bits())
            .collect();
        assert!(bits.is_sorted(), "{bits:?}");
        for (value, bits) in values.iter().zip(bits) {
            assert_eq!(
                MetricPoint::value_from_bits(bits).to_bits(),
                value.to_bits()
            );
        }
    }

    #[test]
    fn latest_is_highest_step_then_newest_then_largest() {
        let mut summary = MetricSummary::of("loss", point(1, 10, 5.0));
        for (next, latest) in [
            (point(0, 99, 1.0), 5.0),
            (point(1, 9, 7.0), 5.0),
            (point(1, 10, 4.0), 5.0),
            (point(1, 10, 6.0), 6.0),
            (point(1, 11, 2.0), 2.0),
            (point(2, 0, f64::NAN), f64::NAN),
            (point(2, 0, 3.0), 3.0),
            (point(2, 0, f64::NAN), 3.0),
        ] {
            summary.absorb(next);
            assert!(
                summary.latest.value == latest || latest.is_nan() && summary.latest.value.is_nan()
            );
        }
        assert_eq!((summary.min, summary.max), (Some(1.0), Some(7.0)));
    }

    #[test]
    fn a_series_of_nan_has_no_extremes() {
        let mut summary = MetricSummary::of("loss", point(0, 0, f64::NAN));
        summary.absorb(point(1, 0, f64::NAN));
        assert_eq!((summary.min, summary.max), (None, None));
        summary.absorb(point(2, 0, f64::INFINITY));
        assert_eq!(
            (summary.min, summary.max),
            (Some(f64::INFINITY), Some(f64::INFINITY))
        );
    }
}
