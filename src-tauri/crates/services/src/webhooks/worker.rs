//! The worker that delivers: takes what is due, sends it, and writes down how it went.

use std::time::Duration;

use domain::webhook::WebhookStatus;
use store::webhooks::{self as rows, DeliveryRow, Outcome, Signer};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::send::{Message, Received, SendError, Sender};
use crate::error::Result;
use crate::{ChangeKind, ChangeTag, Context};

/// Messages on their way at once, so that a slow receiver holds up no other.
const AT_ONCE_MAX: usize = 16;
/// How long a taken message stays with its server; longer than an attempt can last.
const CLAIM_MS: i64 = 20_000;
/// Other servers' changes are heard of by notification; this is for those that were missed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Messages that this server cannot sign are left to the others for so long before the log says why they do not go.
const PATIENCE_MS: i64 = 10_000;
const ATTEMPTS_MAX: i64 = 12;
const FIRST_DELAY_MS: i64 = 1000;
const DELAY_MS_MAX: i64 = 300_000;
const RETRY_AFTER_S_MAX: u64 = 3600;
/// The log of what has ended goes back this far.
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;
const FORGET_EVERY_MS: i64 = 3600 * 1000;

/// Delivers until told to stop. Messages that are on their way then are taken up again by the next server.
pub async fn work(ctx: Context, stop: CancellationToken) {
    let sender = Sender::new(&ctx.workspace.webhook_allow);
    let mut changes = ctx.changes.subscribe();
    let mut under_way = JoinSet::new();
    let mut forget_at_ms = 0;
    loop {
        let wait = match take_due(&ctx, &sender, &mut under_way, &mut forget_at_ms).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::warn!(%error, "webhook messages cannot be read; trying again");
                LOOK_EVERY
            }
        };
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(wait) => {}
            Some(_) = under_way.join_next() => {}
            () = registry_changed(&mut changes) => {}
        }
    }
}

async fn registry_changed(changes: &mut Receiver<ChangeTag>) {
    loop {
        match changes.recv().await {
            Ok(tag) if tag.kind != ChangeKind::Models => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Starts what is due and has room; returns how long nothing else will be.
async fn take_due(
    ctx: &Context,
    sender: &Sender,
    under_way: &mut JoinSet<()>,
    forget_at_ms: &mut i64,
) -> Result<Duration> {
    let now_ms = ctx.now_ms();
    if now_ms >= *forget_at_ms {
        *forget_at_ms = now_ms + FORGET_EVERY_MS;
        let mut tx = ctx.store.begin().await?;
        rows::forget(&mut tx, now_ms - KEPT_MS).await?;
        tx.commit().await?;
    }
    let room = AT_ONCE_MAX - under_way.len().min(AT_ONCE_MAX);
    let key_id = ctx.workspace.webhook_key.id();
    let signer = Signer {
        key_id: &key_id,
        patience_ms: PATIENCE_MS,
    };
    let Some(due_ms) = rows::next_due_ms(ctx.store.pool(), signer).await? else {
        return Ok(LOOK_EVERY);
    };
    if due_ms > now_ms || room == 0 {
        let wait_ms = u64::try_from(due_ms - now_ms).unwrap_or(0).max(20);
        return Ok(Duration::from_millis(wait_ms).min(LOOK_EVERY));
    }
    let mut tx = ctx.store.begin().await?;
    let limit = i64::try_from(room).unwrap_or(1);
    let taken = rows::claim(&mut tx, now_ms, now_ms + CLAIM_MS, limit, signer).await?;
    tx.commit().await?;
    for delivery in taken {
        let (ctx, sender) = (ctx.clone(), sender.clone());
        under_way.spawn(async move {
            if let Err(error) = deliver(&ctx, &sender, &delivery).await {
                tracing::warn!(%error, delivery = delivery.delivery_id, "a webhook message could not be settled");
            }
        });
    }
    Ok(Duration::from_millis(20))
}

async fn deliver(ctx: &Context, sender: &Sender, delivery: &DeliveryRow) -> Result<()> {
    let webhook = rows::webhook(ctx.store.pool(), &delivery.webhook_id).await?;
    let webhook = match webhook {
        Some(webhook) if webhook.status == WebhookStatus::Active.as_str() => webhook,
        // Left due, it would be taken again and again.
        Some(_) => return settle(ctx, cancelled(delivery, "disabled", ctx.now_ms())).await,
        None => return settle(ctx, cancelled(delivery, "deleted", ctx.now_ms())).await,
    };
    let sent = match ctx.workspace.webhook_key.open(&webhook) {
        Ok(secret) => {
            let message = Message {
                url: &webhook.url,
                secret: secret.reveal(),
                delivery_id: &delivery.delivery_id,
                body: &delivery.body,
                now_ms: ctx.now_ms(),
            };
            sender.send(message).await
        }
        Err(why) => Err(SendError::Unsigned(why.told())),
    };
    let outcome = judge(delivery, sent, ctx.now_ms());
    if outcome.state == "failed" {
        tracing::warn!(
            webhook = webhook.name,
            delivery = delivery.delivery_id,
            attempts = delivery.attempts,
            error = outcome.error,
            "a webhook message is given up"
        );
    }
    settle(ctx, outcome).await
}

async fn settle(ctx: &Context, outcome: Outcome<'_>) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    rows::settle(&mut tx, outcome).await?;
    tx.commit().await?;
    Ok(())
}

/// The end of a message that its webhook is told no more.
fn cancelled<'d>(delivery: &'d DeliveryRow, why: &str, now_ms: i64) -> Outcome<'d> {
    Outcome {
        delivery_id: &delivery.delivery_id,
        state: "cancelled",
        next_attempt_ms: now_ms,
        finished_at_ms: Some(now_ms),
        status: None,
        error: Some(format!("the webhook was {why} before this was sent")),
    }
}

/// 429, 5xx and a broken network pass; anything else that is no success does not.
fn judge(delivery: &DeliveryRow, sent: Result<Received, SendError>, now_ms: i64) -> Outcome<'_> {
    let (status, error, again, at_least_ms) = match sent {
        Ok(received) => {
            let again = received.status == 429 || received.status >= 500;
            let error = (received.status >= 300)
                .then(|| format!("the receiver answered {}", received.status));
            let asked_s = received.retry_after_s.unwrap_or(0).min(RETRY_AFTER_S_MAX);
            let asked_ms = i64::try_from(asked_s * 1000).unwrap_or(0);
            (Some(i64::from(received.status)), error, again, asked_ms)
        }
        Err(SendError::Network(why) | SendError::Unsigned(why)) => (None, Some(why), true, 0),
        Err(SendError::Refused(why)) => (None, Some(why.to_string()), false, 0),
    };
    let again = again && delivery.attempts < ATTEMPTS_MAX;
    let state = match (&error, again) {
        (None, _) => "delivered",
        (Some(_), true) => "pending",
        (Some(_), false) => "failed",
    };
    let delay_ms = delay_ms(&delivery.delivery_id, delivery.attempts).max(at_least_ms);
    Outcome {
        delivery_id: &delivery.delivery_id,
        state,
        next_attempt_ms: now_ms + if again { delay_ms } else { 0 },
        finished_at_ms: (state != "pending").then_some(now_ms),
        status,
        error,
    }
}

/// 1 s, 2 s, 4 s, ... up to 5 minutes, and up to as much again: receivers that came back are not met by everybody at once.
/// The share of each message is drawn from its id, which is random enough.
fn delay_ms(delivery_id: &str, attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    let base_ms = (FIRST_DELAY_MS << doublings).min(DELAY_MS_MAX);
    let drawn = delivery_id.bytes().fold(attempts, |sum, byte| {
        (sum * 31 + i64::from(byte)) % 1_000_003
    });
    base_ms + drawn % base_ms.min(DELAY_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(attempts: i64) -> DeliveryRow {
        DeliveryRow {
            delivery_id: "019a".to_owned(),
            webhook_id: String::new(),
            entity: String::new(),
            action: String::new(),
            body: String::new(),
            state: "pending".to_owned(),
            attempts,
            next_attempt_ms: 0,
            claimed_until_ms: 0,
            created_at_ms: 0,
            finished_at_ms: None,
            last_status: None,
            last_error: None,
        }
    }

    fn answered(status: u16) -> Result<Received, SendError> {
        Ok(Received {
            status,
            text: String::new(),
            retry_after_s: None,
        })
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_given_up() {
        let state = |status| judge(&delivery(1), answered(status), 0).state.to_owned();
        for (status, expected) in [
            (200, "delivered"),
            (204, "delivered"),
            (301, "failed"),
            (400, "failed"),
            (404, "failed"),
            (429, "pending"),
            (500, "pending"),
            (503, "pending"),
        ] {
            assert_eq!(state(status), expected, "{status}");
        }
        let broken = || Err(SendError::Network("reset".to_owned()));
        assert_eq!(judge(&delivery(1), broken(), 0).state, "pending");
        assert_eq!(judge(&delivery(ATTEMPTS_MAX), broken(), 0).state, "failed");
    }

    #[test]
    fn delays_double_up_to_five_minutes_and_are_spread() {
        for attempts in 1..=ATTEMPTS_MAX {
            let base = (1000 << (attempts - 1)).min(DELAY_MS_MAX);
            for id in ["a", "b", "019a"] {
                let delay = delay_ms(id, attempts);
                assert!((base..2 * base).contains(&delay), "{attempts}: {delay}");
            }
        }
        assert_ne!(delay_ms("a", 3), delay_ms("b", 3));
    }

    #[test]
    fn a_receiver_says_when_to_come_back() {
        let busy = Ok(Received {
            status: 503,
            text: String::new(),
            retry_after_s: Some(60),
        });
        assert_eq!(judge(&delivery(1), busy, 5).next_attempt_ms, 60_005);
    }
}
