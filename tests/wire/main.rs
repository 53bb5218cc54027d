//! MLflow's wire over both databases: what clients send at once, and what the answers say.

// A scenario reads best in one piece, and its JSON is made where it is passed.
#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::needless_pass_by_value
)]

mod answers;
mod artifacts;
mod attacks;
mod datasets;
mod faults;
mod locks;
mod logging;
mod models;
mod registry;
mod several;
mod traces;
mod webhooks;
mod window;

use std::net::IpAddr;

use drydock_tests::postgres::Cluster;
use http::{ListenOptions, RunningServer};
use reqwest::Method;
use serde_json::{Value, json};
use services::workspace::{Folders, WorkspaceOptions};
use services::{Clock, Context};
use store::{PostgresOptions, Store};

/// A client of one server.
#[derive(Clone)]
pub struct Client {
    address: String,
    http: reqwest::Client,
}

/// An answer: its status and its JSON, or its text under `text`.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub json: Value,
}

impl Client {
    pub async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self
            .http
            .request(method.clone(), format!("{}{path}", self.address));
        let request = if method == Method::GET {
            request
        } else {
            request.json(&body)
        };
        answer(request).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, &format!("/api/2.0/mlflow/{path}"), body)
            .await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, &format!("/api/2.0/mlflow/{path}"), Value::Null)
            .await
    }

    /// A request that is not JSON.
    pub fn raw(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    /// A new experiment with a new run in it.
    pub async fn new_run(&self, experiment: &str) -> (String, String) {
        let made = self
            .post("experiments/create", json!({"name": experiment}))
            .await
            .ok();
        let experiment = made["experiment_id"].as_str().unwrap().to_owned();
        let run = self
            .post(
                "runs/create",
                json!({"experiment_id": experiment, "start_time": "5"}),
            )
            .await
            .ok();
        let run = run["run"]["info"]["run_id"].as_str().unwrap().to_owned();
        (experiment, run)
    }
}

pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let json = serde_json::from_str(&text).unwrap_or_else(|_| json!({"text": text}));
    Answer { status, json }
}

impl Answer {
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.json);
        self.json
    }

    /// An error has a code and a message, and nothing else.
    pub fn error(self, status: u16, code: &str) -> String {
        assert_eq!(
            (self.status, self.json["error_code"].as_str()),
            (status, Some(code)),
            "{}",
            self.json
        );
        assert_eq!(self.json.as_object().unwrap().len(), 2, "{}", self.json);
        self.json["message"].as_str().unwrap().to_owned()
    }
}

async fn all(client: &Client) {
    traces::spans_make_a_trace(client).await;
    traces::a_told_trace_stands(client).await;
    traces::traces_are_searched(client).await;
    traces::assessments_replace_each_other(client).await;
    traces::wrong_spans_are_refused_whole(client).await;
    traces::traces_are_deleted(client).await;
    datasets::a_dataset_lives(client).await;
    logging::numbers_cross_the_wire(client).await;
    logging::a_batch_is_all_or_nothing(client).await;
    logging::histories_of_several_runs(client).await;
    logging::a_search_shows_what_was_just_written(client).await;
    logging::sixteen_scripts_log_at_once(client).await;
    logging::pages_cover_everything_once(client).await;
    logging::names_are_taken_until_deleted_for_good(client).await;
    registry::eight_register_at_once(client).await;
    registry::eight_promote_at_once(client).await;
    answers::as_mlflow_answers(client).await;
    artifacts::bytes_come_back_as_they_went(client).await;
    artifacts::a_torn_upload_leaves_nothing(client).await;
    attacks::hostile_requests_are_refused(client).await;
    attacks::foreign_callers_are_refused(client).await;
}

async fn serve(store: Store, folder: &tempfile::TempDir) -> (Context, RunningServer) {
    let options = WorkspaceOptions {
        webhook_allow: vec![webhooks::ALLOWED.parse().unwrap()],
        ..WorkspaceOptions::local(Folders::new(folder.path()))
    };
    let ctx = Context::with_store(options, store, Clock::system())
        .await
        .unwrap();
    let listen = ListenOptions {
        host: IpAddr::from([127, 0, 0, 1]),
        port: 0,
        allowed_hosts: Vec::new(),
    };
    let server = http::start(&ctx, listen).await.unwrap();
    (ctx, server)
}

/// A load balancer must not take a server for dead because of what is in its database.
async fn health_is_the_databases(ctx: &Context, client: &Client) {
    let ask = async || {
        let answer = client.send(Method::GET, "/health", Value::Null).await;
        answer.status
    };
    let mut tx = ctx.store.begin().await.unwrap();
    store::sql::sql("delete from experiments where experiment_id = '0'")
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ask().await, 200);
    ctx.store.close().await;
    assert_eq!(ask().await, 503);
}

async fn prove(store: Store) {
    let folder = tempfile::tempdir().unwrap();
    let (ctx, server) = serve(store, &folder).await;
    let client = Client {
        address: format!("http://{}", server.address),
        http: reqwest::Client::new(),
    };
    all(&client).await;
    webhooks::changes_do_not_undo_each_other(&ctx).await;
    webhooks::messages_of_who_hears_no_more_are_cancelled(&ctx).await;
    locks::nobody_waits_in_a_circle(&ctx).await;
    window::tags_of_experiments_are_audited(&ctx, &client).await;
    window::many_runs_are_tagged_trashed_and_restored(&ctx).await;
    window::extremes_order_and_filter(&ctx).await;
    window::an_experiment_takes_its_runs_along(&ctx).await;
    window::an_export_keeps_every_digit(&ctx).await;
    window::an_export_leaves_out_what_is_gone(&ctx).await;
    window::files_are_looked_into(&ctx).await;
    window::versions_are_compared_and_remembered(&ctx).await;
    models::a_name_begins_anew(&ctx).await;
    models::a_declared_signature_is_shown(&ctx).await;
    models::models_of_one_name_are_told_apart(&ctx).await;
    // Closes the store, so it comes last.
    health_is_the_databases(&ctx, &client).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wire_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    prove(
        Store::open_sqlite(&folder.path().join("drydock.db"))
            .await
            .unwrap(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wire_on_postgres() {
    let cluster = Cluster::start().unwrap();
    prove(
        Store::open_postgres(&PostgresOptions::new(cluster.url()))
            .await
            .unwrap(),
    )
    .await;
}
