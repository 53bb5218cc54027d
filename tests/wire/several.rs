//! Several servers on one PostgreSQL: each answers the same, hears of what the others commit, and reads what they wrote.

use std::time::{Duration, Instant};

use drydock_tests::postgres::Cluster;
use http::{ListenOptions, RunningServer};
use reqwest::Method;
use serde_json::{Value, json};
use services::workspace::{Database, Folders, WorkspaceOptions};
use services::{ChangeKind, Clock, Context};
use store::PostgresOptions;

use crate::Client;

struct Server {
    ctx: Context,
    running: RunningServer,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Server {
    async fn start(database: PostgresOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = WorkspaceOptions {
            database: Database::Postgres(database),
            ..WorkspaceOptions::local(Folders::new(folder.path()))
        };
        let ctx = Context::open(options, Clock::system()).await.unwrap();
        let listen = ListenOptions {
            port: 0,
            ..ListenOptions::default()
        };
        let running = http::start(&ctx, listen).await.unwrap();
        let client = Client {
            address: format!("http://{}", running.address),
            http: reqwest::Client::new(),
        };
        Self {
            ctx,
            running,
            client,
            _folder: folder,
        }
    }
}

/// Three that start at once on an empty database: one migrates, the others wait, and none fails.
async fn three(options: &PostgresOptions) -> [Server; 3] {
    let [a, b, c] = [(); 3].map(|()| tokio::spawn(Server::start(options.clone())));
    [a.await.unwrap(), b.await.unwrap(), c.await.unwrap()]
}

async fn searched(client: &Client, experiment: &str) -> Value {
    let query = json!({
        "experiment_ids": [experiment],
        "filter": "metrics.loss >= 0",
        "order_by": ["metrics.loss ASC"],
        "max_results": 100,
    });
    client.post("runs/search", query).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_servers_are_one() {
    let cluster = Cluster::start().unwrap();
    let mut options = PostgresOptions::new(cluster.url());
    options.connections_max = 6;
    let servers = three(&options).await;
    let [a, b, c] = &servers;

    let mut heard = b.ctx.changes.subscribe();
    let (experiment, run) = a.client.new_run("shared").await;
    let began = Instant::now();
    let wanted = ChangeKind::Runs.of(&experiment);
    while heard.recv().await.unwrap() != wanted {}
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "the change took {:?}",
        began.elapsed()
    );

    // A run begun at one, logged to at another, is whole at the third.
    for step in 0..5 {
        let metric =
            json!({"run_id": run, "key": "loss", "value": step, "timestamp": step, "step": step});
        b.client.post("runs/log-metric", metric).await.ok();
    }
    let page = searched(&c.client, &experiment).await;
    assert_eq!(page["runs"][0]["data"]["metrics"][0]["value"], 4.0);
    for server in &servers {
        assert_eq!(searched(&server.client, &experiment).await, page);
    }
    for server in servers {
        server.running.stop().await;
    }
}

/// Writes at one server and reads at another that has a replica: always the newest, whatever the replica lags.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_never_reads_stale() {
    let cluster = Cluster::start().unwrap();
    let replica = cluster.replica().unwrap();
    let mut options = PostgresOptions::new(cluster.url());
    let writer = Server::start(options.clone()).await;
    options.replica_url = Some(replica.url());
    let reader = Server::start(options).await;
    let (experiment, run) = writer.client.new_run("replicated").await;
    for step in 0..100 {
        let metric =
            json!({"run_id": run, "key": "loss", "value": step, "timestamp": step, "step": step});
        writer.client.post("runs/log-metric", metric).await.ok();
        let page = searched(&reader.client, &experiment).await;
        assert_eq!(
            page["runs"][0]["data"]["metrics"][0]["value"],
            f64::from(step)
        );
    }
    let caught_up = Instant::now();
    while !reader.ctx.store.reading_from_replica().await.unwrap() {
        assert!(
            caught_up.elapsed() < Duration::from_secs(10),
            "the replica never answers a read"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Without its replica a server goes on, slower.
    drop(replica);
    let page = searched(&reader.client, &experiment).await;
    assert_eq!(page["runs"][0]["info"]["run_id"], json!(run));
    let path = format!("/api/2.0/mlflow/runs/get?run_id={run}");
    reader
        .client
        .send(Method::GET, &path, Value::Null)
        .await
        .ok();
    reader.running.stop().await;
    writer.running.stop().await;
}
