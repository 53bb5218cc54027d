//! Conditions on what only traces have: metadata, runs, spans, assessments.

use domain::search::{Comparison, Field, Filter, Test, TextOp, TraceField};

use super::Search;
use crate::dialect;

impl Search {
    pub(super) fn trace(&mut self, field: &TraceField, test: &Test) -> String {
        match field {
            TraceField::Metadata(key) => self.label("trace_metadata", key, test),
            TraceField::Run => self.link("run", test),
            TraceField::Prompt => self.link("prompt", test),
            TraceField::Text => {
                let name = self.column_test("x.name", test);
                let body = self.column_test("x.body", test);
                self.some_span(&format!("({name} or {body})"))
            }
            TraceField::SpanName
            | TraceField::SpanType
            | TraceField::SpanStatus
            | TraceField::SpanAttribute(_) => {
                let condition = self.span(field, test);
                self.some_span(&condition)
            }
            TraceField::Assessment { kind, name } => self.assessment(kind, name, test),
            TraceField::Issue => {
                let test = self.column_test("a.name", test);
                format!(
                    "exists (select 1 from trace_assessments a where a.trace_id = t.trace_id \
                     and a.kind = 'issue' and {test})"
                )
            }
        }
    }

    /// All the tests, of one and the same span; `None` when there are none.
    pub(super) fn one_span(&mut self, parts: &[&Filter]) -> Option<String> {
        let mut tests = Vec::with_capacity(parts.len());
        for part in parts {
            if let Filter::Compare(Comparison {
                field: Field::Trace(field),
                test,
            }) = part
            {
                tests.push(self.span(field, test));
            }
        }
        (!tests.is_empty()).then(|| self.some_span(&tests.join(" and ")))
    }

    fn some_span(&self, condition: &str) -> String {
        format!(
            "exists (select 1 from trace_spans x where x.trace_id = t.trace_id and {condition})"
        )
    }

    fn span(&mut self, field: &TraceField, test: &Test) -> String {
        match field {
            TraceField::SpanName => self.column_test("x.name", test),
            TraceField::SpanType => self.column_test("x.kind", test),
            TraceField::SpanStatus => self.column_test("x.status", test),
            TraceField::SpanAttribute(key) => {
                let path = dialect::attribute_path(self.is_sqlite, key);
                let bind = self.bind(path);
                let value = dialect::attribute_text(self.is_sqlite, "x.body", &bind);
                self.column_test(&value, test)
            }
            _ => "1 = 0".to_owned(),
        }
    }

    fn link(&mut self, kind: &str, test: &Test) -> String {
        let (word, test) = match test {
            Test::Missing => ("not exists", None),
            Test::Present => ("exists", None),
            other => ("exists", Some(self.column_test("l.target_id", other))),
        };
        let test = test.map_or(String::new(), |test| format!(" and {test}"));
        format!(
            "{word} (select 1 from trace_links l where l.trace_id = t.trace_id and l.kind = '{kind}'{test})"
        )
    }

    /// Values are JSON: a text is met by the text and by the number or boolean that is written the same.
    fn assessment(&mut self, kind: &str, name: &str, test: &Test) -> String {
        let name = self.bind(name);
        let owned = format!(
            "select 1 from trace_assessments a where a.trace_id = t.trace_id and a.is_valid \
             and a.kind = '{kind}' and a.name = {name}"
        );
        let (word, test) = match test {
            Test::Missing => ("not exists", String::new()),
            Test::Present => ("exists", String::new()),
            Test::Number { .. } => (
                "exists",
                format!(" and {}", self.column_test("a.number_value", test)),
            ),
            Test::Text {
                op: op @ (TextOp::Eq | TextOp::Ne),
                value,
            } => {
                let bare = self.bind(value);
                let quoted = self.bind(serde_json::Value::from(value.as_str()).to_string());
                let not = if *op == TextOp::Ne { "not " } else { "" };
                (
                    "exists",
                    format!(" and a.value_json {not}in ({bare}, {quoted})"),
                )
            }
            Test::Text { .. } | Test::OneOf { .. } | Test::Matches { .. } => (
                "exists",
                format!(" and {}", self.column_test("a.value_json", test)),
            ),
        };
        format!("{word} ({owned}{test})")
    }
}
