use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Client};

async fn call(client: &Client, method: Method, path: &str, body: Value) -> Answer {
    client
        .send(method, &format!("/api/3.0/mlflow/datasets/{path}"), body)
        .await
}

fn parsed(text: &Value) -> Value {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

pub async fn a_dataset_lives(client: &Client) {
    let (experiment, _) = client.new_run("a dataset lives").await;
    let (other, _) = client.new_run("another for the dataset").await;
    let create = json!({"name": "regimes", "experiment_ids": [experiment], "tags": "{\"team\": \"alpha\", \"mlflow.user\": \"ann\", \"n\": 5}"});
    let made = call(client, Method::POST, "create", create).await.ok();
    let id = made["dataset"]["dataset_id"].as_str().unwrap().to_owned();
    assert_eq!(
        parsed(&made["dataset"]["tags"]),
        json!({"team": "alpha", "mlflow.user": "ann", "n": "5"})
    );
    assert_eq!(
        (
            &made["dataset"]["created_by"],
            made["dataset"].get("profile")
        ),
        (&json!("ann"), None)
    );
    let upsert = async |records: Value| {
        call(
            client,
            Method::POST,
            &format!("{id}/records"),
            json!({"records": records.to_string()}),
        )
        .await
    };
    let counts = upsert(json!([
        {"inputs": {"q": 1, "r": "x"}, "outputs": "a", "expectations": {"e": true}, "source": {"source_type": "trace", "source_data": {"trace_id": "tr-1"}}},
        {"inputs": {"q": 2}},
        {"inputs": {"r": "x", "q": 1}, "expectations": {"f": 2}, "tags": {"t": "1"}}
    ])).await.ok();
    assert_eq!(counts, json!({"inserted_count": 2, "updated_count": 1}));
    assert_eq!(
        upsert(json!([{"inputs": {"q": 2}, "outputs": {"y": 1}}]))
            .await
            .ok(),
        json!({"inserted_count": 0, "updated_count": 1})
    );
    let read = call(client, Method::GET, &id, Value::Null).await.ok();
    assert_eq!(
        parsed(&read["dataset"]["profile"]),
        json!({"num_records": 2})
    );
    assert_eq!(
        parsed(&read["dataset"]["schema"])["inputs"],
        json!({"q": "integer", "r": "string"})
    );
    assert_ne!(read["dataset"]["digest"], json!(""));
    let first = call(
        client,
        Method::GET,
        &format!("{id}/records?max_results=1"),
        Value::Null,
    )
    .await
    .ok();
    let record = parsed(&first["records"])[0].clone();
    assert_eq!(
        (&record["expectations"], &record["outputs"]),
        (&json!({"e": true, "f": 2}), &json!("a"))
    );
    assert_eq!(
        (&record["source_type"], &record["source_id"]),
        (&json!("TRACE"), &json!("tr-1"))
    );
    let token = first["next_page_token"].as_str().unwrap();
    let rest = call(
        client,
        Method::GET,
        &format!("{id}/records?page_token={token}"),
        Value::Null,
    )
    .await
    .ok();
    assert_eq!(
        (
            parsed(&rest["records"]).as_array().unwrap().len(),
            rest.get("next_page_token")
        ),
        (1, None)
    );
    let add = json!({"experiment_ids": [other]});
    let tied = call(client, Method::POST, &format!("{id}/add-experiments"), add)
        .await
        .ok();
    assert_eq!(
        tied["dataset"]["experiment_ids"].as_array().unwrap().len(),
        2
    );
    let untie = json!({"experiment_ids": [experiment]});
    call(
        client,
        Method::POST,
        &format!("{id}/remove-experiments"),
        untie,
    )
    .await
    .ok();
    let ids = call(
        client,
        Method::GET,
        &format!("{id}/experiment-ids"),
        Value::Null,
    )
    .await
    .ok();
    assert_eq!(ids["experiment_ids"], json!([other]));
    for (filter, experiments, count) in [
        ("name = 'regimes'", json!([]), 1),
        (
            "name LIKE 'reg%' AND tags.team = 'alpha'",
            json!([other]),
            1,
        ),
        ("tags.team = 'beta'", json!([]), 0),
        ("created_by = 'ann' AND created_time > 5", json!([]), 1),
        ("", json!([experiment]), 0),
    ] {
        let body = json!({"filter_string": filter, "experiment_ids": experiments, "order_by": ["last_update_time DESC"]});
        let page = call(client, Method::POST, "search", body).await.ok();
        assert_eq!(
            page["datasets"].as_array().map_or(0, Vec::len),
            count,
            "{filter}"
        );
    }
    call(
        client,
        Method::PATCH,
        &format!("{id}/tags"),
        json!({"tags": "{\"team\": \"beta\", \"gone\": null}"}),
    )
    .await
    .ok();
    call(client, Method::DELETE, &format!("{id}/tags/n"), Value::Null)
        .await
        .ok();
    let read = call(client, Method::GET, &id, Value::Null).await.ok();
    assert_eq!(
        parsed(&read["dataset"]["tags"]),
        json!({"team": "beta", "mlflow.user": "ann"})
    );
    let gone = json!({"dataset_record_ids": [record["dataset_record_id"], "dr-none"]});
    assert_eq!(
        call(client, Method::DELETE, &format!("{id}/records"), gone)
            .await
            .ok(),
        json!({"deleted_count": 1})
    );
    for body in ["{", "[[]]", "[{\"inputs\": 7}]"] {
        let body = json!({"records": body});
        call(client, Method::POST, &format!("{id}/records"), body)
            .await
            .error(400, "INVALID_PARAMETER_VALUE");
    }
    for (method, path, body) in [
        (Method::POST, "create".to_owned(), json!({"name": ""})),
        (
            Method::POST,
            "create".to_owned(),
            json!({"name": "x", "tags": "7"}),
        ),
        (
            Method::POST,
            "search".to_owned(),
            json!({"filter_string": "metrics.x > 1"}),
        ),
        (
            Method::GET,
            format!("{id}/records?page_token=zz"),
            Value::Null,
        ),
        (Method::GET, "a%20b".to_owned(), Value::Null),
    ] {
        call(client, method, &path, body)
            .await
            .error(400, "INVALID_PARAMETER_VALUE");
    }
    for (method, path) in [
        (Method::GET, "d-none"),
        (Method::GET, "d-none/records"),
        (Method::GET, "d-none/experiment-ids"),
    ] {
        call(client, method, path, Value::Null)
            .await
            .error(404, "RESOURCE_DOES_NOT_EXIST");
    }
    let unknown = json!({"name": "x", "experiment_ids": ["987654"]});
    call(client, Method::POST, "create", unknown)
        .await
        .error(404, "RESOURCE_DOES_NOT_EXIST");
    for _ in 0..2 {
        call(client, Method::DELETE, &id, Value::Null).await.ok();
    }
    call(client, Method::GET, &id, Value::Null)
        .await
        .error(404, "RESOURCE_DOES_NOT_EXIST");
}
