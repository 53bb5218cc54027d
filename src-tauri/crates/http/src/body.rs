//! Bodies of requests, read within limits.

use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt as _;

use crate::error::ApiError;
use crate::guard::JSON_BYTES_MAX;

/// The whole body. One that is too large is read on and thrown away for a while: a client that is still sending when it is
/// answered sees a broken connection, and tries again, instead of the answer.
pub(crate) async fn whole(body: Body) -> Result<Vec<u8>, ApiError> {
    const DRAINED_MAX: usize = 16 * JSON_BYTES_MAX;
    let mut chunks = body.into_data_stream();
    let (mut kept, mut seen) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|error| ApiError::invalid(format!("The body broke off: {error}.")))?;
        seen += chunk.len();
        match seen {
            0..=JSON_BYTES_MAX => kept.extend_from_slice(&chunk),
            _ if seen > DRAINED_MAX => break,
            _ => kept = Vec::new(),
        }
    }
    if seen <= JSON_BYTES_MAX {
        return Ok(kept);
    }
    let limit = JSON_BYTES_MAX / (1024 * 1024);
    Err(ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "INVALID_PARAMETER_VALUE",
        format!("The body is larger than {limit} MB."),
    )
    .suspect())
}
