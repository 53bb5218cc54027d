//! Runs page after page.
//!
//! By start or by one metric, a page is read along an index and the next one begins after the last run of this one: the
//! thousandth page costs what the first does, and runs that are logged meanwhile move nothing. Runs in the order of a
//! metric come in three parts, each with its own statement: those with a number, those with NaN, those without it. Other
//! orders are sorted whole and paged by offset.

use domain::search::{Comparison, Entity, Field, Filter, OrderBy, Test};
use domain::tracking::{ExperimentId, ViewType};

use crate::search::{Page, Search};
use crate::sql::Value;
use crate::{Pool, StoreError};

/// Which runs are looked for.
#[derive(Debug, Clone)]
pub struct RunSearch {
    pub experiment_ids: Vec<ExperimentId>,
    pub view: ViewType,
    pub filter: Option<Filter>,
    pub order: Vec<OrderBy>,
}

/// A run that was found, and which state of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundRun {
    pub run_id: String,
    pub revision: i64,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    Offset(i64),
    After(Cursor),
}

/// The last run of a page, by all that its order looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    pub part: Part,
    /// The metric, where runs are ordered by one.
    pub value: f64,
    pub started_at_ms: i64,
    pub run_id: String,
}

/// The three parts of an order by a metric. Orders by start have `Numbers` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Numbers,
    NotANumber,
    Missing,
}

#[derive(Debug)]
pub struct FoundRuns {
    pub runs: Vec<FoundRun>,
    /// Where the next page begins; `None` after the last run.
    pub next: Option<Place>,
}

/// An order that an index gives.
enum Path<'o> {
    Newest,
    Oldest,
    Metric { key: &'o str, descending: bool },
    Sorted,
}

fn path(order: &[OrderBy]) -> Path<'_> {
    let is_start =
        |clause: &OrderBy| matches!(&clause.field, Field::Attribute(a) if a.name == "start_time");
    match order {
        [] => Path::Newest,
        [only] if is_start(only) && only.descending => Path::Newest,
        [only] if is_start(only) => Path::Oldest,
        [
            OrderBy {
                field: Field::Metric(key),
                descending,
            },
            rest @ ..,
        ] if matches!(rest, []) || matches!(rest, [next] if is_start(next) && next.descending) => {
            Path::Metric {
                key,
                descending: *descending,
            }
        }
        _ => Path::Sorted,
    }
}

/// One page of at most `limit` runs. A place that belongs to another order gives `None`.
pub async fn find(
    pool: &Pool,
    wanted: &RunSearch,
    place: Option<&Place>,
    limit: i64,
) -> Result<Option<FoundRuns>, StoreError> {
    let path = path(&wanted.order);
    let cursor = match (place, &path) {
        (Some(Place::Offset(offset)), Path::Sorted) => {
            return find_sorted(pool, wanted, *offset, limit).await.map(Some);
        }
        (None, Path::Sorted) => return find_sorted(pool, wanted, 0, limit).await.map(Some),
        (Some(Place::Offset(_)), _) | (Some(Place::After(_)), Path::Sorted) => return Ok(None),
        (Some(Place::After(cursor)), _) => Some(cursor),
        (None, _) => None,
    };
    let mut rows = Vec::new();
    match path {
        Path::Newest => rows = by_start(pool, wanted, true, cursor, limit + 1).await?,
        Path::Oldest => rows = by_start(pool, wanted, false, cursor, limit + 1).await?,
        Path::Metric { key, descending } => {
            let walk = MetricWalk {
                pool,
                wanted,
                key,
                descending,
            };
            for part in [Part::Numbers, Part::NotANumber, Part::Missing] {
                let before = cursor.is_some_and(|cursor| cursor.part > part);
                let more = limit + 1 - i64::try_from(rows.len()).unwrap_or(i64::MAX);
                if !before && more > 0 && !walk.is_empty(part) {
                    let cursor = cursor.filter(|cursor| cursor.part == part);
                    rows.extend(walk.part(part, cursor, more).await?);
                }
            }
        }
        Path::Sorted => {}
    }
    Ok(Some(page_of(rows, limit)))
}

struct Row {
    run_id: String,
    revision: i64,
    started_at_ms: i64,
    value: f64,
    part: Part,
}

fn page_of(mut rows: Vec<Row>, limit: i64) -> FoundRuns {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| {
        Place::After(Cursor {
            part: last.part,
            value: last.value,
            started_at_ms: last.started_at_ms,
            run_id: last.run_id.clone(),
        })
    });
    let found = |row: Row| FoundRun {
        run_id: row.run_id,
        revision: row.revision,
    };
    FoundRuns {
        runs: rows.into_iter().map(found).collect(),
        next,
    }
}

async fn find_sorted(
    pool: &Pool,
    wanted: &RunSearch,
    offset: i64,
    limit: i64,
) -> Result<FoundRuns, StoreError> {
    let page = Page {
        offset,
        limit: limit + 1,
    };
    let rows: Vec<(String, i64)> = matching(pool, wanted)
        .order(&wanted.order)
        .page(pool, "r.run_id, r.revision", page)
        .await?;
    let length = usize::try_from(limit).unwrap_or(0);
    let next = (rows.len() > length && length > 0).then_some(Place::Offset(offset + limit));
    let found = |(run_id, revision)| FoundRun { run_id, revision };
    Ok(FoundRuns {
        runs: rows.into_iter().take(length).map(found).collect(),
        next,
    })
}

/// How many runs match on all pages together.
pub async fn count(pool: &Pool, wanted: &RunSearch) -> Result<i64, StoreError> {
    matching(pool, wanted).count(pool).await
}

/// The statement of a search without its order.
fn matching(pool: &Pool, wanted: &RunSearch) -> Search {
    let ids = wanted.experiment_ids.iter().map(ExperimentId::as_str);
    conditions(
        Search::new(pool, Entity::Runs).among("experiment_id", ids),
        wanted,
    )
}

fn conditions(mut search: Search, wanted: &RunSearch) -> Search {
    if let Some(lifecycle) = wanted.view.lifecycle() {
        search = search.only("lifecycle", lifecycle.as_str());
    }
    search.filter(wanted.filter.as_ref())
}

const NEWEST_FIRST: &str = "r.started_at_ms desc, r.run_id";

/// The rows after `cursor` in the order of start; among those of one instant, by id.
async fn by_start(
    pool: &Pool,
    wanted: &RunSearch,
    descending: bool,
    cursor: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let mut search = matching(pool, wanted);
    if let Some(cursor) = cursor {
        search = after_start(search, cursor, descending);
    }
    let order = if descending {
        NEWEST_FIRST
    } else {
        "r.started_at_ms, r.run_id"
    };
    plain_rows(search, pool, Part::Numbers, order, limit).await
}

/// Keeps what comes after the cursor. The first half alone bounds the walk along the index.
fn after_start(search: Search, cursor: &Cursor, descending: bool) -> Search {
    let word = if descending { "<" } else { ">" };
    let values = [
        Value::from(cursor.started_at_ms),
        Value::from(cursor.run_id.as_str()),
    ];
    search.when(values, |[start, id]| {
        format!(
            "r.started_at_ms {word}= {start} and (r.started_at_ms {word} {start} or r.run_id > {id})"
        )
    })
}

async fn plain_rows(
    search: Search,
    pool: &Pool,
    part: Part,
    order: &str,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let rows: Vec<(String, i64, i64)> = search
        .first(pool, "r.run_id, r.revision, r.started_at_ms", order, limit)
        .await?;
    let row = |(run_id, revision, started_at_ms)| Row {
        run_id,
        revision,
        started_at_ms,
        value: 0.0,
        part,
    };
    Ok(rows.into_iter().map(row).collect())
}

struct MetricWalk<'w> {
    pool: &'w Pool,
    wanted: &'w RunSearch,
    key: &'w str,
    descending: bool,
}

impl MetricWalk<'_> {
    /// Whether the filter says already that the part has no run.
    fn is_empty(&self, part: Part) -> bool {
        part == Part::Missing
            && (self.wanted.filter.as_ref()).is_some_and(|filter| asks_for(filter, self.key))
    }

    async fn part(
        &self,
        part: Part,
        cursor: Option<&Cursor>,
        limit: i64,
    ) -> Result<Vec<Row>, StoreError> {
        match part {
            Part::Numbers => self.numbers(cursor, limit).await,
            Part::NotANumber => {
                let search = after(self.series(true), cursor);
                plain_rows(search, self.pool, part, NEWEST_FIRST, limit).await
            }
            Part::Missing => {
                let search = after(matching(self.pool, self.wanted), cursor)
                    .when([Value::from(self.key)], |[key]| {
                        format!("not exists (select 1 from metric_series o where o.run_id = r.run_id and o.key = {key})")
                    });
                plain_rows(search, self.pool, part, NEWEST_FIRST, limit).await
            }
        }
    }

    /// Runs through the index of the metric's latest values. A cross join is how SQLite is told to begin there.
    fn series(&self, not_a_number: bool) -> Search {
        let ids = self.wanted.experiment_ids.iter();
        let search = Search::new(self.pool, Entity::Runs)
            .reading("metric_series o cross join runs r", "o")
            .among_of("o.experiment_id", ids.map(ExperimentId::as_str))
            .when([Value::from(self.key)], |[key]| {
                format!(
                    "o.key = {key} and o.latest_is_nan = {not_a_number} and r.run_id = o.run_id"
                )
            });
        conditions(search, self.wanted)
    }

    async fn numbers(&self, cursor: Option<&Cursor>, limit: i64) -> Result<Vec<Row>, StoreError> {
        let (word, direction) = if self.descending {
            ("<", " desc")
        } else {
            (">", "")
        };
        let mut search = self.series(false);
        if let Some(cursor) = cursor {
            let values = [
                Value::from(cursor.value),
                Value::from(cursor.started_at_ms),
                Value::from(cursor.run_id.as_str()),
            ];
            search = search.when(values, |[value, start, id]| {
                format!(
                    "o.latest_value {word}= {value} and (o.latest_value {word} {value} or r.started_at_ms < {start} \
                     or (r.started_at_ms = {start} and r.run_id > {id}))"
                )
            });
        }
        let rows: Vec<(String, i64, i64, f64)> = search
            .first(
                self.pool,
                "r.run_id, r.revision, r.started_at_ms, o.latest_value",
                &format!("o.latest_value{direction}, {NEWEST_FIRST}"),
                limit,
            )
            .await?;
        let row = |(run_id, revision, started_at_ms, value)| Row {
            run_id,
            revision,
            started_at_ms,
            value,
            part: Part::Numbers,
        };
        Ok(rows.into_iter().map(row).collect())
    }
}

fn after(search: Search, cursor: Option<&Cursor>) -> Search {
    match cursor {
        Some(cursor) => after_start(search, cursor, true),
        None => search,
    }
}

/// Whether every run that the filter lets through has the metric.
fn asks_for(filter: &Filter, key: &str) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().any(|part| asks_for(part, key)),
        Filter::Or(parts) => parts.iter().all(|part| asks_for(part, key)),
        Filter::Not(_) => false,
        Filter::Compare(Comparison { field, test }) => {
            matches!(field, Field::Metric(asked) if asked == key) && *test != Test::Missing
        }
    }
}
