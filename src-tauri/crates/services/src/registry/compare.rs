//! Two versions of a model beside each other: how they were trained, what they measured, what goes in and out, which
//! files they are, and what the gates said.

use std::collections::BTreeSet;

use domain::deployment::GateCheck;
use serde::{Deserialize, Serialize};

use super::detail::{VersionDetail, version_detail};
use super::signature::{Signature, SignatureField};
use super::view::VersionInput;
use crate::Context;
use crate::error::Result;
use crate::models::ModelFile;
use crate::tracking::{Reading, RunMetric, get_run};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct CompareInput {
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub left: i64,
    #[specta(type = specta_typescript::Number)]
    pub right: i64,
}

/// A text of both; `None` where one has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TextPair {
    pub key: String,
    pub left: Option<String>,
    pub right: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct MetricPair {
    pub key: String,
    pub left: Option<Reading>,
    pub right: Option<Reading>,
    /// Right minus left, where both are finite.
    #[specta(type = Option<specta_typescript::Number>)]
    pub delta: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct FilePair {
    pub path: String,
    pub left: Option<ModelFile>,
    pub right: Option<ModelFile>,
    /// Both are there with the same digest.
    pub same: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GatePair {
    pub id: String,
    pub title: String,
    pub left: Option<GateCheck>,
    pub right: Option<GateCheck>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct VersionComparison {
    pub left: VersionDetail,
    pub right: VersionDetail,
    pub params: Vec<TextPair>,
    pub metrics: Vec<MetricPair>,
    pub inputs: Vec<TextPair>,
    pub outputs: Vec<TextPair>,
    pub signature_params: Vec<TextPair>,
    pub files: Vec<FilePair>,
    pub gates: Vec<GatePair>,
}

pub async fn compare_versions(ctx: &Context, input: CompareInput) -> Result<VersionComparison> {
    let side = |version| {
        let name = input.name.clone();
        version_detail(ctx, VersionInput { name, version })
    };
    let left = side(input.left).await?;
    let right = side(input.right).await?;
    let left_params = params(ctx, &left).await;
    let right_params = params(ctx, &right).await;
    Ok(VersionComparison {
        params: text_pairs(&left_params, &right_params),
        metrics: metric_pairs(&left.version.metrics, &right.version.metrics),
        inputs: signature_pairs(&left, &right, |signature| &signature.inputs),
        outputs: signature_pairs(&left, &right, |signature| &signature.outputs),
        signature_params: signature_pairs(&left, &right, |signature| &signature.params),
        files: file_pairs(&left.files, &right.files),
        gates: gate_pairs(&left, &right),
        left,
        right,
    })
}

/// Those of the version's run; none when the run is gone, or was another server's.
async fn params(ctx: &Context, detail: &VersionDetail) -> Vec<(String, String)> {
    let Some(run_id) = &detail.version.run_id else {
        return Vec::new();
    };
    match get_run(ctx, run_id).await {
        Ok(run) => run.params.into_iter().map(|p| (p.key, p.value)).collect(),
        Err(_) => Vec::new(),
    }
}

/// `bars` and `float32 [N, 64, 30]`, of each side.
fn signature_pairs(
    left: &VersionDetail,
    right: &VersionDetail,
    part: impl Fn(&Signature) -> &Vec<SignatureField>,
) -> Vec<TextPair> {
    let of = |side: &VersionDetail| -> Vec<(String, String)> {
        let fields = side.signature.as_ref().map(&part).into_iter().flatten();
        let text = |field: &SignatureField| (field.name.clone(), field.described());
        fields.map(text).collect()
    };
    text_pairs(&of(left), &of(right))
}

/// Left's order first, then what only right has.
fn union<'a>(
    left: impl Iterator<Item = &'a str>,
    right: impl Iterator<Item = &'a str>,
) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    left.chain(right).filter(|key| seen.insert(*key)).collect()
}

fn text_pairs(left: &[(String, String)], right: &[(String, String)]) -> Vec<TextPair> {
    let of = |side: &[(String, String)], key: &str| {
        let found = side.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.clone())
    };
    let names = |side: &'_ [(String, String)]| -> Vec<String> {
        side.iter().map(|(name, _)| name.clone()).collect()
    };
    let (ours, theirs) = (names(left), names(right));
    union(
        ours.iter().map(String::as_str),
        theirs.iter().map(String::as_str),
    )
    .into_iter()
    .map(|key| TextPair {
        key: key.to_owned(),
        left: of(left, key),
        right: of(right, key),
    })
    .collect()
}

fn metric_pairs(left: &[RunMetric], right: &[RunMetric]) -> Vec<MetricPair> {
    let of = |side: &[RunMetric], key: &str| {
        let found = side.iter().find(|metric| metric.key == key);
        found.map(|metric| metric.latest.clone())
    };
    let key = |metric: &'_ RunMetric| metric.key.clone();
    let (ours, theirs): (Vec<_>, Vec<_>) = (
        left.iter().map(key).collect(),
        right.iter().map(key).collect(),
    );
    union(
        ours.iter().map(String::as_str),
        theirs.iter().map(String::as_str),
    )
    .into_iter()
    .map(|key| {
        let (left, right) = (of(left, key), of(right, key));
        let delta = match (&left, &right) {
            (Some(Reading::Finite(a)), Some(Reading::Finite(b))) => Some(b - a),
            _ => None,
        };
        MetricPair {
            key: key.to_owned(),
            left,
            right,
            delta,
        }
    })
    .collect()
}

fn file_pairs(left: &[ModelFile], right: &[ModelFile]) -> Vec<FilePair> {
    let of = |side: &[ModelFile], path: &str| side.iter().find(|f| f.path == path).cloned();
    union(
        left.iter().map(|f| f.path.as_str()),
        right.iter().map(|f| f.path.as_str()),
    )
    .into_iter()
    .map(|path| {
        let (left, right) = (of(left, path), of(right, path));
        let same = matches!((&left, &right), (Some(a), Some(b)) if a.sha256 == b.sha256);
        FilePair {
            path: path.to_owned(),
            left,
            right,
            same,
        }
    })
    .collect()
}

fn gate_pairs(left: &VersionDetail, right: &VersionDetail) -> Vec<GatePair> {
    let checks = |detail: &VersionDetail| -> Vec<GateCheck> {
        let report = detail.evidence.as_ref();
        report
            .map(|report| report.checks.clone())
            .unwrap_or_default()
    };
    let (ours, theirs) = (checks(left), checks(right));
    union(
        ours.iter().map(|c| c.id.as_str()),
        theirs.iter().map(|c| c.id.as_str()),
    )
    .into_iter()
    .map(|id| {
        let of = |side: &[GateCheck]| side.iter().find(|check| check.id == id).cloned();
        let (left, right) = (of(&ours), of(&theirs));
        let title = left.as_ref().or(right.as_ref()).map(|c| c.title.clone());
        GatePair {
            id: id.to_owned(),
            title: title.unwrap_or_default(),
            left,
            right,
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(key: &str, latest: f64) -> RunMetric {
        RunMetric {
            key: key.to_owned(),
            latest: latest.into(),
            latest_step: 0,
            latest_at_ms: 0,
            min: None,
            max: None,
            count: 1,
        }
    }

    #[test]
    fn a_delta_needs_two_finite_values() {
        let left = [
            metric("ic", 0.5),
            metric("loss", f64::NAN),
            metric("old", 1.0),
        ];
        let right = [metric("ic", 0.75), metric("loss", 0.25), metric("new", 2.0)];
        let pairs = metric_pairs(&left, &right);
        let told: Vec<_> = pairs.iter().map(|p| (p.key.as_str(), p.delta)).collect();
        assert_eq!(
            told,
            [
                ("ic", Some(0.25)),
                ("loss", None),
                ("old", None),
                ("new", None)
            ]
        );
        assert_eq!(pairs[3].left, None);
    }

    #[test]
    fn files_are_the_same_by_digest_alone() {
        let file = |path: &str, sha: &str| ModelFile {
            path: path.to_owned(),
            size_bytes: 1,
            sha256: sha.to_owned(),
        };
        let pairs = file_pairs(
            &[file("MLmodel", "a"), file("model.onnx", "b")],
            &[
                file("MLmodel", "a"),
                file("model.onnx", "c"),
                file("new", "d"),
            ],
        );
        let told: Vec<_> = pairs.iter().map(|p| (p.path.as_str(), p.same)).collect();
        assert_eq!(
            told,
            [("MLmodel", true), ("model.onnx", false), ("new", false)]
        );
    }
}
