//! Element by element.

use super::super::view::{Found, View, flops, times};
use super::product::REQUANTISE;

/// FLOPs of one element of a function of one variable, as ONNX defines it (onnx.ai, operator schemas).
pub fn activation(name: &str) -> Option<u128> {
    Some(match name {
        "Relu" | "Tanh" | "Neg" | "Abs" | "Ceil" | "Floor" | "Round" | "Sign" | "Not" | "Sqrt"
        | "Exp" | "Log" | "Sin" | "Cos" | "Tan" | "Asin" | "Acos" | "Atan" | "Sinh" | "Cosh"
        | "Asinh" | "Acosh" | "Atanh" | "Erf" | "Reciprocal" | "IsNaN" | "IsInf" | "BitwiseNot"
        | "ThresholdedRelu" | "Binarizer" => 1,
        // Compare, multiply.
        "LeakyRelu" | "Affine" => 2,
        "ScaledTanh" => 3,
        // 1 / (1 + exp(-x)); alpha (exp(x) - 1) where x < 0; max(0, min(1, alpha x + beta)).
        "Sigmoid" | "Elu" | "HardSigmoid" => 4,
        // Elu times gamma; x times HardSigmoid(x).
        "Selu" | "HardSwish" => 5,
        // x times Sigmoid(alpha x).
        "Swish" => 6,
        // max(0, x) + min(0, alpha (exp(x / alpha) - 1)).
        "Celu" => 7,
        // log(1 + exp(x)); x / (1 + |x|); two comparisons and the bias.
        "Softplus" | "Softsign" | "Shrink" => 3,
        // x tanh(Softplus(x)).
        "Mish" => 5,
        _ => return None,
    })
}

pub fn work(view: &View<'_>) -> Option<Found> {
    let op = view.op();
    if !view.domain().is_empty() {
        return contributed(view);
    }
    if let Some(each) = activation(op).filter(|_| op != "Affine" && op != "ScaledTanh") {
        return Some(view.made(0).map(|made| flops(times(&[made, each]))));
    }
    let each = match op {
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Mod" | "And" | "Or" | "Xor" | "Equal"
        | "Greater" | "Less" | "GreaterOrEqual" | "LessOrEqual" | "BitShift" | "BitwiseAnd"
        | "BitwiseOr" | "BitwiseXor" | "Where" => 1,
        // Compare, multiply.
        "PRelu" => 2,
        "Sum" | "Min" | "Max" => (view.node.input.len() as u128).saturating_sub(1),
        // Additions and a division.
        "Mean" => view.node.input.len() as u128,
        "Clip" => clip(view),
        "Gelu" => gelu(view.text("approximate")),
        // Start plus index times step.
        "Range" => 2,
        "QuantizeLinear" => REQUANTISE,
        // (x - zero point) scale.
        "DequantizeLinear" => 1 + u128::from(view.has_input(2)),
        // The range of the whole tensor first: two comparisons.
        "DynamicQuantizeLinear" => REQUANTISE + 2,
        // Two multiplications and an addition of a rotation.
        "RotaryEmbedding" => 3,
        _ => return None,
    };
    Some(view.made(0).map(|made| flops(times(&[made, each]))))
}

/// The bounds that are given.
fn clip(view: &View<'_>) -> u128 {
    if view.opset < 11 {
        let given = |name: &str| u128::from(view.attribute(name).is_some());
        return given("min") + given("max");
    }
    u128::from(view.has_input(1)) + u128::from(view.has_input(2))
}

/// `x / 2 (1 + erf(x / sqrt 2))`, or `x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))` (Hendrycks and Gimpel, 2016).
fn gelu(approximate: Option<&str>) -> u128 {
    if approximate == Some("tanh") { 9 } else { 5 }
}

fn contributed(view: &View<'_>) -> Option<Found> {
    let each = match (view.domain(), view.op()) {
        ("com.microsoft", "Gelu") => 5,
        ("com.microsoft", "FastGelu") => 9 + u128::from(view.has_input(1)),
        ("com.microsoft", "BiasGelu") => 6,
        ("com.microsoft", "QuickGelu") => 6,
        ("com.microsoft", "QuantizeLinear") => REQUANTISE,
        ("com.microsoft", "DequantizeLinear") => 1 + u128::from(view.has_input(2)),
        _ => return None,
    };
    Some(view.made(0).map(|made| flops(times(&[made, each]))))
}
