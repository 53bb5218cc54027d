//! Orders: in both directions NaN comes after the numbers, and what is missing comes last.

use std::fmt::Write as _;

use domain::search::{Field, OnDataset, OrderBy, TraceField};
use domain::traces::keys;

use super::Search;
use super::condition::extreme_column;
use super::schema::Metrics;

impl Search {
    pub(super) fn add_order(&mut self, clause: &OrderBy, dataset: &OnDataset) {
        let direction = if clause.descending { " desc" } else { "" };
        match &clause.field {
            Field::Attribute(attribute) => {
                let column = self.schema.column(attribute.name);
                let collation = if attribute.is_number {
                    ""
                } else {
                    self.text_order
                };
                self.orders
                    .push(format!("case when {column} is null then 1 else 0 end"));
                // Numbers as MLflow keeps them; without zeros before them, a longer one is a greater one.
                if attribute.name == "experiment_id" {
                    self.orders.push(format!("length({column}){direction}"));
                }
                self.orders.push(format!("{column}{collation}{direction}"));
            }
            Field::Metric(key) => {
                if let Some(metrics) = &self.schema.metrics {
                    let label = if metrics.one_each {
                        self.joined_label(metrics.table, key)
                    } else {
                        self.joined_latest(metrics, key, dataset)
                    };
                    let (value, is_nan) = (metrics.value, metrics.is_nan);
                    self.orders.push(format!(
                        "case when {label}.key is null then 2 when {label}.{is_nan} then 1 else 0 end"
                    ));
                    self.orders.push(format!("{label}.{value}{direction}"));
                }
            }
            Field::Extreme { key, greatest } => {
                let label = self.joined_label("metric_series", key);
                let column = extreme_column(*greatest);
                self.orders.push(format!(
                    "case when {label}.{column} is null then 1 else 0 end"
                ));
                self.orders.push(format!("{label}.{column}{direction}"));
            }
            Field::Param(key) => {
                if let Some(table) = self.schema.params {
                    self.order_by_text_label(table, key, direction);
                }
            }
            Field::Tag(key) => self.order_by_text_label(self.schema.tags, key, direction),
            // The parser refuses to order by datasets: a run may have several.
            Field::Dataset(_) => {}
            Field::Trace(TraceField::Metadata(key)) => {
                self.order_by_text_label("trace_metadata", key, direction);
            }
            Field::Trace(_) => {
                self.order_by_text_label("trace_metadata", keys::SOURCE_RUN, direction);
            }
        }
    }

    fn order_by_text_label(&mut self, table: &str, key: &str, direction: &str) {
        let label = self.joined_label(table, key);
        let collation = self.text_order;
        self.orders
            .push(format!("case when {label}.key is null then 1 else 0 end"));
        self.orders
            .push(format!("{label}.value{collation}{direction}"));
    }

    /// Joins the row of one key. Its bind comes after all binds of conditions, so every filter must be added before.
    fn joined_label(&mut self, table: &str, key: &str) -> String {
        let label = format!("o{}", self.joins.len());
        let bind = self.join_bind(key);
        let owned = self.owned(&label);
        self.joins.push(format!(
            " left join {table} {label} on {owned} and {label}.key = {bind}"
        ));
        label
    }

    /// The same for metrics that a key has several of: the latest, of those on the dataset.
    fn joined_latest(&mut self, metrics: &Metrics, key: &str, dataset: &OnDataset) -> String {
        let label = format!("o{}", self.joins.len());
        let mut of_key = format!("key = {}", self.join_bind(key));
        for (column, wanted) in [
            ("dataset_name", &dataset.name),
            ("dataset_digest", &dataset.digest),
        ] {
            if let Some(wanted) = wanted {
                let bind = self.join_bind(wanted);
                let _ = write!(of_key, " and {column} = {bind}");
            }
        }
        let Metrics {
            table,
            value,
            is_nan,
            ..
        } = metrics;
        let owner = self.schema.owner.join(", ");
        let owned = self.owned(&label);
        self.joins.push(format!(
            " left join (select {owner}, key, {value}, {is_nan}, row_number() over (partition by {owner} \
             order by timestamp_ms desc, step desc, run_id, dataset_name, dataset_digest) as age \
             from {table} where {of_key}) {label} on {owned} and {label}.age = 1"
        ));
        label
    }

    fn join_bind(&mut self, value: &str) -> String {
        self.join_values.push(value.into());
        format!("${}", self.values.len() + self.join_values.len())
    }
}
