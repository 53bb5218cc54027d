//! The search language's tree as portable SQL, every value a bind.
//!
//! One writer serves the five searches; [`Schema`] tells it where an entity's attributes, metrics, params and tags stand.

mod condition;
mod order;
mod schema;
mod trace;

use domain::search::{Entity, Filter, OnDataset, OrderBy};
use schema::Schema;

use crate::StoreError;
use crate::dialect;
use crate::sql::{Conn, Row, Statement, Value, sql};

/// A search under way: what is selected, which rows, in which order.
#[derive(Debug)]
pub struct Search {
    schema: &'static Schema,
    conditions: Vec<String>,
    joins: Vec<String>,
    orders: Vec<String>,
    /// Binds of the conditions; those of joins follow, so that a count can leave joins out.
    values: Vec<Value>,
    join_values: Vec<Value>,
    text_order: &'static str,
    is_sqlite: bool,
    /// Metrics are those that were measured on one of these; on anything when empty.
    datasets: Vec<OnDataset>,
    /// Where rows come from, when not from the entity's table alone, and the alias in it that owns labels.
    source: Option<(&'static str, &'static str)>,
}

/// Which part of the result is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    pub offset: i64,
    pub limit: i64,
}

impl Search {
    pub fn new<'c>(conn: impl Into<Conn<'c>>, entity: Entity) -> Self {
        let conn = conn.into();
        Self {
            schema: Schema::of(entity),
            conditions: Vec::new(),
            joins: Vec::new(),
            orders: Vec::new(),
            values: Vec::new(),
            join_values: Vec::new(),
            text_order: dialect::byte_order(&conn),
            is_sqlite: conn.is_sqlite(),
            datasets: Vec::new(),
            source: None,
        }
    }

    /// Keeps the rows whose `column` is `value`.
    pub fn only(mut self, column: &str, value: impl Into<Value>) -> Self {
        let bind = self.bind(value);
        self.conditions
            .push(format!("{}.{column} = {bind}", self.schema.alias));
        self
    }

    /// Keeps the rows whose `column` is one of `values`.
    pub fn among<'v>(self, column: &str, values: impl IntoIterator<Item = &'v str>) -> Self {
        let column = format!("{}.{column}", self.schema.alias);
        self.among_of(&column, values)
    }

    pub(crate) fn among_of<'v>(
        mut self,
        column: &str,
        values: impl IntoIterator<Item = &'v str>,
    ) -> Self {
        let binds: Vec<_> = values.into_iter().map(|value| self.bind(value)).collect();
        self.conditions.push(match binds.as_slice() {
            [] => "1 = 0".to_owned(),
            // An equality lets the rest of an index give the order.
            [one] => format!("{column} = {one}"),
            _ => format!("{column} in ({})", binds.join(", ")),
        });
        self
    }

    /// Adds a condition over the binds that it is given the names of.
    pub(crate) fn when<const N: usize>(
        mut self,
        values: [Value; N],
        condition: impl FnOnce([&str; N]) -> String,
    ) -> Self {
        let binds = values.map(|value| self.bind(value));
        self.conditions
            .push(condition(binds.each_ref().map(String::as_str)));
        self
    }

    /// Reads from `source` in place of the entity's table, whose alias must be in it. Labels are looked up by the owner
    /// that `owner` names: one that is read before the entity spares its row where a condition does not hold.
    pub(crate) fn reading(mut self, source: &'static str, owner: &'static str) -> Self {
        self.source = Some((source, owner));
        self
    }

    /// `l.run_id = r.run_id`: label rows of this row.
    fn owned(&self, label: &str) -> String {
        let owner = self.source.map_or(self.schema.alias, |(_, owner)| owner);
        self.schema.owned(label, owner)
    }

    /// The first `limit` rows in an order that the caller spells.
    pub(crate) async fn first<'c, R: Row>(
        self,
        conn: impl Into<Conn<'c>>,
        columns: &str,
        order: &str,
        limit: i64,
    ) -> Result<Vec<R>, StoreError> {
        self.first_statement(columns, order, limit).all(conn).await
    }

    pub(crate) fn first_statement(self, columns: &str, order: &str, limit: i64) -> Statement {
        let Schema { table, alias, .. } = self.schema;
        let own = format!("{table} {alias}");
        let source = self.source.map_or(own.as_str(), |(source, _)| source);
        let conditions = self.where_clause();
        let bind = self.values.len() + 1;
        sql(format!(
            "select {columns} from {source}{conditions} order by {order} limit ${bind}"
        ))
        .bind_all(self.values)
        .bind(limit)
    }

    /// Filters by metrics that were measured on one of these datasets. Without such a filter, some metric must be.
    pub fn filter_on(mut self, filter: Option<&Filter>, datasets: &[OnDataset]) -> Self {
        self.datasets = datasets.to_vec();
        if !datasets.is_empty() && !filter.is_some_and(Filter::asks_metric) {
            self.add_any_metric();
        }
        self.filter(filter)
    }

    pub fn filter(mut self, filter: Option<&Filter>) -> Self {
        if let Some(filter) = filter {
            let condition = self.condition(filter);
            self.conditions.push(condition);
        }
        self
    }

    pub fn order(mut self, clauses: &[OrderBy]) -> Self {
        for clause in clauses {
            self.add_order(clause, &OnDataset::default());
        }
        self
    }

    /// The same; a metric counts as it was measured on the dataset that stands beside its clause.
    pub fn order_on(mut self, clauses: &[(OrderBy, OnDataset)]) -> Self {
        for (clause, dataset) in clauses {
            self.add_order(clause, dataset);
        }
        self
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// The rows of one page, `columns` of each.
    pub async fn page<'c, R: Row>(
        self,
        conn: impl Into<Conn<'c>>,
        columns: &str,
        page: Page,
    ) -> Result<Vec<R>, StoreError> {
        self.page_statement(columns, page).all(conn).await
    }

    pub(crate) fn page_statement(self, columns: &str, page: Page) -> Statement {
        let Schema {
            table, alias, tie, ..
        } = self.schema;
        let conditions = self.where_clause();
        let orders: String = self
            .orders
            .iter()
            .map(|order| format!("{order}, "))
            .collect();
        let joins = self.joins.concat();
        let binds = self.values.len() + self.join_values.len();
        sql(format!(
            "select {columns} from {table} {alias}{joins}{conditions} order by {orders}{tie} limit ${} offset ${}",
            binds + 1,
            binds + 2
        ))
        .bind_all(self.values)
        .bind_all(self.join_values)
        .bind(page.limit)
        .bind(page.offset)
    }

    /// How many rows there are on all pages together.
    pub async fn count<'c>(self, conn: impl Into<Conn<'c>>) -> Result<i64, StoreError> {
        let Schema { table, alias, .. } = self.schema;
        let conditions = self.where_clause();
        let (count,): (i64,) = sql(format!("select count(*) from {table} {alias}{conditions}"))
            .bind_all(self.values)
            .one(conn)
            .await?;
        Ok(count)
    }

    /// Keeps the rows for which a condition of the caller's own holds; `{}` in it stands for the list of `values`.
    pub fn holding_any<'v>(
        mut self,
        condition: &str,
        values: impl IntoIterator<Item = &'v str>,
    ) -> Self {
        let binds: Vec<_> = values.into_iter().map(|value| self.bind(value)).collect();
        let list = format!("({})", binds.join(", "));
        self.conditions.push(condition.replace("{}", &list));
        self
    }

    fn where_clause(&self) -> String {
        match self.conditions.is_empty() {
            true => String::new(),
            false => format!(" where {}", self.conditions.join(" and ")),
        }
    }
}

#[cfg(test)]
mod tests;
