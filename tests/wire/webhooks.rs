//! Webhooks that change while others change them, and messages whose webhook hears no more. No receiver is needed:
//! `tests/python/test_webhooks.py` has one.

use std::time::Duration;

use domain::audit::Actor;
use domain::webhook::{WebhookEvent, WebhookStatus};
use services::webhooks::{self, Webhook, WebhookInput};
use services::{Context, ServiceError};
use store::webhooks::DeliveryRow;

/// Nothing listens there; it is allowed all the same.
pub const ALLOWED: &str = "http://127.0.0.1:9";

fn actor() -> Actor {
    Actor::new("lead")
}

async fn new_webhook(ctx: &Context, name: &str) -> Webhook {
    let input = WebhookInput {
        name: Some(name.to_owned()),
        url: Some(format!("{ALLOWED}/{name}")),
        events: Some(vec![WebhookEvent::MODEL_CREATED]),
        ..WebhookInput::default()
    };
    webhooks::create_webhook(ctx, &actor(), input)
        .await
        .unwrap()
}

fn described(text: String) -> WebhookInput {
    WebhookInput {
        description: Some(text),
        ..WebhookInput::default()
    }
}

/// Two who change different things at once lose nothing of each other; a change does not bring a deleted one back.
pub async fn changes_do_not_undo_each_other(ctx: &Context) {
    let id = new_webhook(ctx, "shared").await.id;
    for round in 0..20 {
        let renamed = WebhookInput {
            name: Some(format!("shared-{round}")),
            ..WebhookInput::default()
        };
        let as_lead = actor();
        let (a, b) = tokio::join!(
            webhooks::update_webhook(ctx, &as_lead, &id, renamed),
            webhooks::update_webhook(ctx, &as_lead, &id, described(format!("{round}"))),
        );
        a.unwrap();
        b.unwrap();
        let read = webhooks::webhook(ctx, &id).await.unwrap();
        let told = (read.name, read.description);
        assert_eq!(told, (format!("shared-{round}"), format!("{round}")));
    }
    for round in 0..20 {
        let id = new_webhook(ctx, &format!("short-{round}")).await.id;
        let as_lead = actor();
        let with_url = WebhookInput {
            url: Some(format!("{ALLOWED}/again")),
            ..described("late".to_owned())
        };
        let (deleted, _) = tokio::join!(
            webhooks::delete_webhook(ctx, &as_lead, &id),
            webhooks::update_webhook(ctx, &as_lead, &id, with_url),
        );
        deleted.unwrap();
        let read = webhooks::webhook(ctx, &id).await;
        assert!(
            matches!(read, Err(ServiceError::NotFound { .. })),
            "{round}"
        );
    }
}

async fn queue(ctx: &Context, webhook_id: &str) {
    let row = DeliveryRow {
        delivery_id: format!("to-{webhook_id}"),
        webhook_id: webhook_id.to_owned(),
        entity: "registered_model".to_owned(),
        action: "created".to_owned(),
        body: "{}".to_owned(),
        state: String::new(),
        attempts: 0,
        next_attempt_ms: 0,
        claimed_until_ms: 0,
        created_at_ms: 1,
        finished_at_ms: None,
        last_status: None,
        last_error: None,
    };
    let mut tx = ctx.store.begin().await.unwrap();
    store::webhooks::enqueue(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

/// The server's worker sends neither, and neither stays due.
pub async fn messages_of_who_hears_no_more_are_cancelled(ctx: &Context) {
    let disabled = new_webhook(ctx, "disabled").await.id;
    let off = WebhookInput {
        status: Some(WebhookStatus::Disabled),
        ..WebhookInput::default()
    };
    webhooks::update_webhook(ctx, &actor(), &disabled, off)
        .await
        .unwrap();
    let told = [
        "the webhook was disabled before",
        "the webhook was deleted before",
    ];
    for id in [&*disabled, "never-there"] {
        queue(ctx, id).await;
    }
    for (id, told) in [&*disabled, "never-there"].into_iter().zip(told) {
        let mut tries = 0;
        let ended = loop {
            let page = webhooks::deliveries(ctx, id, None, None).await.unwrap();
            let delivery = page.items.into_iter().next().unwrap();
            if delivery.finished_at_ms.is_some() {
                break delivery;
            }
            tries += 1;
            assert!(tries < 600, "{delivery:?} stays due");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!((&*ended.state, ended.last_status), ("cancelled", None));
        assert!(ended.last_error.unwrap().starts_with(told));
    }
}
