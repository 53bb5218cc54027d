//! Trying an endpoint as any client would: over its own port.

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::Context;
use crate::error::{Result, ServiceError};
use crate::serving::LiveEndpoint;

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TryInput {
    pub endpoint: String,
    pub body: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TryAnswer {
    pub status: u16,
    pub body: String,
    #[specta(type = specta_typescript::Number)]
    pub took_ms: f64,
}

/// A body for `/invocations`: the input example that was logged with what is served now.
pub fn example_request(ctx: &Context, name: &str) -> Result<String> {
    let served = running(ctx, name)?.served();
    served.example.clone().ok_or_else(|| {
        ServiceError::not_found(format!(
            "{} v{} was logged without an input example; write a body such as {{\"inputs\": [[...]]}}",
            served.model_name, served.version
        ))
    })
}

/// Sends a body to the endpoint's own `/invocations` over loopback: what "Try it" shows is what any client gets.
pub async fn try_endpoint(ctx: &Context, input: TryInput) -> Result<TryAnswer> {
    let endpoint = running(ctx, &input.endpoint)?;
    let address = endpoint.address().ok_or_else(|| {
        ServiceError::state(format!("endpoint {} has no port yet", input.endpoint))
    })?;
    let failed = |e: reqwest::Error| ServiceError::Unavailable {
        message: format!(
            "endpoint {} did not answer at {address}: {e}",
            input.endpoint
        ),
        hint: "look at its state on the Deployment tab".to_owned(),
    };
    let started = Instant::now();
    let answer = reqwest::Client::new()
        .post(format!("http://{address}/invocations"))
        .header("content-type", "application/json")
        .body(input.body)
        .send()
        .await
        .map_err(failed)?;
    let status = answer.status().as_u16();
    let body = answer.text().await.map_err(failed)?;
    Ok(TryAnswer {
        status,
        body,
        took_ms: started.elapsed().as_secs_f64() * 1000.0,
    })
}

fn running(ctx: &Context, name: &str) -> Result<Arc<LiveEndpoint>> {
    ctx.serving.get(name).ok_or_else(|| {
        let why = ctx
            .serving
            .problem(name)
            .map(|p| format!(": {p}"))
            .unwrap_or_default();
        ServiceError::state(format!("endpoint {name} is not running{why}"))
    })
}
