//! Filters to conditions.

use domain::search::{Comparison, DatasetField, Field, Filter, NumberOp, OnDataset, Test, TextOp};

use super::Search;
use super::schema::Metrics;
use crate::dialect;

/// Clients of version 3 end every search of the registry with "and this tag != 'true'", and mean to find what has no such
/// tag as well.
const PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

impl Search {
    pub(super) fn condition(&mut self, filter: &Filter) -> String {
        match filter {
            Filter::And(parts) => self.all_of(parts),
            Filter::Or(parts) => self.joined(parts, " or "),
            // A comparison with a missing end time is neither true nor false in SQL; its negation holds here.
            Filter::Not(inner) => format!("not coalesce({}, false)", self.condition(inner)),
            Filter::Compare(comparison) => self.comparison(comparison),
        }
    }

    /// Tests of one span stand in one `exists`; everything else stands for itself.
    fn all_of(&mut self, parts: &[Filter]) -> String {
        let (of_span, others): (Vec<_>, Vec<_>) = parts.iter().partition(|part| {
            matches!(part, Filter::Compare(c) if matches!(&c.field, Field::Trace(f) if f.is_of_span()))
        });
        let mut conditions: Vec<_> = others.iter().map(|part| self.condition(part)).collect();
        conditions.extend(self.one_span(&of_span));
        format!("({})", conditions.join(" and "))
    }

    fn joined(&mut self, parts: &[Filter], word: &str) -> String {
        let parts: Vec<_> = parts.iter().map(|part| self.condition(part)).collect();
        format!("({})", parts.join(word))
    }

    fn comparison(&mut self, comparison: &Comparison) -> String {
        let Comparison { field, test } = comparison;
        match field {
            Field::Attribute(attribute) => {
                let column = self.schema.column(attribute.name);
                self.column_test(column, test)
            }
            Field::Metric(key) => match &self.schema.metrics {
                Some(metrics) => self.metric(metrics, key, test),
                None => "1 = 0".to_owned(),
            },
            Field::Extreme { key, greatest } => self.extreme(key, *greatest, test),
            Field::Param(key) => match self.schema.params {
                Some(table) => self.label(table, key, test),
                None => "1 = 0".to_owned(),
            },
            Field::Tag(key) => self.label(self.schema.tags, key, test),
            Field::Dataset(field) => self.dataset(*field, test),
            Field::Trace(field) => self.trace(field, test),
        }
    }

    /// A param or a tag. Every test but `is null` asks for the key to be there, as MLflow does.
    pub(super) fn label(&mut self, table: &str, key: &str, test: &Test) -> String {
        if let (
            PROMPT_TAG,
            Test::Text {
                op: TextOp::Ne,
                value,
            },
        ) = (key, test)
        {
            let is = Test::Text {
                op: TextOp::Eq,
                value: value.clone(),
            };
            return format!("not {}", self.label(table, key, &is));
        }
        let key = self.bind(key);
        let owned = self.owned("l");
        let (word, test) = match test {
            Test::Missing => ("not exists", None),
            Test::Present => ("exists", None),
            other => ("exists", Some(self.column_test("l.value", other))),
        };
        let test = test.map_or(String::new(), |test| format!(" and {test}"));
        format!("{word} (select 1 from {table} l where {owned} and l.key = {key}{test})")
    }

    fn metric(&mut self, metrics: &Metrics, key: &str, test: &Test) -> String {
        let Metrics {
            table,
            value,
            is_nan,
            ..
        } = metrics;
        let key = self.bind(key);
        let owned = self.owned("s");
        let (word, test) = match test {
            Test::Missing => ("not exists", String::new()),
            Test::Number { op, value: wanted } => {
                let test = self.number_with_flag(
                    &format!("s.{value}"),
                    &format!("s.{is_nan}"),
                    *op,
                    *wanted,
                );
                ("exists", format!(" and {test}"))
            }
            Test::Present | Test::Text { .. } | Test::OneOf { .. } | Test::Matches { .. } => {
                ("exists", String::new())
            }
        };
        let on = self.on_datasets("s");
        format!("{word} (select 1 from {table} s where {owned} and s.key = {key}{test}{on})")
    }

    /// Keeps what has any metric that was measured on one of the datasets.
    pub(super) fn add_any_metric(&mut self) {
        let Some(metrics) = &self.schema.metrics else {
            return;
        };
        let (table, owned, on) = (metrics.table, self.owned("s"), self.on_datasets("s"));
        self.conditions.push(format!(
            "exists (select 1 from {table} s where {owned}{on})"
        ));
    }

    fn on_datasets(&mut self, label: &str) -> String {
        let datasets = self.datasets.clone();
        let mut each = Vec::with_capacity(datasets.len());
        for OnDataset { name, digest } in datasets {
            let asked = [("dataset_name", name), ("dataset_digest", digest)];
            let tests: Vec<_> = asked
                .into_iter()
                .filter_map(|(column, wanted)| Some((column, wanted?)))
                .map(|(column, wanted)| format!("{label}.{column} = {}", self.bind(wanted)))
                .collect();
            each.push(format!("({})", tests.join(" and ")));
        }
        if each.is_empty() {
            return String::new();
        }
        format!(" and ({})", each.join(" or "))
    }

    /// Kept beside the series for runs; NaN never is one.
    fn extreme(&mut self, key: &str, greatest: bool, test: &Test) -> String {
        let column = extreme_column(greatest);
        let key = self.bind(key);
        let owned = self.owned("s");
        let (word, test) = match test {
            Test::Missing => ("not exists", format!("s.{column} is not null")),
            other => ("exists", self.column_test(&format!("s.{column}"), other)),
        };
        format!("{word} (select 1 from metric_series s where {owned} and s.key = {key} and {test})")
    }

    /// NaN stands as a flag: it equals NaN, differs from every number, and is neither above nor below any.
    fn number_with_flag(
        &mut self,
        column: &str,
        is_nan: &str,
        op: NumberOp,
        wanted: f64,
    ) -> String {
        if wanted.is_nan() {
            return match op {
                NumberOp::Eq => is_nan.to_owned(),
                NumberOp::Ne => format!("not {is_nan}"),
                NumberOp::Gt | NumberOp::Ge | NumberOp::Lt | NumberOp::Le => "1 = 0".to_owned(),
            };
        }
        let bind = self.bind(wanted);
        match op {
            NumberOp::Ne => format!("({is_nan} or {column} <> {bind})"),
            _ => format!("(not {is_nan} and {column} {} {bind})", op.as_sql()),
        }
    }

    fn dataset(&mut self, field: DatasetField, test: &Test) -> String {
        let column = match field {
            DatasetField::Name => "d.name",
            DatasetField::Digest => "d.digest",
            DatasetField::Context => "d.context",
        };
        let owned = self.owned("d");
        if *test == Test::Missing {
            return format!(
                "not exists (select 1 from run_datasets d where {owned} and {column} is not null)"
            );
        }
        let test = self.column_test(column, test);
        format!("exists (select 1 from run_datasets d where {owned} and {test})")
    }

    pub(super) fn column_test(&mut self, column: &str, test: &Test) -> String {
        match test {
            Test::Number { op, value } if value.is_nan() => match op {
                NumberOp::Ne => format!("{column} is not null"),
                _ => "1 = 0".to_owned(),
            },
            Test::Number { op, value } => {
                let bind = self.bind(*value);
                format!("{column} {} {bind}", op.as_sql())
            }
            Test::Text { op, value } => self.text_test(column, *op, value),
            Test::OneOf { values, negated } => {
                let binds: Vec<_> = values.iter().map(|value| self.bind(value)).collect();
                let word = if *negated { "not in" } else { "in" };
                format!("{column} {word} ({})", binds.join(", "))
            }
            Test::Matches { pattern, negated } => {
                let text = dialect::pattern(self.is_sqlite, pattern);
                let bind = self.bind(text);
                dialect::matches(self.is_sqlite, column, &bind, *negated)
            }
            Test::Missing => format!("{column} is null"),
            Test::Present => format!("{column} is not null"),
        }
    }

    fn text_test(&mut self, column: &str, op: TextOp, value: &str) -> String {
        // Only `%` and `_` are special in the search language; a backslash stands for itself.
        let pattern = || value.replace('\\', "\\\\");
        match op {
            TextOp::Eq => format!("{column} = {}", self.bind(value)),
            TextOp::Ne => format!("{column} <> {}", self.bind(value)),
            TextOp::Like => format!("{column} like {} escape '\\'", self.bind(pattern())),
            TextOp::Ilike => {
                format!(
                    "lower({column}) like lower({}) escape '\\'",
                    self.bind(pattern())
                )
            }
        }
    }
}

pub(super) fn extreme_column(greatest: bool) -> &'static str {
    if greatest { "max_value" } else { "min_value" }
}
