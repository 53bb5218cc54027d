use store::Store;
use store::deployment::{self as rows, DeploymentRow, EndpointRow, GateReportRow};

use crate::write;

fn endpoint(version: i64, previous: Option<i64>) -> EndpointRow {
    EndpointRow {
        name: "m-staging".to_owned(),
        environment: "staging".to_owned(),
        model_name: "m".to_owned(),
        version,
        digest: "ab".to_owned(),
        desired: "running".to_owned(),
        port: 5101,
        previous_version: previous,
        updated_at_ms: version,
        host_id: Some("this-host".to_owned()),
    }
}

fn deployment(id: &str, version: i64, at_ms: i64) -> DeploymentRow {
    DeploymentRow {
        deployment_id: id.to_owned(),
        endpoint: "m-staging".to_owned(),
        model_name: "m".to_owned(),
        version,
        digest: "ab".to_owned(),
        action: "deploy".to_owned(),
        outcome: "live".to_owned(),
        reason: "why".to_owned(),
        actor: "quant".to_owned(),
        detail: String::new(),
        at_ms,
        took_ms: 3,
    }
}

pub async fn endpoints_and_history(store: &Store) {
    write(store, |mut tx| async move {
        rows::save_endpoint(&mut tx, &endpoint(1, None))
            .await
            .unwrap();
        rows::insert_deployment(&mut tx, &deployment("d1", 1, 100))
            .await
            .unwrap();
        rows::save_endpoint(&mut tx, &endpoint(2, Some(1)))
            .await
            .unwrap();
        assert_eq!(
            rows::retire_live(&mut tx, "m-staging", "replaced")
                .await
                .unwrap(),
            1
        );
        rows::insert_deployment(&mut tx, &deployment("d2", 2, 200))
            .await
            .unwrap();
        (tx, ())
    })
    .await;
    let row = rows::endpoint(store.pool(), "m-staging")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.version, row.previous_version), (2, Some(1)));
    let history = rows::deployments(store.pool(), 10).await.unwrap();
    let told: Vec<(&str, &str)> = history
        .iter()
        .map(|d| (d.deployment_id.as_str(), d.outcome.as_str()))
        .collect();
    assert_eq!(told, [("d2", "live"), ("d1", "replaced")]);
}

pub async fn the_newest_report_of_each_version(store: &Store) {
    let report = |id: &str, version, at_ms| GateReportRow {
        report_id: id.to_owned(),
        name: "m".to_owned(),
        version,
        verdict: "pass".to_owned(),
        digest: "ab".to_owned(),
        report_json: "{}".to_owned(),
        at_ms,
    };
    write(store, |mut tx| async move {
        for row in [
            report("a", 1, 5),
            report("b", 1, 9),
            report("c", 2, 7),
            report("d", 1, 9),
        ] {
            rows::insert_gate_report(&mut tx, &row).await.unwrap();
        }
        rows::insert_gate_evidence(&mut tx, "b", "{\"seed\":7}")
            .await
            .unwrap();
        (tx, ())
    })
    .await;
    let mut newest: Vec<String> = rows::latest_gate_reports(store.pool(), "m")
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.report_id)
        .collect();
    newest.sort();
    assert_eq!(newest, ["c", "d"]);
    let of_one: Vec<String> = rows::gate_reports(store.pool(), "m", 1, 2)
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.report_id)
        .collect();
    assert_eq!(of_one, ["d", "b"]);
    let kept = rows::gate_evidence(store.pool(), "b").await.unwrap();
    assert_eq!(kept.unwrap().evidence_json, "{\"seed\":7}");
    assert!(
        rows::gate_evidence(store.pool(), "a")
            .await
            .unwrap()
            .is_none()
    );
}
