//! `mlflow-artifacts/mpu/*` and `presigned/*`: transfers between the client and the bucket, past this server.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use services::artifacts::{self, ArtifactError, SentPart};
use services::{Context, ServiceError};

use super::input::{Input, required};
use super::proxy::{Given, given};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::{Int, Text};
use super::{Done, done};
use crate::error::{ApiError, Result};

pub fn routes() -> Routes {
    Routes::of("artifacts")
        .post("/mpu/create/{*path}", Writes, create)
        .post("/mpu/complete/{*path}", Writes, complete)
        .post("/mpu/abort/{*path}", Writes, abort)
        .get("/presigned/{*path}", Reads, presigned)
}

/// The client falls back to one piece when a refusal begins with exactly these words.
const NO_UPLOADS: &str = "Multipart upload is not supported for the current artifact repository";
const NO_DOWNLOADS: &str =
    "Multipart download is not supported for the current artifact repository";

fn told(error: ServiceError, without: &'static str) -> ApiError {
    match error {
        ServiceError::Artifact(ArtifactError::NoMultipart) => {
            ApiError::new(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", without)
        }
        other => other.into(),
    }
}

/// The folder is in the address, the file in the body: as the client's own path, of which the last segment counts.
fn target(folder: &str, file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or_default();
    format!("{}/{name}", folder.trim_end_matches('/'))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CreateIn {
    path: Option<Text>,
    num_parts: Option<Int>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CreateOut {
    upload_id: String,
    credentials: Vec<Credential>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Credential {
    url: String,
    part_number: u32,
    headers: super::output::Empty,
}

async fn create(
    State(ctx): State<Context>,
    folder: Given,
    Input(input): Input<CreateIn>,
) -> Result<Json<CreateOut>> {
    let path = target(&given(folder)?, &required(input.path, "path")?.0);
    let parts = u32::try_from(input.num_parts.map_or(1, |n| n.0)).unwrap_or(0);
    let begun = artifacts::begin_parts(&ctx, &path, parts).await;
    let (upload_id, addresses) = begun.map_err(|error| told(error, NO_UPLOADS))?;
    let credentials = addresses.into_iter().map(|address| Credential {
        url: address.url,
        part_number: address.number,
        headers: super::output::Empty {},
    });
    Ok(Json(CreateOut {
        upload_id,
        credentials: credentials.collect(),
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CompleteIn {
    path: Option<Text>,
    upload_id: Option<Text>,
    #[serde(default)]
    parts: Vec<PartIn>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PartIn {
    part_number: Option<Int>,
    etag: Option<Text>,
}

async fn complete(
    State(ctx): State<Context>,
    folder: Given,
    Input(input): Input<CompleteIn>,
) -> Result<Done> {
    let path = target(&given(folder)?, &required(input.path, "path")?.0);
    let upload_id = required(input.upload_id, "upload_id")?.0;
    let mut parts = Vec::with_capacity(input.parts.len());
    for part in input.parts {
        let number = required(part.part_number, "part_number")?.0;
        let number = u32::try_from(number).map_err(|_| {
            ApiError::invalid(format!(
                "Invalid value {number} for parameter 'part_number'."
            ))
        })?;
        let etag = required(part.etag, "etag")?.0;
        parts.push(SentPart { number, etag });
    }
    artifacts::complete_parts(&ctx, &path, &upload_id, parts)
        .await
        .map_err(|error| told(error, NO_UPLOADS))?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct AbortIn {
    path: Option<Text>,
    upload_id: Option<Text>,
}

async fn abort(
    State(ctx): State<Context>,
    folder: Given,
    Input(input): Input<AbortIn>,
) -> Result<Done> {
    let path = target(&given(folder)?, &required(input.path, "path")?.0);
    let upload_id = required(input.upload_id, "upload_id")?.0;
    artifacts::abort_parts(&ctx, &path, &upload_id)
        .await
        .map_err(|error| told(error, NO_UPLOADS))?;
    Ok(done())
}

#[derive(Debug, Serialize, JsonSchema)]
struct PresignedOut {
    url: String,
    headers: super::output::Empty,
    file_size: i64,
}

async fn presigned(State(ctx): State<Context>, path: Given) -> Result<Json<PresignedOut>> {
    let found = artifacts::download_address(&ctx, &given(path)?).await;
    let (url, file) = found.map_err(|error| told(error, NO_DOWNLOADS))?;
    Ok(Json(PresignedOut {
        url,
        headers: super::output::Empty {},
        file_size: file.size_bytes,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_segment_of_the_clients_path_counts() {
        assert_eq!(
            target("3/r/artifacts", "/tmp/x/model.bin"),
            "3/r/artifacts/model.bin"
        );
        assert_eq!(
            target("3/r/artifacts/", "C:\\x\\m.bin"),
            "3/r/artifacts/m.bin"
        );
        assert_eq!(target("3/r/artifacts", ".."), "3/r/artifacts/..");
    }
}
