//! Webhooks made, changed, listed, tried out, removed.

use std::collections::HashMap;

use domain::audit::Actor;
use domain::names::Invalid;
use domain::webhook::{
    DESCRIPTION_CHARS_MAX, SECRET_CHARS_MAX, WebhookEvent, WebhookStatus, check_webhook_name,
};
use store::webhooks::{self as rows, EventRow, WebhookRow};

use super::outbox::{body, example};
use super::send::{Message, SendError, Sender};
use crate::Context;
use crate::audit::note;
use crate::error::{Result, ServiceError};
use crate::page::{Paged, Window};

const PER_PAGE: i64 = 100;
const PER_PAGE_MAX: i64 = 1000;

/// A webhook as it is shown: its secret stays inside.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub id: String,
    pub name: String,
    pub description: String,
    pub url: String,
    pub status: WebhookStatus,
    pub events: Vec<WebhookEvent>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// What a client says of a webhook; of an existing one, only what changes.
#[derive(Debug, Clone, Default)]
pub struct WebhookInput {
    pub name: Option<String>,
    pub description: Option<String>,
    pub url: Option<String>,
    pub secret: Option<String>,
    pub status: Option<WebhookStatus>,
    pub events: Option<Vec<WebhookEvent>>,
}

/// How a test went.
#[derive(Debug, Clone, Default)]
pub struct WebhookTest {
    pub success: bool,
    pub response_status: Option<u16>,
    pub response_body: Option<String>,
    pub error_message: Option<String>,
}

/// A line of the delivery log.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: String,
    pub event: String,
    pub state: String,
    pub attempts: i64,
    pub created_at_ms: i64,
    pub finished_at_ms: Option<i64>,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
}

pub async fn create_webhook(ctx: &Context, actor: &Actor, input: WebhookInput) -> Result<Webhook> {
    let now_ms = ctx.now_ms();
    let new = Webhook {
        id: uuid::Uuid::new_v4().to_string(),
        name: String::new(),
        description: String::new(),
        url: String::new(),
        status: WebhookStatus::Active,
        events: Vec::new(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    let input = WebhookInput {
        name: Some(input.name.unwrap_or_default()),
        url: Some(input.url.unwrap_or_default()),
        events: Some(input.events.unwrap_or_default()),
        ..input
    };
    check(ctx, &input).await?;
    let tx = ctx.store.begin().await?;
    save(ctx, tx, actor, new, None, input).await
}

pub async fn update_webhook(
    ctx: &Context,
    actor: &Actor,
    id: &str,
    input: WebhookInput,
) -> Result<Webhook> {
    check(ctx, &input).await?;
    // What is not given stays as another change has left it, and a webhook that was deleted meanwhile stays deleted.
    let mut tx = ctx.store.begin().await?;
    let row = rows::lock(&mut tx, id).await?.ok_or_else(|| missing(id))?;
    let events = rows::events(&mut tx, &[id.to_owned()]).await?;
    let mut webhook = shown(vec![row.clone()], events)
        .pop()
        .ok_or_else(|| missing(id))?;
    webhook.updated_at_ms = ctx.now_ms();
    save(ctx, tx, actor, webhook, Some(row), input).await
}

/// Checks what was given by itself. An address is looked up in the network: no transaction waits for that.
async fn check(ctx: &Context, input: &WebhookInput) -> Result<()> {
    if let Some(name) = &input.name {
        check_webhook_name(name)?;
    }
    if let Some(description) = &input.description {
        at_most("description", description, DESCRIPTION_CHARS_MAX)?;
    }
    if let Some(secret) = &input.secret {
        at_most("secret", secret, SECRET_CHARS_MAX)?;
    }
    let Some(url) = &input.url else { return Ok(()) };
    let sender = Sender::new(&ctx.workspace.webhook_allow);
    let checked = sender.checked(url).await;
    checked.map(drop).map_err(|error| match error {
        SendError::Refused(invalid) => invalid.into(),
        SendError::Network(why) | SendError::Unsigned(why) => ServiceError::invalid(
            "url",
            format!("Invalid value '{url}' for parameter 'url' supplied: {why}."),
        ),
    })
}

/// Writes the whole; `before` is the row that it takes the place of.
async fn save(
    ctx: &Context,
    mut tx: store::Tx,
    actor: &Actor,
    mut webhook: Webhook,
    before: Option<WebhookRow>,
    input: WebhookInput,
) -> Result<Webhook> {
    webhook.name = input.name.unwrap_or(webhook.name);
    webhook.description = input.description.unwrap_or(webhook.description);
    webhook.url = input.url.unwrap_or(webhook.url);
    let is_new = before.is_none();
    let (secret, key_id) = sealed(ctx, &webhook.id, input.secret, before)?;
    if let Some(mut events) = input.events {
        events.sort();
        events.dedup();
        webhook.events = events;
    }
    // MLflow's clients cannot read a webhook without an event that they know.
    if !webhook.events.iter().any(|event| event.is_mlflows()) {
        return Err(ServiceError::invalid(
            "events",
            "Webhook events must name at least one of MLflow's events.",
        ));
    }
    webhook.status = input.status.unwrap_or(webhook.status);
    if !key_id.is_empty() && key_id == ctx.workspace.webhook_key.id() {
        one_key(&mut tx, &webhook.id, &key_id).await?;
    }
    let row = WebhookRow {
        webhook_id: webhook.id.clone(),
        name: webhook.name.clone(),
        description: webhook.description.clone(),
        url: webhook.url.clone(),
        status: webhook.status.as_str().to_owned(),
        secret,
        key_id,
        created_at_ms: webhook.created_at_ms,
        updated_at_ms: webhook.updated_at_ms,
    };
    let events: Vec<(&str, &str)> = webhook
        .events
        .iter()
        .map(|event| (event.entity, event.action))
        .collect();
    if is_new {
        rows::insert(&mut tx, &row).await?;
    } else {
        rows::update(&mut tx, &row).await?;
    }
    rows::set_events(&mut tx, &row.webhook_id, &events).await?;
    audit(
        &mut tx,
        webhook.updated_at_ms,
        actor,
        if is_new {
            "webhook.create"
        } else {
            "webhook.update"
        },
        &webhook.id,
        &format!("{} to {}", webhook.name, webhook.url),
    )
    .await?;
    tx.commit().await?;
    Ok(webhook)
}

/// The secret as it is written: a new one sealed, one from before there were keys sealed now, any other as it stands.
fn sealed(
    ctx: &Context,
    webhook_id: &str,
    given: Option<String>,
    before: Option<WebhookRow>,
) -> Result<(String, String)> {
    let key = &ctx.workspace.webhook_key;
    match (given, before) {
        (Some(secret), _) => key.seal(webhook_id, &secret),
        (None, Some(row)) if row.key_id.is_empty() => key.seal(webhook_id, &row.secret),
        (None, Some(row)) => Ok((row.secret, row.key_id)),
        (None, None) => Ok((String::new(), String::new())),
    }
}

/// Two servers with a key each would each sign for half of the webhooks: the second is told at once.
async fn one_key(tx: &mut store::Tx, webhook_id: &str, key_id: &str) -> Result<()> {
    match rows::other_key(tx, webhook_id, key_id).await? {
        None => Ok(()),
        // No client helps by trying again, as it would after a 503.
        Some(other) => Err(ServiceError::state(format!(
            "other webhooks of this workspace are sealed with key {other}, and this server holds key {key_id}; give all \
             servers the same --webhook-key-file; if the other key is lost, empty those webhooks' secrets first"
        ))),
    }
}

fn at_most(field: &str, text: &str, chars_max: usize) -> Result<(), Invalid> {
    if text.chars().count() <= chars_max {
        return Ok(());
    }
    // The value itself may be a secret.
    Err(Invalid::new(
        field,
        "...",
        format!("at most {chars_max} characters"),
    ))
}

async fn audit(
    tx: &mut store::Tx,
    at_ms: i64,
    actor: &Actor,
    action: &str,
    id: &str,
    detail: &str,
) -> Result<()> {
    let subject = format!("webhook/{id}");
    Ok(note(tx, at_ms, actor, action, &subject, detail).await?)
}

pub async fn webhook(ctx: &Context, id: &str) -> Result<Webhook> {
    let row = row(ctx, id).await?;
    let events = rows::events(ctx.store.pool(), &[id.to_owned()]).await?;
    shown(vec![row], events).pop().ok_or_else(|| missing(id))
}

async fn row(ctx: &Context, id: &str) -> Result<WebhookRow> {
    rows::webhook(ctx.store.pool(), id)
        .await?
        .ok_or_else(|| missing(id))
}

fn missing(id: &str) -> ServiceError {
    ServiceError::not_found(format!("Webhook with ID {id} not found."))
}

/// Pages of webhooks, the newest first. 0 or nothing asks for 100.
pub async fn webhooks(
    ctx: &Context,
    max_results: Option<i64>,
    token: Option<&str>,
) -> Result<Paged<Webhook>> {
    let window = window(max_results, token)?;
    let found = rows::webhooks(ctx.store.pool(), window.with_lookahead()).await?;
    let page = window.finish(found);
    let ids: Vec<String> = page
        .items
        .iter()
        .map(|row| row.webhook_id.clone())
        .collect();
    let events = rows::events(ctx.store.pool(), &ids).await?;
    Ok(Paged {
        items: shown(page.items, events),
        next_page_token: page.next_page_token,
    })
}

fn window(max_results: Option<i64>, token: Option<&str>) -> Result<Window> {
    let limit = max_results.filter(|limit| *limit != 0).unwrap_or(PER_PAGE);
    if !(1..=PER_PAGE_MAX).contains(&limit) {
        return Err(ServiceError::invalid(
            "max_results",
            "max_results must be between 1 and 1000.",
        ));
    }
    Window::read(limit, PER_PAGE_MAX, token)
}

/// Rows with their events, in the order of the rows.
fn shown(found: Vec<WebhookRow>, told: Vec<EventRow>) -> Vec<Webhook> {
    let mut events: HashMap<String, Vec<WebhookEvent>> = HashMap::new();
    for row in told {
        if let Ok(event) = WebhookEvent::parse(&row.entity, &row.action) {
            events.entry(row.webhook_id).or_default().push(event);
        }
    }
    let webhook = |row: WebhookRow| Webhook {
        events: events.remove(&row.webhook_id).unwrap_or_default(),
        id: row.webhook_id,
        name: row.name,
        description: row.description,
        url: row.url,
        status: row.status.parse().unwrap_or(WebhookStatus::Disabled),
        created_at_ms: row.created_at_ms,
        updated_at_ms: row.updated_at_ms,
    };
    found.into_iter().map(webhook).collect()
}

pub async fn delete_webhook(ctx: &Context, actor: &Actor, id: &str) -> Result<()> {
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    if rows::delete(&mut tx, id, now_ms).await? == 0 {
        return Err(missing(id));
    }
    audit(&mut tx, now_ms, actor, "webhook.delete", id, "").await?;
    tx.commit().await?;
    Ok(())
}

/// Sends an example of an event (the webhook's first, if none is named) now, once, and says what came back.
pub async fn test_webhook(
    ctx: &Context,
    id: &str,
    event: Option<WebhookEvent>,
) -> Result<WebhookTest> {
    let row = row(ctx, id).await?;
    let subscribed = webhook(ctx, id).await?.events;
    let event = event
        .or_else(|| subscribed.into_iter().find(|event| event.is_mlflows()))
        .unwrap_or(WebhookEvent::MODEL_CREATED);
    let sent = match ctx.workspace.webhook_key.open(&row) {
        Ok(secret) => {
            let message = Message {
                url: &row.url,
                secret: secret.reveal(),
                delivery_id: &uuid::Uuid::new_v4().to_string(),
                body: &body(ctx.now_ms(), event, &example(event)),
                now_ms: ctx.now_ms(),
            };
            Sender::new(&ctx.workspace.webhook_allow)
                .send(message)
                .await
        }
        Err(why) => Err(SendError::Unsigned(why.told())),
    };
    Ok(match sent {
        Ok(received) => WebhookTest {
            success: received.status < 300,
            response_status: Some(received.status),
            response_body: Some(received.text),
            error_message: None,
        },
        Err(error) => WebhookTest {
            error_message: Some(format!("Failed to test webhook: {error}")),
            ..WebhookTest::default()
        },
    })
}

/// What was sent to a webhook and how it went, the newest first.
pub async fn deliveries(
    ctx: &Context,
    id: &str,
    max_results: Option<i64>,
    token: Option<&str>,
) -> Result<Paged<Delivery>> {
    let window = window(max_results, token)?;
    let page =
        window.finish(rows::deliveries(ctx.store.pool(), id, window.with_lookahead()).await?);
    let delivery = |row: rows::DeliveryRow| Delivery {
        id: row.delivery_id,
        event: format!("{}.{}", row.entity, row.action),
        state: row.state,
        attempts: row.attempts,
        created_at_ms: row.created_at_ms,
        finished_at_ms: row.finished_at_ms,
        last_status: row.last_status,
        last_error: row.last_error,
    };
    Ok(Paged {
        items: page.items.into_iter().map(delivery).collect(),
        next_page_token: page.next_page_token,
    })
}
