//! One-click deployment on a real ONNX Runtime and real ports: all or nothing, evidence kept, roll back, start again.

#![allow(clippy::unwrap_used)]

mod desk;
mod gates;

use domain::deployment::Verdict;
use domain::registry::Stage;
use engine::CancelToken;
use serde_json::{Value, json};
use services::deployment::{
    self, DeployInput, DeployStep, EndpointInput, EndpointState, Step, Watch,
};
use services::gates::Hands;
use services::registry::{self, PromoteInput};

use crate::desk::{Desk, Expectation, MODEL};

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_passes_serves_and_stands_in_staging() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    let outcome = desk.deploy(1).await.unwrap();
    assert!(outcome.deployed, "{:#?}", outcome.report.checks);
    assert_eq!(outcome.report.verdict, Verdict::Pass);
    let checked: Vec<&str> = outcome
        .report
        .checks
        .iter()
        .map(|c| c.id.as_str())
        .collect();
    assert_eq!(
        checked,
        [
            "digest",
            "size",
            "load",
            "provider",
            "golden",
            "latency_p99"
        ]
    );
    assert_eq!(desk.stages().await, [(1, Stage::Staging)]);
    let address = outcome.endpoint.unwrap().address.unwrap();

    let rows = json!({ "inputs": { "x": desk.example() } });
    let scored = desk.post(&format!("{address}/invocations"), &rows).await;
    assert_eq!(scored.0, 200, "{}", scored.1);
    assert_eq!(scored.1["predictions"]["y"], desk.expected(1));
    let tensor = json!({ "inputs": [{ "name": "x", "shape": [2, 4], "datatype": "FP32", "data": desk.example() }] });
    let inferred = desk
        .post(&format!("{address}/v2/models/{MODEL}/infer"), &tensor)
        .await;
    assert_eq!(inferred.0, 200, "{}", inferred.1);
    assert_eq!(inferred.1["model_version"], "1");
    assert_eq!(inferred.1["outputs"][0]["shape"], json!([2, 3]));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_gate_changes_nothing_and_says_measured_against_limit() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    desk.deploy(1).await.unwrap();
    desk.register(2, Expectation::Wrong).await;
    let outcome = desk.deploy(2).await.unwrap();
    assert!(!outcome.deployed);
    assert_eq!(outcome.report.verdict, Verdict::Fail);
    let golden = outcome
        .report
        .checks
        .iter()
        .find(|c| c.id == "golden")
        .unwrap();
    assert_eq!(golden.verdict, Verdict::Fail);
    assert!(golden.measured.contains("max abs"), "{golden:?}");
    assert_eq!(golden.limit, "rtol 1e-5, atol 1e-6");
    assert_eq!(desk.stages().await, [(2, Stage::None), (1, Stage::Staging)]);
    let endpoints = deployment::list_endpoints(&desk.ctx).await.unwrap();
    assert_eq!(
        endpoints
            .iter()
            .map(|e| (e.version, e.state))
            .collect::<Vec<_>>(),
        [(1, EndpointState::Running)]
    );
    let told = deployment::list_deployments(&desk.ctx).await.unwrap();
    assert_eq!(
        (told[0].version, told[0].outcome.to_string().as_str()),
        (2, "refused")
    );
    assert!(
        told[0].detail.contains("Golden outputs"),
        "{}",
        told[0].detail
    );
    let evidence = deployment::latest_report(&desk.ctx, MODEL, 2)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(evidence.verdict, Verdict::Fail);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_golden_outputs_the_owner_must_say_so() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::None).await;
    let refused = desk.deploy(1).await.unwrap();
    assert!(!refused.deployed);
    assert_eq!(refused.report.verdict, Verdict::Inconclusive);
    assert_eq!(desk.stages().await, [(1, Stage::None)]);
    let error = desk.deploy_with(1, Some(" ")).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), ("invalid", Some("waiver")));
    let why = "the trainer logs no outputs yet";
    let allowed = desk.deploy_with(1, Some(why)).await.unwrap();
    assert!(allowed.deployed);
    let told = deployment::list_deployments(&desk.ctx).await.unwrap();
    assert_eq!(told[0].detail, format!("waived: {why}"));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_size_limit_of_the_model_is_held() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    registry::set_model_tag(&desk.ctx, &desk.actor, MODEL, "gate.size_bytes_max", "10")
        .await
        .unwrap();
    let outcome = desk.deploy(1).await.unwrap();
    let size = outcome
        .report
        .checks
        .iter()
        .find(|c| c.id == "size")
        .unwrap();
    assert_eq!(
        (size.verdict, size.limit.as_str()),
        (Verdict::Fail, "≤ 10 B")
    );
    registry::set_model_tag(
        &desk.ctx,
        &desk.actor,
        MODEL,
        "gate.size_bytes_max",
        "small",
    )
    .await
    .unwrap();
    let error = desk.deploy(1).await.unwrap_err().to_string();
    assert!(
        error.contains("gate.size_bytes_max") && error.contains("whole number"),
        "{error}"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_rotted_in_the_store_are_never_served() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    desk.rot_the_model(1).await;
    let outcome = desk.deploy(1).await.unwrap();
    assert!(!outcome.deployed);
    let digest = &outcome.report.checks[0];
    assert_eq!(
        (digest.id.as_str(), digest.verdict),
        ("digest", Verdict::Fail)
    );
    assert!(digest.detail.contains("damaged"), "{digest:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_version_replaces_the_first_and_rolls_back_on_the_same_port() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    for version in [1, 2] {
        desk.register(version, Expectation::Right).await;
    }
    let first = desk.deploy(1).await.unwrap().endpoint.unwrap();
    let second = desk.deploy(2).await.unwrap().endpoint.unwrap();
    assert_eq!(first.address, second.address);
    assert_eq!(second.previous_version, Some(1));
    assert_eq!(desk.stages().await, [(2, Stage::Staging), (1, Stage::None)]);
    let input = EndpointInput {
        endpoint: second.name.clone(),
        reason: "p99 doubled".to_owned(),
    };
    let back = deployment::rollback_endpoint(&desk.ctx, &desk.actor, input.clone())
        .await
        .unwrap();
    assert_eq!((back.version, back.previous_version), (1, None));
    assert_eq!(desk.stages().await, [(2, Stage::None), (1, Stage::Staging)]);
    let rows = json!({ "inputs": { "x": desk.example() } });
    let answer = desk
        .post(&format!("{}/invocations", back.address.unwrap()), &rows)
        .await;
    assert_eq!(answer.1["predictions"]["y"], desk.expected(1));
    let error = deployment::rollback_endpoint(&desk.ctx, &desk.actor, input)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("nothing to roll back to"), "{error}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_stops_starts_and_comes_up_again_after_a_restart() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    let endpoint = desk.deploy(1).await.unwrap().endpoint.unwrap();
    let address = endpoint.address.clone().unwrap();
    let input = EndpointInput {
        endpoint: endpoint.name.clone(),
        reason: "maintenance".to_owned(),
    };
    let stopped = deployment::stop_endpoint(&desk.ctx, &desk.actor, input.clone())
        .await
        .unwrap();
    assert_eq!(stopped.state, EndpointState::Stopped);
    assert!(
        desk.try_post(&format!("{address}/invocations"), &json!({}))
            .await
            .is_none()
    );
    let started = deployment::start_endpoint(&desk.ctx, &desk.actor, input)
        .await
        .unwrap();
    assert_eq!(
        (started.state, started.address.as_deref()),
        (EndpointState::Running, Some(address.as_str()))
    );
    let again = desk.reopen().await;
    deployment::reconcile(&again.ctx).await;
    let found = deployment::list_endpoints(&again.ctx).await.unwrap();
    assert_eq!(
        (found[0].state, found[0].version),
        (EndpointState::Running, 1)
    );
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn production_is_never_pulled_by_a_deployment() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    for to in [Stage::Staging, Stage::Production] {
        let input = PromoteInput {
            name: MODEL.to_owned(),
            version: 1,
            to,
            reason: "proven".to_owned(),
        };
        registry::promote(&desk.ctx, &desk.actor, input)
            .await
            .unwrap();
    }
    let error = desk.deploy(1).await.unwrap_err();
    assert_eq!(error.kind(), "conflict");
    assert!(error.to_string().contains("in Production"), "{error}");
    assert_eq!(desk.stages().await, [(1, Stage::Production)]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_named_and_counted_as_errors() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    let endpoint = desk.deploy(1).await.unwrap().endpoint.unwrap();
    let address = endpoint.address.unwrap();
    let cases: [(&str, Value, u16, &str); 5] = [
        ("invocations", json!([1, 2]), 400, "dataframe_split"),
        (
            "invocations",
            json!({ "inputs": [[1]], "instances": [[1]] }),
            400,
            "exactly one",
        ),
        (
            "invocations",
            json!({ "inputs": { "z": [[1, 2, 3, 4]] } }),
            400,
            "z",
        ),
        (
            "v2/models/other/infer",
            json!({ "inputs": [] }),
            404,
            "not other",
        ),
        (
            "v2/models/probe/versions/7/infer",
            json!({ "inputs": [] }),
            404,
            "version 7",
        ),
    ];
    for (path, body, status, told) in cases {
        let (found, answer) = desk.post(&format!("{address}/{path}"), &body).await;
        assert_eq!(found, status, "{path}: {answer}");
        assert!(
            answer.to_string().contains(told),
            "{path}: {answer} does not say {told}"
        );
    }
    let log = desk.ctx.serving.get(&endpoint.name).unwrap();
    // The second that is still running is not told yet.
    let stats = log.log.stats(desk.ctx.now_ms() + 1000, 60);
    assert_eq!((stats.requests, stats.errors), (5, 5));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_is_stopped_at_its_smoke_test_changes_nothing() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    let cancel = CancelToken::default();
    let stop_at_smoke = |step: DeployStep| {
        if step.step == Step::Smoke {
            cancel.cancel();
        }
    };
    let input = DeployInput {
        name: MODEL.to_owned(),
        version: 1,
        reason: "too early".to_owned(),
        waiver: None,
    };
    let watch = Watch {
        progress: &stop_at_smoke,
        cancel: &cancel,
    };
    let stopped =
        deployment::deploy_to_staging(&desk.ctx, &Hands::Here, &desk.actor, input, watch).await;
    assert_eq!(stopped.unwrap_err().kind(), "cancelled");
    assert_eq!(desk.stages().await, [(1, Stage::None)]);
    assert!(
        deployment::list_endpoints(&desk.ctx)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        deployment::list_deployments(&desk.ctx)
            .await
            .unwrap()
            .is_empty()
    );
    desk.close().await;
}
