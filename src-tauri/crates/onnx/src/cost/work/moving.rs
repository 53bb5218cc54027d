//! What moves data, and how much.

use super::super::view::{Found, View, flops};
use crate::shapes::TensorType;

/// Operators that compute nothing.
const MOVING: &[&str] = &[
    "Reshape",
    "Squeeze",
    "Unsqueeze",
    "Flatten",
    "Identity",
    "Dropout",
    "Transpose",
    "Concat",
    "Split",
    "Slice",
    "Gather",
    "GatherElements",
    "GatherND",
    "Expand",
    "Tile",
    "Pad",
    "Shape",
    "Size",
    "Cast",
    "CastLike",
    "BitCast",
    "Constant",
    "ConstantOfShape",
    "OneHot",
    "EyeLike",
    "Trilu",
    "DepthToSpace",
    "SpaceToDepth",
    "ReverseSequence",
    "Compress",
    "MaxUnpool",
    "Col2Im",
    "CenterCropPad",
    "SequenceAt",
    "SequenceConstruct",
    "SequenceEmpty",
    "SequenceErase",
    "SequenceInsert",
    "SequenceLength",
    "SplitToSequence",
    "ConcatFromSequence",
    "Optional",
    "OptionalGetElement",
    "OptionalHasElement",
];

pub fn work(view: &View<'_>) -> Option<Found> {
    if !view.domain().is_empty() {
        return None;
    }
    let op = view.op();
    if MOVING.contains(&op) {
        return Some(Ok(flops(0)));
    }
    if matches!(
        op,
        "Scatter" | "ScatterElements" | "ScatterND" | "TensorScatter"
    ) {
        // An update that is combined with what stands there takes one operation.
        let combined = !matches!(view.text("reduction"), None | Some("none"));
        return Some(if combined {
            view.taken(2).map(flops)
        } else {
            Ok(flops(0))
        });
    }
    None
}

/// Operators whose output is their first input in another shape: the runtime hands on the same memory.
pub fn is_view(view_of: (&str, &str)) -> bool {
    matches!(
        view_of,
        (
            "",
            "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten" | "Identity" | "Dropout"
        )
    )
}

/// Bytes read and written: each tensor once, whatever the caches do (the compulsory traffic of Williams, Waterman and
/// Patterson, "Roofline", 2009). Lookups read what they return. `None` where a size is not known.
pub fn moved(view: &View<'_>) -> (Option<u64>, Option<u64>) {
    let domain_op = (view.domain(), view.op());
    if is_view(domain_op) || domain_op == ("", "Constant") {
        return (Some(0), Some(0));
    }
    let written = total(&view.node.output, &view.outputs);
    let read = match domain_op {
        ("", "Shape" | "Size" | "ConstantOfShape" | "EyeLike" | "Range") => Some(0),
        ("", "Slice") => written,
        ("", "Gather" | "GatherElements" | "GatherND") => {
            let indices = view.inputs.get(1).and_then(Option::as_ref);
            written
                .zip(indices.and_then(TensorType::bytes))
                .and_then(|(found, indices)| found.checked_add(indices))
        }
        _ => total(&view.node.input, &view.inputs),
    };
    (read, written)
}

/// A tensor that is taken twice is read once.
fn total(names: &[String], types: &[Option<TensorType>]) -> Option<u64> {
    let mut sum = 0_u64;
    for (at, (name, known)) in names.iter().zip(types).enumerate() {
        if !name.is_empty() && !names[..at].contains(name) {
            sum = sum.checked_add(known.as_ref()?.bytes()?)?;
        }
    }
    Some(sum)
}
