//! `webhooks/*`

use axum::Json;
use axum::extract::{Path, State};
use domain::webhook::{WebhookEvent, WebhookStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use services::Context;
use services::webhooks::{self, Delivery, Webhook, WebhookInput};

use super::input::{Input, required};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::{Int, Many, Text};
use super::{Done, caller, done};
use crate::error::{ApiError, Result};

pub fn routes() -> Routes {
    Routes::of("webhooks")
        .post("/webhooks", Writes, create)
        .get("/webhooks", Reads, list)
        .get("/webhooks/{id}", Reads, by_id)
        .patch("/webhooks/{id}", Writes, update)
        .delete("/webhooks/{id}", Writes, remove)
        .post("/webhooks/{id}/test", Writes, test)
        .get("/webhooks/{id}/deliveries", Reads, deliveries)
}

#[derive(Debug, Serialize, JsonSchema)]
struct EventOut {
    entity: String,
    action: String,
}

impl From<WebhookEvent> for EventOut {
    fn from(event: WebhookEvent) -> Self {
        Self {
            entity: event.entity.to_ascii_uppercase(),
            action: event.action.to_ascii_uppercase(),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct WebhookOut {
    webhook_id: String,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    url: String,
    events: Vec<EventOut>,
    /// Events that only Drydock has; MLflow's clients could not read them among the others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    drydock_events: Vec<EventOut>,
    status: &'static str,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
}

impl From<Webhook> for WebhookOut {
    fn from(webhook: Webhook) -> Self {
        let (theirs, ours): (Vec<_>, Vec<_>) = webhook
            .events
            .into_iter()
            .partition(|event| event.is_mlflows());
        Self {
            webhook_id: webhook.id,
            name: webhook.name,
            description: webhook.description,
            url: webhook.url,
            events: theirs.into_iter().map(EventOut::from).collect(),
            drydock_events: ours.into_iter().map(EventOut::from).collect(),
            status: webhook.status.as_str(),
            creation_timestamp: webhook.created_at_ms,
            last_updated_timestamp: webhook.updated_at_ms,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct OneWebhook {
    webhook: WebhookOut,
}

fn one(webhook: Webhook) -> Json<OneWebhook> {
    Json(OneWebhook {
        webhook: webhook.into(),
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct EventIn {
    entity: Option<Text>,
    action: Option<Text>,
}

impl EventIn {
    fn read(self) -> Result<WebhookEvent, ApiError> {
        // The numbers of the protobuf enumerations.
        const ENTITIES: [&str; 11] = [
            "",
            "registered_model",
            "model_version",
            "model_version_tag",
            "model_version_alias",
            "prompt",
            "prompt_version",
            "prompt_tag",
            "prompt_version_tag",
            "prompt_alias",
            "budget_policy",
        ];
        const ACTIONS: [&str; 6] = ["", "created", "updated", "deleted", "set", "exceeded"];
        let word = |text: Option<Text>, words: &[&str]| {
            let text = text.unwrap_or_default().0;
            let by_number = text
                .parse::<usize>()
                .ok()
                .and_then(|number| words.get(number));
            by_number.map_or(text.clone(), |word| (*word).to_owned())
        };
        Ok(WebhookEvent::parse(
            &word(self.entity, &ENTITIES),
            &word(self.action, &ACTIONS),
        )?)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct WebhookIn {
    name: Option<Text>,
    description: Option<Text>,
    url: Option<Text>,
    #[serde(default)]
    events: Many<EventIn>,
    #[serde(default)]
    drydock_events: Many<EventIn>,
    secret: Option<Text>,
    status: Option<Text>,
}

impl WebhookIn {
    fn read(self) -> Result<WebhookInput, ApiError> {
        let events = self.events.0.into_iter().chain(self.drydock_events.0);
        let events = events.map(EventIn::read).collect::<Result<Vec<_>>>()?;
        let status = self.status.filter(|text| !text.0.is_empty());
        Ok(WebhookInput {
            name: self.name.map(|text| text.0).filter(|text| !text.is_empty()),
            description: self.description.map(|text| text.0),
            url: self.url.map(|text| text.0).filter(|text| !text.is_empty()),
            secret: self.secret.map(|text| text.0),
            status: status
                .map(|text| text.0.parse::<WebhookStatus>())
                .transpose()?,
            events: (!events.is_empty()).then_some(events),
        })
    }
}

async fn create(
    State(ctx): State<Context>,
    Input(input): Input<WebhookIn>,
) -> Result<Json<OneWebhook>> {
    let input = input.read()?;
    required(input.name.clone().map(Text), "name")?;
    required(input.url.clone().map(Text), "url")?;
    if input.events.is_none() {
        return Err(required(None::<Text>, "events")
            .err()
            .unwrap_or_else(|| ApiError::invalid("events")));
    }
    Ok(one(webhooks::create_webhook(&ctx, &caller(), input).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PageIn {
    max_results: Option<Int>,
    page_token: Option<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Webhooks {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    webhooks: Vec<WebhookOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn list(State(ctx): State<Context>, Input(input): Input<PageIn>) -> Result<Json<Webhooks>> {
    let token = input.page_token.as_ref().map(|text| text.0.as_str());
    let page = webhooks::webhooks(&ctx, input.max_results.map(|n| n.0), token).await?;
    Ok(Json(Webhooks {
        webhooks: page.items.into_iter().map(WebhookOut::from).collect(),
        next_page_token: page.next_page_token,
    }))
}

async fn by_id(State(ctx): State<Context>, Path(id): Path<String>) -> Result<Json<OneWebhook>> {
    Ok(one(webhooks::webhook(&ctx, &id).await?))
}

async fn update(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<WebhookIn>,
) -> Result<Json<OneWebhook>> {
    Ok(one(webhooks::update_webhook(
        &ctx,
        &caller(),
        &id,
        input.read()?,
    )
    .await?))
}

async fn remove(State(ctx): State<Context>, Path(id): Path<String>) -> Result<Done> {
    webhooks::delete_webhook(&ctx, &caller(), &id).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TestIn {
    event: Option<EventIn>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ResultOut {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Tested {
    result: ResultOut,
}

async fn test(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<TestIn>,
) -> Result<Json<Tested>> {
    let event = input.event.map(EventIn::read).transpose()?;
    let test = webhooks::test_webhook(&ctx, &id, event).await?;
    Ok(Json(Tested {
        result: ResultOut {
            success: test.success,
            response_status: test.response_status,
            response_body: test.response_body,
            error_message: test.error_message,
        },
    }))
}

#[derive(Debug, Serialize, JsonSchema)]
struct DeliveryOut {
    delivery_id: String,
    event: String,
    state: String,
    attempts: i64,
    creation_timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_timestamp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_status: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

impl From<Delivery> for DeliveryOut {
    fn from(delivery: Delivery) -> Self {
        Self {
            delivery_id: delivery.id,
            event: delivery.event,
            state: delivery.state,
            attempts: delivery.attempts,
            creation_timestamp: delivery.created_at_ms,
            finished_timestamp: delivery.finished_at_ms,
            response_status: delivery.last_status,
            error_message: delivery.last_error,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct Deliveries {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deliveries: Vec<DeliveryOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// The log of what a webhook was sent; MLflow keeps none.
async fn deliveries(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<PageIn>,
) -> Result<Json<Deliveries>> {
    let token = input.page_token.as_ref().map(|text| text.0.as_str());
    let page = webhooks::deliveries(&ctx, &id, input.max_results.map(|n| n.0), token).await?;
    Ok(Json(Deliveries {
        deliveries: page.items.into_iter().map(DeliveryOut::from).collect(),
        next_page_token: page.next_page_token,
    }))
}
