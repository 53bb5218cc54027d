use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, answer};

const INVALID: &str = "INVALID_PARAMETER_VALUE";

pub async fn hostile_requests_are_refused(client: &Client) {
    paths(client).await;
    addresses(client).await;
    bodies(client).await;
    searches(client).await;
    what_no_database_keeps(client).await;
}

/// NUL in paths and tokens, names that are longer than an index takes, more ids than a statement binds.
async fn what_no_database_keeps(client: &Client) {
    let (_, run) = client.new_run("what no database keeps").await;
    for (method, path) in [
        (Method::GET, "/api/2.0/mlflow/webhooks/%00".to_owned()),
        (Method::DELETE, "/api/2.0/mlflow/webhooks/a%00b".to_owned()),
        (Method::GET, "/api/2.0/mlflow/logged-models/%00".to_owned()),
        (
            Method::DELETE,
            "/ajax-api/2.0/mlflow/logged-models/m-1/tags/%00".to_owned(),
        ),
        (Method::GET, "/api/3.0/mlflow/traces/%00".to_owned()),
        (
            Method::GET,
            format!("/api/2.0/mlflow/artifacts/list?run_id={run}&max_results=5&page_token=00"),
        ),
    ] {
        client
            .send(method, &path, json!({}))
            .await
            .error(400, INVALID);
    }
    for (name, digest) in [
        ("n".repeat(501), "d".to_owned()),
        ("n".to_owned(), "d".repeat(37)),
    ] {
        let dataset =
            json!({"name": name, "digest": digest, "source_type": "local", "source": "s"});
        let body = json!({"run_id": run, "datasets": [{"dataset": dataset, "tags": []}]});
        client
            .post("runs/log-inputs", body)
            .await
            .error(400, INVALID);
    }
    let ids: Vec<String> = (0..70_000).map(|n: u32| n.to_string()).collect();
    let told = client
        .post("runs/search", json!({"experiment_ids": ids}))
        .await
        .error(400, INVALID);
    assert!(told.contains("at most 10000 ids, got 70000"), "{told}");
}

async fn paths(client: &Client) {
    for prefix in ["/api", "/ajax-api"] {
        for path in [
            "%2e%2e%2fx",
            "%252e%252e%252fx",
            "..%5cx",
            "a%00b",
            "a/..;/b",
            "%2fetc%2fpasswd",
            "a//b",
            "C:/x",
        ] {
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                let sent = client
                    .raw(
                        method,
                        &format!("{prefix}/2.0/mlflow-artifacts/artifacts/{path}"),
                    )
                    .body("x");
                answer(sent).await.error(400, INVALID);
            }
            let sent = client.raw(
                Method::GET,
                &format!("{prefix}/2.0/mlflow-artifacts/artifacts?path={path}"),
            );
            answer(sent).await.error(400, INVALID);
        }
    }
}

async fn addresses(client: &Client) {
    client
        .post("registered-models/create", json!({"name": "target"}))
        .await
        .ok();
    for place in [
        "/etc",
        "file:///etc",
        "http:///#/../../etc/",
        "http://169.254.169.254/latest",
        "mlflow-artifacts:/../x",
        "mlflow-artifacts:/a?x=/../..",
        "mlflow-artifacts:/%2e%2e/x",
        "s3://bucket/../x",
        "runs:/../x/y",
        "~/x",
    ] {
        let version = json!({"name": "target", "source": place});
        client
            .post("model-versions/create", version)
            .await
            .error(400, INVALID);
        let experiment = json!({"name": place, "artifact_location": place});
        client
            .post("experiments/create", experiment)
            .await
            .error(400, INVALID);
    }
}

async fn bodies(client: &Client) {
    let deep = format!(
        "{{\"experiment_ids\": {}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let huge = format!("{{\"filter\": \"{}\"}}", "x".repeat(20_000_000));
    let search = |body: String| {
        let request = client.raw(Method::POST, "/api/2.0/mlflow/runs/search");
        request
            .header("content-type", "application/json")
            .body(body)
    };
    answer(search(deep)).await.error(400, INVALID);
    answer(search(huge)).await.error(413, INVALID);
    answer(search("{".to_owned())).await.error(400, INVALID);
    answer(search("{\"filter\": \"tags.a = 'x\\u0000'\"}".to_owned()))
        .await
        .error(400, INVALID);
}

async fn searches(client: &Client) {
    for (field, value) in [
        ("max_results", json!(50_001)),
        ("max_results", json!(-1)),
        (
            "filter",
            json!(format!("{}status = 'x'", "(".repeat(9_000))),
        ),
        ("filter", json!("status = 'x' or ".repeat(500))),
        ("filter", json!("metrics.`a` > 1; drop table runs")),
        ("order_by", json!(["metrics.a; drop table runs"])),
    ] {
        let mut body = json!({"experiment_ids": ["0"]});
        body[field] = value;
        client.post("runs/search", body).await.error(400, INVALID);
    }
    let quoted = json!({"experiment_ids": ["0"], "filter": "tags.`a'; drop table runs; --` = 'x''; drop table runs'"});
    assert_eq!(client.post("runs/search", quoted).await.ok(), json!({}));
}

pub async fn foreign_callers_are_refused(client: &Client) {
    let path = "/api/2.0/mlflow/experiments/search?max_results=1";
    for (header, value) in [
        ("host", "10.evil.example"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let sent = client.raw(Method::GET, path).header(header, value);
        answer(sent).await.error(403, "PERMISSION_DENIED");
    }
    let create = |kind: Option<&str>| {
        let request = client
            .raw(Method::POST, "/api/2.0/mlflow/experiments/create")
            .body("{\"name\": \"plain\"}");
        match kind {
            Some(kind) => request.header("content-type", kind),
            None => request,
        }
    };
    answer(create(Some("text/plain"))).await.error(415, INVALID);
    answer(create(None)).await.error(400, INVALID);
    client
        .send(Method::GET, "/nowhere", Value::Null)
        .await
        .error(404, "ENDPOINT_NOT_FOUND");
    client
        .post("runs/get", json!({}))
        .await
        .error(405, "BAD_REQUEST");
}
