//! `runs/search` and `runs/get`: answers put together from runs that are rendered already.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use domain::tracking::Run;
use futures_util::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use services::Context;
use services::tracking::{self, FoundPage, RunQuery};

use super::experiments::view_type;
use super::input::Input;
use super::runs_wire::{RunOut, RunRef};
use super::values::{Int, Many, Text};
use crate::error::{ApiError, Result};

/// A page of more runs is sent while it is still being read.
const RUNS_AT_ONCE: usize = 1000;

#[derive(Debug, Deserialize, JsonSchema)]
pub struct SearchIn {
    #[serde(default)]
    experiment_ids: Many<Text>,
    filter: Option<Text>,
    run_view_type: Option<Text>,
    max_results: Option<Int>,
    #[serde(default)]
    order_by: Many<Text>,
    page_token: Option<Text>,
}

/// What a page of runs looks like: written piece by piece by [`Answer`].
#[derive(Debug, Serialize, JsonSchema)]
pub struct Runs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<RunOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub async fn search(State(ctx): State<Context>, Input(input): Input<SearchIn>) -> Result<Response> {
    if input.max_results == Some(Int(0)) {
        return Err(ApiError::invalid(
            "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer",
        ));
    }
    let query = RunQuery {
        experiment_ids: input.experiment_ids.into_strings(),
        filter: input.filter.unwrap_or_default().0,
        order_by: input.order_by.into_strings(),
        view: view_type(input.run_view_type)?,
        max_results: input.max_results.unwrap_or(Int(1000)).0,
        page_token: input.page_token.map(|text| text.0),
    };
    let page = tracking::find_runs(&ctx, query).await?;
    let streamed = page.remaining() > RUNS_AT_ONCE;
    let mut answer = Answer {
        ctx,
        page,
        begun: false,
        ended: false,
    };
    if streamed {
        return Ok(json(Body::from_stream(stream::try_unfold(
            answer,
            |mut answer| async {
                let piece = answer.piece().await.map_err(|error| error.message)?;
                Ok::<_, String>(piece.map(|piece| (piece, answer)))
            },
        ))));
    }
    let mut pieces = Vec::new();
    while let Some(piece) = answer.piece().await? {
        pieces.push(piece);
    }
    Ok(whole(pieces))
}

/// An answer whose length is known, without putting its pieces together first.
fn whole(pieces: Vec<Bytes>) -> Response {
    let length: usize = pieces.iter().map(Bytes::len).sum();
    let pieces = stream::iter(pieces.into_iter().map(Ok::<_, Infallible>));
    let mut response = json(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

pub async fn by_id(State(ctx): State<Context>, Input(input): Input<RunRef>) -> Result<Response> {
    let run = tracking::rendered_run(&ctx, &input.read()?, render).await?;
    let mut body = Vec::with_capacity(run.len() + 16);
    body.extend_from_slice(b"{\"run\":");
    body.extend_from_slice(&run);
    body.push(b'}');
    Ok(json(Body::from(body)))
}

pub fn json(body: Body) -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

fn render(run: Run) -> Vec<u8> {
    // Numbers and texts only: nothing in it can fail to be written.
    serde_json::to_vec(&RunOut::from(run)).unwrap_or_default()
}

struct Answer {
    ctx: Context,
    page: FoundPage,
    begun: bool,
    ended: bool,
}

impl Answer {
    /// The next part of `{"runs":[...],"next_page_token":"..."}`.
    async fn piece(&mut self) -> Result<Option<Bytes>, ApiError> {
        if self.ended {
            return Ok(None);
        }
        let runs = self.page.rendered(&self.ctx, render).await?;
        let size: usize = runs.iter().map(|run| run.len() + 1).sum();
        let mut text = Vec::with_capacity(size + 256);
        for run in &runs {
            text.extend_from_slice(if self.begun { b"," } else { b"{\"runs\":[" });
            text.extend_from_slice(run);
            self.begun = true;
        }
        if self.page.remaining() == 0 {
            self.ended = true;
            text.extend_from_slice(if self.begun { b"]" } else { b"{" });
            if let Some(token) = &self.page.next_page_token {
                let comma = if self.begun { "," } else { "" };
                text.extend_from_slice(
                    format!("{comma}\"next_page_token\":\"{token}\"").as_bytes(),
                );
            }
            text.push(b'}');
        }
        Ok(Some(text.into()))
    }
}
