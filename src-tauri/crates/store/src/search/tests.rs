#![allow(clippy::unwrap_used)]
use domain::search::{parse_filter, parse_order_by};
use sqlx::sqlite::SqlitePoolOptions;

use super::*;
use crate::sql::Pool;

async fn pool() -> Pool {
    let pool = SqlitePoolOptions::new()
        .connect("sqlite::memory:")
        .await
        .unwrap();
    Pool::Sqlite {
        read: pool.clone(),
        write: pool,
    }
}

async fn statement(filter: &str, order: &[&str]) -> Statement {
    let filter = parse_filter(Entity::Runs, filter).unwrap();
    let order: Vec<_> = order
        .iter()
        .map(|text| parse_order_by(Entity::Runs, text).unwrap())
        .collect();
    Search::new(&pool().await, Entity::Runs)
        .only("experiment_id", "1")
        .filter(filter.as_ref())
        .order(&order)
        .page_statement(
            "r.run_id",
            Page {
                offset: 20,
                limit: 10,
            },
        )
}

#[tokio::test]
async fn values_are_binds_and_joins_follow_conditions() {
    let statement = statement(
        "metrics.loss < 0.5 and tags.a = 'x;drop'",
        &["metrics.auc DESC", "params.lr"],
    )
    .await;
    assert_eq!(
        format!("{statement:?}"),
        concat!(
            "Statement { text: \"select r.run_id from runs r",
            " left join metric_series o0 on o0.run_id = r.run_id and o0.key = $6",
            " left join run_params o1 on o1.run_id = r.run_id and o1.key = $7",
            " where r.experiment_id = $1 and (",
            "exists (select 1 from metric_series s where s.run_id = r.run_id and s.key = $2",
            " and (not s.latest_is_nan and s.latest_value < $3))",
            " and exists (select 1 from run_tags l where l.run_id = r.run_id and l.key = $4 and l.value = $5))",
            " order by case when o0.key is null then 2 when o0.latest_is_nan then 1 else 0 end, o0.latest_value desc,",
            " case when o1.key is null then 1 else 0 end, o1.value,",
            " r.started_at_ms desc, r.run_id limit $8 offset $9\",",
            " values: [Text(Some(\"1\")), Text(Some(\"loss\")), Float(Some(0.5)), Text(Some(\"a\")),",
            " Text(Some(\"x;drop\")), Text(Some(\"auc\")), Text(Some(\"lr\")), Int(Some(10)), Int(Some(20))] }"
        )
    );
}
