//! PostgreSQL killed in mid-load, and several servers writing to the same runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use drydock_tests::postgres::Cluster;
use reqwest::Method;
use serde_json::{Value, json};
use store::{PostgresOptions, Store};

use crate::{Client, serve};

const KEYS: i64 = 5;
const STEPS: i64 = 8;

async fn server(cluster: &Cluster, folder: &tempfile::TempDir) -> (http::RunningServer, Client) {
    let store = Store::open_postgres(&PostgresOptions::new(cluster.url()))
        .await
        .unwrap();
    let (_, server) = serve(store, folder).await;
    let client = Client {
        address: format!("http://{}", server.address),
        http: reqwest::Client::new(),
    };
    (server, client)
}

/// Batch `number` of a run: every key at the same steps, so that a torn batch shows.
fn batch(run: &str, number: i64) -> Value {
    let steps = number * STEPS..(number + 1) * STEPS;
    let metrics: Vec<Value> = steps
        .flat_map(|step| (0..KEYS).map(move |key| (step, key)))
        .map(|(step, key)| {
            json!({"key": format!("k{key}"), "value": step, "timestamp": step, "step": step})
        })
        .collect();
    json!({
        "run_id": run,
        "metrics": metrics,
        "params": [{"key": format!("p{number}"), "value": "x"}],
        "tags": [{"key": "last", "value": number.to_string()}],
    })
}

/// The steps of one metric.
async fn steps(client: &Client, run: &str, key: &str) -> Vec<i64> {
    let path = format!("metrics/get-history?run_id={run}&metric_key={key}");
    let history = client.get(&path).await.ok();
    let points = history["metrics"].as_array().cloned().unwrap_or_default();
    points.iter().map(|p| p["step"].as_i64().unwrap()).collect()
}

#[derive(Default)]
struct Logged {
    acknowledged: Vec<i64>,
    refused: usize,
    /// When writes were acknowledged, for how long an outage was felt.
    at: Vec<Instant>,
}

/// Logs batch after batch until told to stop; one that is answered with 503 is sent again.
async fn script(client: Client, run: String, stop: Arc<AtomicBool>) -> Logged {
    let mut logged = Logged::default();
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let sent = client
            .raw(Method::POST, "/api/2.0/mlflow/runs/log-batch")
            .json(&batch(&run, number));
        let answer = sent.send().await.unwrap();
        match answer.status().as_u16() {
            200 => {
                logged.acknowledged.push(number);
                logged.at.push(Instant::now());
                number += 1;
            }
            503 => {
                assert!(answer.headers().contains_key("retry-after"));
                logged.refused += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            other => panic!("{other}: {}", answer.text().await.unwrap()),
        }
    }
    logged
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_killed_in_mid_load() {
    let mut cluster = Cluster::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (server, client) = server(&cluster, &folder).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut scripts = Vec::new();
    for number in 0..8 {
        let (_, run) = client.new_run(&format!("killed {number}")).await;
        let (client, stop, name) = (client.clone(), Arc::clone(&stop), run.clone());
        scripts.push((run, tokio::spawn(script(client, name, stop))));
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    cluster.kill();
    let killed = Instant::now();
    // Longer than a write waits for a connection: a short outage may pass without anyone being told.
    tokio::time::sleep(Duration::from_secs(6)).await;
    tokio::task::block_in_place(|| cluster.start_again()).unwrap();
    let ready = Instant::now();
    tokio::time::sleep(Duration::from_secs(4)).await;
    stop.store(true, Ordering::Relaxed);
    let mut refused = 0;
    for (run, script) in scripts {
        let logged = script.await.unwrap();
        refused += logged.refused;
        assert!(logged.at[0] < killed, "the load had begun");
        let again = logged.at.iter().find(|at| **at > ready).unwrap();
        assert!(
            *again - ready < Duration::from_secs(5),
            "{:?}",
            *again - ready
        );
        check_batches(&client, &run, &logged.acknowledged).await;
    }
    assert!(refused > 0, "nobody was told of the outage");
    server.stop().await;
}

/// Every acknowledged batch is there, and each that is there is whole: metrics, param and all.
async fn check_batches(client: &Client, run: &str, acknowledged: &[i64]) {
    let first = steps(client, run, "k0").await;
    assert_eq!(first.len() as i64 % STEPS, 0, "a batch is torn");
    let batches = first.len() as i64 / STEPS;
    let all: Vec<i64> = (0..batches * STEPS).collect();
    for key in 0..KEYS {
        assert_eq!(steps(client, run, &format!("k{key}")).await, all);
    }
    assert!(batches >= acknowledged.len() as i64);
    let data = &client.get(&format!("runs/get?run_id={run}")).await.ok()["run"]["data"];
    let params = data["params"].as_array().map_or(0, Vec::len) as i64;
    assert_eq!(params, batches, "the param of each batch");
}

/// Sixteen clients on two servers log to the same three runs, every batch twice, while runs are made and an experiment
/// comes and goes: nothing waits for ever, nothing is written twice.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_write_to_the_same_runs() {
    let cluster = Cluster::start().unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (one, first) = server(&cluster, &folders[0]).await;
    let (two, second) = server(&cluster, &folders[1]).await;
    let mut runs = Vec::new();
    for number in 0..3 {
        runs.push(first.new_run(&format!("both {number}")).await.1);
    }
    let (moving, _) = first.new_run("moving").await;
    let clients = (0..16_i64).map(|number| {
        let (first, second, runs) = (first.clone(), second.clone(), runs.clone());
        let experiment = moving.clone();
        tokio::spawn(async move {
            for round in 0..12_i64 {
                let run = &runs[((number + round) % 3) as usize];
                let body = batch(run, number * 100 + round);
                let (a, b) = tokio::join!(
                    first.post("runs/log-batch", body.clone()),
                    second.post("runs/log-batch", body),
                );
                a.ok();
                b.ok();
                let client = if number % 2 == 0 { &first } else { &second };
                let made = json!({"experiment_id": experiment, "start_time": 1});
                let status = client.post("runs/create", made).await.status;
                assert!(matches!(status, 200 | 400), "{status}");
                if number < 2 {
                    let step = ["experiments/delete", "experiments/restore"];
                    let step = step[usize::try_from(round % 2).unwrap()];
                    let status = client
                        .post(step, json!({"experiment_id": experiment}))
                        .await
                        .status;
                    assert!(matches!(status, 200 | 400 | 404), "{status}");
                }
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    for (index, run) in runs.iter().enumerate() {
        let mut expected: Vec<i64> = (0..16)
            .flat_map(|number| (0..12).map(move |round| (number, round)))
            .filter(|(number, round)| (number + round) % 3 == index as i64)
            .flat_map(|(number, round)| {
                let from = (number * 100 + round) * STEPS;
                from..from + STEPS
            })
            .collect();
        expected.sort_unstable();
        for key in 0..KEYS {
            assert_eq!(steps(&second, run, &format!("k{key}")).await, expected);
        }
    }
    one.stop().await;
    two.stop().await;
}
