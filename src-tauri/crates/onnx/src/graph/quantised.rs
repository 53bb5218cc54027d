//! The scales and zero points of a node that quantises: `number = (integer - zero point) scale`.

use serde::Serialize;
use specta_typescript::Number;

use super::way::Scope;
use crate::proto::NodeProto;

/// Channels whose scales are listed.
const LISTED_MAX: usize = 256;

/// How one tensor is quantised.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct QuantScale {
    /// What is quantised; for an output, its name.
    pub tensor: String,
    /// The tensor that holds the scale.
    pub scale: String,
    /// Scales and zero points: one, or one for each channel or block. The first few of them; none that a run computes, or
    /// that lie in another file.
    pub scales: Vec<f64>,
    /// Empty where there is none, which counts as zero.
    pub zero_points: Vec<f64>,
    #[specta(type = Number)]
    pub count: u64,
    pub least: Option<f64>,
    pub greatest: Option<f64>,
    /// Along which axis there are several.
    pub axis: Option<i32>,
}

/// Places of the tensor, its scale and its zero point among a node's inputs; a tensor beyond them is the first output.
fn places(op: &str) -> &'static [(usize, usize, usize)] {
    const OUTPUT: usize = usize::MAX;
    match op {
        "QuantizeLinear" | "DequantizeLinear" => &[(0, 1, 2)],
        "QLinearConv" | "QLinearMatMul" | "QLinearAdd" | "QLinearMul" | "QGemm" => {
            &[(0, 1, 2), (3, 4, 5), (OUTPUT, 6, 7)]
        }
        "QLinearSigmoid"
        | "QLinearLeakyRelu"
        | "QLinearAveragePool"
        | "QLinearGlobalAveragePool" => &[(0, 1, 2), (OUTPUT, 3, 4)],
        "MatMulNBits" => &[(1, 2, 3)],
        _ => &[],
    }
}

pub fn quantised(scope: &Scope<'_>, node: &NodeProto) -> Vec<QuantScale> {
    let named = |at: usize| node.input.get(at).filter(|name| !name.is_empty());
    let numbers = |at: usize| {
        let weight = named(at).and_then(|name| scope.weights.get(name.as_str()));
        weight
            .and_then(|weight| crate::weights::inline(weight))
            .unwrap_or_default()
    };
    let axis = node.attribute.iter().find(|a| a.name() == "axis");
    let of = |&(tensor, scale, zero): &(usize, usize, usize)| {
        let mut scales = numbers(scale);
        let mut zero_points = numbers(zero);
        let count = scales.len() as u64;
        let bounds = scales.iter().copied().filter(|scale| scale.is_finite());
        let (least, greatest) = (bounds.clone().reduce(f64::min), bounds.reduce(f64::max));
        scales.truncate(LISTED_MAX);
        zero_points.truncate(LISTED_MAX);
        Some(QuantScale {
            tensor: named(tensor).or(node.output.first())?.clone(),
            scale: named(scale)?.clone(),
            scales,
            zero_points,
            count,
            least,
            greatest,
            axis: (count > 1).then(|| axis.and_then(|a| a.i).unwrap_or(1) as i32),
        })
    };
    places(node.op_type()).iter().filter_map(of).collect()
}
