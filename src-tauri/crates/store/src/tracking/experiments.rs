//! Experiments and their tags.

use domain::search::{Entity, Filter, OrderBy};
use domain::tracking::{Experiment, ExperimentId, Lifecycle, Tag, ViewType};

use super::IDS_AT_ONCE;
use crate::bulk::{Kind, Rows};
use crate::dialect;
use crate::search::{Page, Search};
use crate::sql::{Conn, sql};
use crate::{Pool, StoreError, Tx};

const COLUMNS: &str =
    "e.experiment_id, e.name, e.artifact_location, e.lifecycle, e.created_at_ms, e.updated_at_ms";

#[derive(Debug, sqlx::FromRow)]
struct ExperimentRow {
    #[sqlx(try_from = "String")]
    experiment_id: ExperimentId,
    name: String,
    artifact_location: String,
    #[sqlx(try_from = "String")]
    lifecycle: Lifecycle,
    created_at_ms: i64,
    updated_at_ms: i64,
}

impl ExperimentRow {
    fn with_tags(self, tags: Vec<Tag>) -> Experiment {
        Experiment {
            id: self.experiment_id,
            name: self.name,
            artifact_location: self.artifact_location,
            lifecycle: self.lifecycle,
            created_at_ms: self.created_at_ms,
            updated_at_ms: self.updated_at_ms,
            tags,
        }
    }
}

/// How many runs an experiment has.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RunCount {
    pub experiment_id: String,
    pub run_count: i64,
    pub live_run_count: i64,
}

/// The next experiment number. Locks the sequence until the transaction ends.
pub async fn next_id(tx: &mut Tx) -> Result<ExperimentId, StoreError> {
    let (next,): (i64,) = sql(
        "update number_sequences set next_number = next_number + 1 where kind = 'experiment' returning next_number - 1",
    )
    .one(tx)
    .await?;
    Ok(ExperimentId::from_number(next))
}

/// Lets the sequence go on after a number that an import has kept. Ids that no sequence reaches (a file store's are random
/// 18 digits) leave it alone.
pub async fn skip_ids(tx: &mut Tx, taken: i64) -> Result<(), StoreError> {
    const SEQUENCE_MAX: i64 = 1_000_000_000;
    if !(0..SEQUENCE_MAX).contains(&taken) {
        return Ok(());
    }
    sql("update number_sequences set next_number = $1 where kind = 'experiment' and next_number < $1")
        .bind(taken + 1)
        .execute(tx)
        .await?;
    Ok(())
}

/// Inserts the experiment with its tags; false when the name or the id is taken.
pub async fn insert(tx: &mut Tx, experiment: &Experiment) -> Result<bool, StoreError> {
    let inserted = sql(
        "insert into experiments (experiment_id, name, artifact_location, lifecycle, created_at_ms, updated_at_ms) \
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
    )
    .bind(experiment.id.as_str())
    .bind(&experiment.name)
    .bind(&experiment.artifact_location)
    .bind(experiment.lifecycle.as_str())
    .bind(experiment.created_at_ms)
    .bind(experiment.updated_at_ms)
    .execute(&mut *tx)
    .await?;
    if inserted == 0 {
        return Ok(false);
    }
    for tag in &experiment.tags {
        set_tag(tx, &experiment.id, tag).await?;
    }
    Ok(true)
}

pub async fn by_id(pool: &Pool, id: &ExperimentId) -> Result<Option<Experiment>, StoreError> {
    let row = sql(format!(
        "select {COLUMNS} from experiments e where e.experiment_id = $1"
    ))
    .bind(id.as_str())
    .optional::<ExperimentRow>(pool)
    .await?;
    one_with_tags(pool, row).await
}

/// Active or deleted: a name stays taken until its experiment is gone for good.
pub async fn by_name(pool: &Pool, name: &str) -> Result<Option<Experiment>, StoreError> {
    let row = sql(format!(
        "select {COLUMNS} from experiments e where e.name = $1"
    ))
    .bind(name)
    .optional::<ExperimentRow>(pool)
    .await?;
    one_with_tags(pool, row).await
}

async fn one_with_tags(
    pool: &Pool,
    row: Option<ExperimentRow>,
) -> Result<Option<Experiment>, StoreError> {
    match row {
        Some(row) => Ok(with_tags(pool, vec![row]).await?.pop()),
        None => Ok(None),
    }
}

/// The experiment without its tags, kept from changing until the transaction ends.
pub async fn lock(tx: &mut Tx, id: &ExperimentId) -> Result<Option<Experiment>, StoreError> {
    let conn = Conn::from(tx);
    let lock = dialect::for_update(&conn);
    let row = sql(format!(
        "select {COLUMNS} from experiments e where e.experiment_id = $1{lock}"
    ))
    .bind(id.as_str())
    .optional::<ExperimentRow>(conn)
    .await?;
    Ok(row.map(|row| row.with_tags(Vec::new())))
}

/// Those of these experiments that are there, without their tags, kept from changing until the transaction ends.
pub async fn lock_shared<'i>(
    tx: &mut Tx,
    ids: impl Iterator<Item = &'i str>,
) -> Result<Vec<Experiment>, StoreError> {
    let mut wanted = Rows::new([Kind::Text]);
    for id in ids {
        wanted.push([id.into()]);
    }
    let lock = dialect::for_share(&Conn::from(&mut *tx));
    let mut experiments = Vec::new();
    for piece in wanted.pieces(&Conn::from(&mut *tx)) {
        let rows: Vec<ExperimentRow> = sql(format!(
            "with wanted(wanted_id) as ({}) select {COLUMNS} from experiments e \
             where e.experiment_id in (select wanted_id from wanted) order by e.experiment_id{lock}",
            piece.source
        ))
        .bind_all(piece.values)
        .all(&mut *tx)
        .await?;
        experiments.extend(rows.into_iter().map(|row| row.with_tags(Vec::new())));
    }
    Ok(experiments)
}

/// False when the new name is taken.
pub async fn rename(
    tx: &mut Tx,
    id: &ExperimentId,
    name: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let changed = sql(
        "update experiments set name = $1, updated_at_ms = $2 where experiment_id = $3 \
         and not exists (select 1 from experiments o where o.name = $1 and o.experiment_id <> $3)",
    )
    .bind(name)
    .bind(now_ms)
    .bind(id.as_str())
    .execute(tx)
    .await;
    match changed {
        Ok(rows) => Ok(rows > 0),
        // Another transaction took the name between the look and the update.
        Err(error) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Deletes or restores the experiment, which the caller has locked, and with it its runs, locked in the order of their ids.
pub async fn set_lifecycle(
    tx: &mut Tx,
    id: &ExperimentId,
    lifecycle: Lifecycle,
    now_ms: i64,
) -> Result<(), StoreError> {
    let deleted_at_ms = (lifecycle == Lifecycle::Deleted).then_some(now_ms);
    sql("update experiments set lifecycle = $1, updated_at_ms = $2, deleted_at_ms = $4 where experiment_id = $3")
        .bind(lifecycle.as_str())
        .bind(now_ms)
        .bind(id.as_str())
        .bind(deleted_at_ms)
        .execute(&mut *tx)
        .await?;
    let lock = dialect::for_update(&Conn::from(&mut *tx));
    sql(format!(
        "with locked(locked_id) as (select run_id from runs where experiment_id = $2 order by run_id{lock}) \
         update runs set lifecycle = $1, revision = revision + 1, deleted_at_ms = $3 from locked where run_id = locked_id"
    ))
        .bind(lifecycle.as_str())
        .bind(id.as_str())
        .bind(deleted_at_ms)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn set_tag(tx: &mut Tx, id: &ExperimentId, tag: &Tag) -> Result<(), StoreError> {
    sql(
        "insert into experiment_tags (experiment_id, key, value) values ($1, $2, $3) \
         on conflict (experiment_id, key) do update set value = excluded.value",
    )
    .bind(id.as_str())
    .bind(&tag.key)
    .bind(&tag.value)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn delete_tag(tx: &mut Tx, id: &ExperimentId, key: &str) -> Result<bool, StoreError> {
    let deleted = sql("delete from experiment_tags where experiment_id = $1 and key = $2")
        .bind(id.as_str())
        .bind(key)
        .execute(tx)
        .await?;
    Ok(deleted > 0)
}

pub async fn search(
    pool: &Pool,
    view: ViewType,
    filter: Option<&Filter>,
    order: &[OrderBy],
    page: Page,
) -> Result<Vec<Experiment>, StoreError> {
    let mut search = Search::new(pool, Entity::Experiments);
    if let Some(lifecycle) = view.lifecycle() {
        search = search.only("lifecycle", lifecycle.as_str());
    }
    let rows = search
        .filter(filter)
        .order(order)
        .page(pool, COLUMNS, page)
        .await?;
    with_tags(pool, rows).await
}

/// Active runs of every experiment that has any.
pub async fn run_counts(pool: &Pool) -> Result<Vec<RunCount>, StoreError> {
    sql("select experiment_id, count(*) as run_count, \
         cast(sum(case when status = 'RUNNING' then 1 else 0 end) as bigint) as live_run_count \
         from runs where lifecycle = 'active' group by experiment_id")
    .all(pool)
    .await
}

async fn with_tags(pool: &Pool, rows: Vec<ExperimentRow>) -> Result<Vec<Experiment>, StoreError> {
    let mut experiments = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let piece: Vec<_> = rows.by_ref().take(IDS_AT_ONCE).collect();
        let ids = piece.iter().map(|row| row.experiment_id.as_str());
        let list = dialect::in_list(1, piece.len());
        let tags: Vec<(String, String, String)> = sql(format!(
            "select experiment_id, key, value from experiment_tags where experiment_id in {list}"
        ))
        .bind_all(ids)
        .all(pool)
        .await?;
        let mut tags = super::labels::by_owner(tags);
        experiments.extend(piece.into_iter().map(|row| {
            let tags = tags.remove(row.experiment_id.as_str()).unwrap_or_default();
            row.with_tags(
                tags.into_iter()
                    .map(|(key, value)| Tag { key, value })
                    .collect(),
            )
        }));
    }
    Ok(experiments)
}
