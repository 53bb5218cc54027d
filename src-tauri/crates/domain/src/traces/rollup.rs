//! Adding up what the spans of a trace used and cost.
//!
//! Some libraries put the sum of the children on the parent as well. So a span counts only where no span above it has
//! figures of its own.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};

/// A span and its figures, an object of numbers, if it has any.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanFigures {
    pub span_id: String,
    pub parent_span_id: Option<String>,
    pub figures: Option<Map<String, Value>>,
}

const USAGE: [&str; 3] = ["input_tokens", "output_tokens", "total_tokens"];
const CACHE_USAGE: [&str; 3] = [
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation_input_tokens_above_1hr",
];
const COST: [&str; 3] = ["input_cost", "output_cost", "total_cost"];

/// Tokens of a whole trace; `None` when no span says anything.
pub fn usage_of(spans: &[SpanFigures]) -> Option<Map<String, Value>> {
    let counted = counted(spans);
    let mut total = Map::new();
    for (key, is_optional) in USAGE
        .map(|key| (key, false))
        .into_iter()
        .chain(CACHE_USAGE.map(|key| (key, true)))
    {
        let counts: Vec<i64> = counted.iter().filter_map(|f| whole(f.get(key))).collect();
        if !counts.is_empty() || !is_optional {
            let sum = counts.iter().fold(0_i64, |sum, n| sum.saturating_add(*n));
            total.insert(key.to_owned(), Value::from(sum));
        }
    }
    (!counted.is_empty()).then_some(total)
}

/// Cost of a whole trace in US dollars; `None` when no span says anything.
pub fn cost_of(spans: &[SpanFigures]) -> Option<Map<String, Value>> {
    let counted = counted(spans);
    let mut total = Map::new();
    for key in COST {
        let sum: f64 = counted
            .iter()
            .filter_map(|figures| figures.get(key).and_then(Value::as_f64))
            .sum();
        total.insert(key.to_owned(), Number::from_f64(sum)?.into());
    }
    (!counted.is_empty()).then_some(total)
}

fn whole(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let number = value.as_f64()?;
    #[allow(clippy::cast_possible_truncation)]
    (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
}

/// The figures that no figures above them contain.
fn counted(spans: &[SpanFigures]) -> Vec<&Map<String, Value>> {
    let by_id: HashMap<&str, &SpanFigures> = spans
        .iter()
        .map(|span| (span.span_id.as_str(), span))
        .collect();
    // Whether something above (or at) a span has figures; walked once for each span, whatever the depth.
    let mut covered: HashMap<&str, bool> = HashMap::new();
    let mut counted = Vec::new();
    for span in spans {
        let above = is_covered(span.parent_span_id.as_deref(), &by_id, &mut covered);
        if let Some(figures) = &span.figures
            && !above
        {
            counted.push(figures);
        }
    }
    counted
}

fn is_covered<'s>(
    from: Option<&'s str>,
    by_id: &HashMap<&'s str, &'s SpanFigures>,
    covered: &mut HashMap<&'s str, bool>,
) -> bool {
    let mut path = Vec::new();
    let mut at = from;
    let answer = loop {
        let Some(span) = at.and_then(|id| by_id.get(id)) else {
            break false;
        };
        if let Some(known) = covered.get(span.span_id.as_str()) {
            break *known;
        }
        if span.figures.is_some() {
            covered.insert(&span.span_id, true);
            break true;
        }
        // A hostile trace may name its spans in a circle; each is visited once.
        covered.insert(&span.span_id, false);
        path.push(span.span_id.as_str());
        at = span.parent_span_id.as_deref();
    };
    for id in path {
        covered.insert(id, answer);
    }
    answer
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn span(id: &str, parent: Option<&str>, figures: &Value) -> SpanFigures {
        SpanFigures {
            span_id: id.to_owned(),
            parent_span_id: parent.map(str::to_owned),
            figures: figures.as_object().cloned(),
        }
    }

    #[test]
    fn a_sum_on_a_parent_is_not_added_to_its_parts() {
        let tokens = |n: i64| json!({"input_tokens": n, "output_tokens": 1, "total_tokens": n + 1});
        let spans = [
            span("leaf", Some("middle"), &tokens(5)),
            span("root", None, &Value::Null),
            span("agent", Some("root"), &tokens(10)),
            span("middle", Some("agent"), &Value::Null),
            span("other", Some("root"), &tokens(3)),
            span(
                "orphan",
                Some("elsewhere"),
                &json!({"input_tokens": 2.0, "cache_read_input_tokens": 7}),
            ),
        ];
        assert_eq!(
            Value::Object(usage_of(&spans).unwrap()),
            json!({"input_tokens": 15, "output_tokens": 2, "total_tokens": 15, "cache_read_input_tokens": 7})
        );
        assert_eq!(usage_of(&spans[1..2]), None);
    }

    #[test]
    fn a_circle_ends_and_costs_add_up() {
        let spans = [
            span("a", Some("b"), &Value::Null),
            span("b", Some("a"), &Value::Null),
            span(
                "c",
                Some("a"),
                &json!({"input_cost": 0.5, "total_cost": "much"}),
            ),
            span("d", Some("d"), &json!({"input_cost": 0.25})),
        ];
        assert_eq!(
            Value::Object(cost_of(&spans).unwrap()),
            json!({"input_cost": 0.5, "output_cost": 0.0, "total_cost": 0.0})
        );
    }
}
