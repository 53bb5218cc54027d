//! One conformance suite, run on SQLite and on a real PostgreSQL: the same statements must mean the same.

// A scenario reads best in one piece, and its JSON is made where it is passed.
#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::needless_pass_by_value
)]

mod artifacts;
mod deployment;
mod registry;
mod series;
mod traces;
mod tracking;

use std::future::Future;

use drydock_tests::postgres::Cluster;
use store::{Pool, PostgresOptions, Store};

/// Every case, on a store that earlier cases have used: ids are the case's own.
async fn conform(store: &Store) {
    registry::models_and_versions(store).await;
    registry::gate_files_are_revisions(store).await;
    registry::renaming_carries_everything(store).await;
    registry::history_outlives_versions(store).await;
    registry::a_former_model_keeps_its_history(store).await;
    registry::two_who_promote_are_served_in_turn(store).await;
    deployment::endpoints_and_history(store).await;
    deployment::the_newest_report_of_each_version(store).await;
    tracking::experiments_keep_their_names(store).await;
    tracking::a_batch_keeps_every_number(store).await;
    tracking::a_long_series_is_read_in_pieces(store).await;
    tracking::eight_writers_of_one_run_lose_nothing(store).await;
    tracking::params_are_written_once_and_tags_again(store).await;
    tracking::searches_mean_the_same(store).await;
    tracking::pages_hold_still_while_runs_are_logged(store).await;
    series::samples_are_even(store).await;
    tracking::logged_models_carry_their_metrics(store).await;
    series::random_points_are_kept_exactly_once(store).await;
    series::an_old_point_beside_a_new_one_reads_one_chunk(store).await;
    series::a_chart_zooms_from_summaries_to_points(store).await;
    series::every_write_raises_the_revision(store).await;
    artifacts::paths_point_at_blobs(store).await;
    traces::spans_arrive_in_any_order(store).await;
    traces::datasets_join_equal_inputs(store).await;
    rollback_on_drop(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(&folder.path().join("drydock.db"))
        .await
        .unwrap();
    conform(&store).await;
    series::old_points_are_carried_over(&store, async || {
        Store::open_sqlite(&folder.path().join("drydock.db"))
            .await
            .unwrap()
    })
    .await;
    store.close().await;
    // Opening again finds everything migrated and the rows in place.
    let again = Store::open_sqlite(&folder.path().join("drydock.db"))
        .await
        .unwrap();
    assert!(
        !store::registry::all_models(again.pool())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_conforms() {
    let cluster = Cluster::start().unwrap();
    let store = Store::open_postgres(&PostgresOptions::new(cluster.url()))
        .await
        .unwrap();
    assert!(matches!(store.pool(), Pool::Postgres(_)));
    conform(&store).await;
    series::a_number_that_is_taken_is_a_conflict(&store).await;
    series::old_points_are_carried_over(&store, async || {
        Store::open_postgres(&PostgresOptions::new(cluster.url()))
            .await
            .unwrap()
    })
    .await;
    store.close().await;
}

/// A transaction that is dropped leaves nothing behind.
async fn rollback_on_drop(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    store::settings::set(&mut tx, "dropped", "yes")
        .await
        .unwrap();
    drop(tx);
    assert_eq!(
        store::settings::get(store.pool(), "dropped").await.unwrap(),
        None
    );
}

/// Runs a write in its own transaction.
async fn write<T, F>(store: &Store, work: impl FnOnce(store::Tx) -> F) -> T
where
    F: Future<Output = (store::Tx, T)>,
{
    let (tx, value) = work(store.begin().await.unwrap()).await;
    tx.commit().await.unwrap();
    value
}
