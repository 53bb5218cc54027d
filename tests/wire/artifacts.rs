use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{Client, answer};

const ROOT: &str = "/api/2.0/mlflow-artifacts/artifacts";

pub async fn bytes_come_back_as_they_went(client: &Client) {
    let (experiment, run) = client.new_run("artifacts").await;
    let base = format!("{experiment}/{run}/artifacts");
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let put = client
        .raw(
            Method::PUT,
            &format!("{ROOT}/{base}/sub%20dir/%C3%BC%20100%25.html"),
        )
        .body(bytes.clone());
    assert_eq!(answer(put).await.ok(), json!({}));
    let put = client
        .raw(Method::PUT, &format!("{ROOT}/{base}/empty"))
        .body(Vec::new());
    answer(put).await.ok();
    let got = client
        .raw(
            Method::GET,
            &format!("{ROOT}/{base}/sub%20dir/%C3%BC%20100%25.html"),
        )
        .send()
        .await
        .unwrap();
    let header = |name: &str| got.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-length"), "3000000");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(
        header("content-type"),
        "application/octet-stream",
        "HTML must not be rendered"
    );
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"_ 100_.html\"; filename*=UTF-8''%C3%BC%20100%25.html"
    );
    assert_eq!(got.bytes().await.unwrap(), bytes);
    let listed = client.raw(Method::GET, &format!("{ROOT}?path={base}"));
    let expected = json!([{"path": "empty", "is_dir": false, "file_size": 0}, {"path": "sub dir", "is_dir": true}]);
    assert_eq!(answer(listed).await.ok()["files"], expected);
    let listed = client
        .get(&format!("artifacts/list?run_id={run}&path=sub%20dir"))
        .await
        .ok();
    assert_eq!(listed["files"][0]["path"], json!("sub dir/ü 100%.html"));
    assert_eq!(
        listed["root_uri"],
        json!(format!("mlflow-artifacts:/{base}"))
    );
    let under_a_file = client
        .raw(Method::PUT, &format!("{ROOT}/{base}/empty/below"))
        .body("x");
    answer(under_a_file)
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    let gone = client.raw(Method::DELETE, &format!("{ROOT}/{base}/sub%20dir"));
    answer(gone).await.ok();
    let gone = client.raw(
        Method::GET,
        &format!("{ROOT}/{base}/sub%20dir/%C3%BC%20100%25.html"),
    );
    answer(gone).await.error(404, "RESOURCE_DOES_NOT_EXIST");
    for transfer in ["mpu/create", "mpu/complete", "mpu/abort"] {
        let multipart = client
            .send(
                Method::POST,
                &format!("/api/2.0/mlflow-artifacts/{transfer}/x"),
                json!({"path": "x", "num_parts": 2, "upload_id": "u", "parts": []}),
            )
            .await;
        multipart.error(501, "NOT_IMPLEMENTED");
    }
}

/// A client that dies half way through an upload must leave neither a file nor a row.
pub async fn a_torn_upload_leaves_nothing(client: &Client) {
    let (experiment, run) = client.new_run("torn").await;
    let address = client.address.strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PUT {ROOT}/{experiment}/{run}/artifacts/torn HTTP/1.1\r\nHost: {address}\r\nContent-Length: 1000000\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&[7; 300_000]).await.unwrap();
    socket.shutdown().await.unwrap();
    let _ = tokio::time::timeout(Duration::from_secs(2), socket.read_to_end(&mut Vec::new())).await;
    let listed = client
        .get(&format!("artifacts/list?run_id={run}"))
        .await
        .ok();
    assert_eq!(listed.get("files"), None);
}
