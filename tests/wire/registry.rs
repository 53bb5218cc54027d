use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::Client;

async fn register(client: &Client, name: &str, run: &str) -> String {
    let source = format!("mlflow-artifacts:/1/{run}/artifacts/model");
    let body = json!({"name": name, "source": source, "run_id": run});
    let made = client.post("model-versions/create", body).await.ok();
    made["model_version"]["version"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub async fn eight_register_at_once(client: &Client) {
    let (_, run) = client.new_run("register").await;
    client
        .post("registered-models/create", json!({"name": "crowded"}))
        .await
        .ok();
    let calls = (0..8).map(|_| {
        let (client, run) = (client.clone(), run.clone());
        tokio::spawn(async move { register(&client, "crowded", &run).await })
    });
    let mut versions = BTreeSet::new();
    for call in calls.collect::<Vec<_>>() {
        versions.insert(call.await.unwrap());
    }
    assert_eq!(
        versions.into_iter().collect::<Vec<_>>(),
        ["1", "2", "3", "4", "5", "6", "7", "8"]
    );
    let filter =
        "model-versions/search?filter=name%3D%27crowded%27%20and%20version_number%20%3E%206";
    let found = client
        .get(&format!("{filter}&order_by=version_number%20ASC"))
        .await
        .ok();
    let found: Vec<_> = found["model_versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["version"].clone())
        .collect();
    assert_eq!(found, [json!("7"), json!("8")]);
}

async fn in_production(client: &Client) -> usize {
    let found = client
        .get("model-versions/search?filter=name%3D%27crowded%27")
        .await
        .ok();
    let versions = found["model_versions"].as_array().unwrap().iter();
    versions
        .filter(|version| version["current_stage"] == "Production")
        .count()
}

/// How often eight clients move versions of one model, all together.
const MOVES: usize = 1_000;

/// Each takes its own version to Production again and again, making room: whenever one looks, at most one stands there.
pub async fn eight_promote_at_once(client: &Client) {
    let moved = Arc::new(AtomicUsize::new(0));
    let calls = (1..=8).map(|version| {
        let (client, moved) = (client.clone(), Arc::clone(&moved));
        tokio::spawn(async move {
            let mut promotions = 0;
            while moved.fetch_add(2, Ordering::Relaxed) < MOVES {
                for stage in ["Staging", "Production"] {
                    let version = version.to_string();
                    // Only the last step makes room: versions that send each other back from Staging would rarely arrive.
                    let room = stage == "Production";
                    let to = json!({"name": "crowded", "version": version, "stage": stage, "archive_existing_versions": room});
                    // One that was sent back meanwhile may find its move illegal; that is an answer, not a fault.
                    let said = client.post("model-versions/transition-stage", to).await;
                    assert!(matches!(said.status, 200 | 400), "{said:?}");
                    promotions += usize::from(said.status == 200 && stage == "Production");
                }
                let live = in_production(&client).await;
                assert!(live <= 1, "{live} versions in Production");
            }
            promotions
        })
    });
    let mut promotions = 0;
    for call in calls.collect::<Vec<_>>() {
        promotions += call.await.unwrap();
    }
    assert!(promotions >= 8, "only {promotions} promotions went through");
    assert_eq!(in_production(client).await, 1);
    let said = client
        .post(
            "model-versions/transition-stage",
            json!({"name": "crowded", "version": 1, "stage": "Live"}),
        )
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    assert!(
        said.contains("None, Staging, Production, Archived"),
        "{said}"
    );
}
