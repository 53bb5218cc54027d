//! What kind of work an operator does, for the colour of its edge.

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[repr(u8)]
pub enum Category {
    Other,
    /// Convolutions and products of matrices.
    Product,
    Recurrent,
    Normalisation,
    Activation,
    /// Element by element.
    Arithmetic,
    Reduction,
    /// Moves data without computing.
    Shape,
    /// Trees, linear models, and what prepares features for them.
    Classical,
    /// Holds or calls another graph.
    Control,
    Quantisation,
}

/// Operators of `ai.onnx.ml` are all classical; a function of the model itself is told by the caller.
pub fn category(domain: &str, op: &str) -> Category {
    if domain == "ai.onnx.ml" {
        return Category::Classical;
    }
    match op {
        "Conv" | "ConvTranspose" | "DeformConv" | "Gemm" | "MatMul" | "Einsum" | "Attention"
        | "MultiHeadAttention" | "FusedConv" | "FusedMatMul" | "FusedGemm" | "ConvInteger"
        | "MatMulInteger" | "QLinearConv" | "QLinearMatMul" => Category::Product,
        "LSTM" | "GRU" | "RNN" => Category::Recurrent,
        "BatchNormalization"
        | "LayerNormalization"
        | "InstanceNormalization"
        | "LRN"
        | "GroupNormalization"
        | "RMSNormalization"
        | "SkipLayerNormalization"
        | "LpNormalization"
        | "MeanVarianceNormalization" => Category::Normalisation,
        "Relu" | "LeakyRelu" | "PRelu" | "Elu" | "Selu" | "Celu" | "Gelu" | "FastGelu" | "Tanh"
        | "Sigmoid" | "HardSigmoid" | "HardSwish" | "Mish" | "Swish" | "Softmax" | "LogSoftmax"
        | "Softplus" | "Softsign" | "ThresholdedRelu" | "Hardmax" | "Shrink" => {
            Category::Activation
        }
        "If" | "Loop" | "Scan" | "SequenceMap" => Category::Control,
        "QuantizeLinear" | "DequantizeLinear" | "DynamicQuantizeLinear" => Category::Quantisation,
        "Reshape" | "Transpose" | "Concat" | "Split" | "Slice" | "Gather" | "GatherElements"
        | "GatherND" | "ScatterElements" | "ScatterND" | "Scatter" | "Squeeze" | "Unsqueeze"
        | "Flatten" | "Expand" | "Tile" | "Pad" | "Shape" | "Size" | "Identity" | "Cast"
        | "CastLike" | "Constant" | "ConstantOfShape" | "Range" | "OneHot" | "EyeLike"
        | "DepthToSpace" | "SpaceToDepth" | "ReverseSequence" | "Compress" | "Dropout" => {
            Category::Shape
        }
        _ if op.starts_with("Reduce") || op.ends_with("Pool") => Category::Reduction,
        "ArgMax" | "ArgMin" | "CumSum" | "TopK" => Category::Reduction,
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Sqrt" | "Exp" | "Log" | "Neg" | "Abs" | "Erf"
        | "Min" | "Max" | "Sum" | "Mean" | "Clip" | "Where" | "Equal" | "Greater" | "Less"
        | "GreaterOrEqual" | "LessOrEqual" | "And" | "Or" | "Not" | "Xor" | "Mod" | "Floor"
        | "Ceil" | "Round" | "Sign" | "Reciprocal" | "Sin" | "Cos" | "IsNaN" | "IsInf" => {
            Category::Arithmetic
        }
        _ => Category::Other,
    }
}
