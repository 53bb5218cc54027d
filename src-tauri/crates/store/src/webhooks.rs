//! Webhooks, and the outbox of what they are told.

use crate::dialect;
use crate::search::Page;
use crate::sql::{Conn, Pool, sql};
use crate::{StoreError, Tx};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WebhookRow {
    pub webhook_id: String,
    pub name: String,
    pub description: String,
    pub url: String,
    pub status: String,
    pub secret: String,
    /// The key that seals the secret; empty: none does.
    pub key_id: String,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventRow {
    pub webhook_id: String,
    pub entity: String,
    pub action: String,
}

/// One message to one webhook: due, or a line of the log.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeliveryRow {
    pub delivery_id: String,
    pub webhook_id: String,
    pub entity: String,
    pub action: String,
    pub body: String,
    pub state: String,
    pub attempts: i64,
    pub next_attempt_ms: i64,
    pub claimed_until_ms: i64,
    pub created_at_ms: i64,
    pub finished_at_ms: Option<i64>,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
}

pub async fn insert(tx: &mut Tx, row: &WebhookRow) -> Result<(), StoreError> {
    sql("insert into webhooks (webhook_id, name, description, url, status, secret, key_id, created_at_ms, updated_at_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind(&row.webhook_id)
        .bind(&row.name)
        .bind(&row.description)
        .bind(&row.url)
        .bind(&row.status)
        .bind(&row.secret)
        .bind(&row.key_id)
        .bind(row.created_at_ms)
        .bind(row.updated_at_ms)
        .execute(tx)
        .await?;
    Ok(())
}

/// All but the id and the time at which it was made.
pub async fn update(tx: &mut Tx, row: &WebhookRow) -> Result<(), StoreError> {
    sql("update webhooks set name = $1, description = $2, url = $3, status = $4, secret = $5, key_id = $6, \
         updated_at_ms = $7 where webhook_id = $8")
        .bind(&row.name)
        .bind(&row.description)
        .bind(&row.url)
        .bind(&row.status)
        .bind(&row.secret)
        .bind(&row.key_id)
        .bind(row.updated_at_ms)
        .bind(&row.webhook_id)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn set_events(
    tx: &mut Tx,
    webhook_id: &str,
    events: &[(&str, &str)],
) -> Result<(), StoreError> {
    sql("delete from webhook_events where webhook_id = $1")
        .bind(webhook_id)
        .execute(&mut *tx)
        .await?;
    for (entity, action) in events {
        sql("insert into webhook_events (webhook_id, entity, action) values ($1, $2, $3) on conflict do nothing")
            .bind(webhook_id)
            .bind(*entity)
            .bind(*action)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

pub async fn webhook(
    conn: impl Into<Conn<'_>>,
    id: &str,
) -> Result<Option<WebhookRow>, StoreError> {
    sql("select * from webhooks where webhook_id = $1")
        .bind(id)
        .optional(conn)
        .await
}

/// The webhook, kept from changing until the transaction ends.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<WebhookRow>, StoreError> {
    let conn = Conn::from(tx);
    let lock = dialect::for_update(&conn);
    sql(format!(
        "select * from webhooks where webhook_id = $1{lock}"
    ))
    .bind(id)
    .optional(conn)
    .await
}

/// The newest first.
pub async fn webhooks(
    conn: impl Into<Conn<'_>>,
    page: Page,
) -> Result<Vec<WebhookRow>, StoreError> {
    sql("select * from webhooks order by created_at_ms desc, webhook_id limit $1 offset $2")
        .bind(page.limit)
        .bind(page.offset)
        .all(conn)
        .await
}

pub async fn events(
    conn: impl Into<Conn<'_>>,
    ids: &[String],
) -> Result<Vec<EventRow>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    sql(format!(
        "select * from webhook_events where webhook_id in {} order by webhook_id, entity, action",
        dialect::in_list(1, ids.len())
    ))
    .bind_all(ids)
    .all(conn)
    .await
}

/// Removes a webhook; what it would still have been told is told to nobody.
pub async fn delete(tx: &mut Tx, id: &str, now_ms: i64) -> Result<u64, StoreError> {
    sql("update webhook_deliveries set state = 'cancelled', finished_at_ms = $1 where webhook_id = $2 and state = 'pending'")
        .bind(now_ms)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    sql("delete from webhooks where webhook_id = $1")
        .bind(id)
        .execute(tx)
        .await
}

/// The webhooks that want to hear of an event.
pub async fn subscribers(
    tx: &mut Tx,
    entity: &str,
    action: &str,
) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = sql(
        "select w.webhook_id from webhook_events e join webhooks w on w.webhook_id = e.webhook_id \
         where e.entity = $1 and e.action = $2 and w.status = 'ACTIVE' order by w.webhook_id",
    )
    .bind(entity)
    .bind(action)
    .all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn enqueue(tx: &mut Tx, row: &DeliveryRow) -> Result<(), StoreError> {
    sql("insert into webhook_deliveries (delivery_id, webhook_id, entity, action, body, state, attempts, next_attempt_ms, \
         claimed_until_ms, created_at_ms) values ($1, $2, $3, $4, $5, 'pending', 0, $6, 0, $6)")
        .bind(&row.delivery_id)
        .bind(&row.webhook_id)
        .bind(&row.entity)
        .bind(&row.action)
        .bind(&row.body)
        .bind(row.created_at_ms)
        .execute(tx)
        .await?;
    Ok(())
}

/// Who looks for due messages: a server leaves those that it cannot sign to the others for a while.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    pub key_id: &'a str,
    pub patience_ms: i64,
}

/// Added to the time at which a message is due: `$1` is the signer's key, `$2` its patience.
const PATIENCE: &str = "case when exists (select 1 from webhooks w where w.webhook_id = d.webhook_id \
     and w.key_id not in ('', $1)) then cast($2 as bigint) else 0 end";

/// The webhooks other than `webhook_id` whose secrets another key seals: the first of those keys.
pub async fn other_key(
    tx: &mut Tx,
    webhook_id: &str,
    key_id: &str,
) -> Result<Option<String>, StoreError> {
    let found: Option<(String,)> = sql(
        "select key_id from webhooks where webhook_id <> $1 and key_id not in ('', $2) order by key_id limit 1",
    )
    .bind(webhook_id)
    .bind(key_id)
    .optional(tx)
    .await?;
    Ok(found.map(|(key_id,)| key_id))
}

/// When the next message is due that no server works on.
pub async fn next_due_ms(pool: &Pool, signer: Signer<'_>) -> Result<Option<i64>, StoreError> {
    let (due,): (Option<i64>,) = sql(format!(
        "select min(case when claimed_until_ms > next_attempt_ms then claimed_until_ms else next_attempt_ms end + {PATIENCE}) \
         from webhook_deliveries d where state = 'pending'"
    ))
    .bind(signer.key_id)
    .bind(signer.patience_ms)
    .one(pool)
    .await?;
    Ok(due)
}

/// Takes due messages for this server until `until_ms`. Servers that claim at once take different rows.
pub async fn claim(
    tx: &mut Tx,
    now_ms: i64,
    until_ms: i64,
    limit: i64,
    signer: Signer<'_>,
) -> Result<Vec<DeliveryRow>, StoreError> {
    let conn = Conn::from(tx);
    let skip = dialect::for_update_skip_locked(&conn);
    sql(format!(
        "with due as materialized (select delivery_id from webhook_deliveries d where state = 'pending' \
         and next_attempt_ms + {PATIENCE} <= $4 and claimed_until_ms <= $4 order by next_attempt_ms, delivery_id limit $5{skip}) \
         update webhook_deliveries set claimed_until_ms = $3, attempts = attempts + 1 \
         where delivery_id in (select delivery_id from due) returning *"
    ))
    .bind(signer.key_id)
    .bind(signer.patience_ms)
    .bind(until_ms)
    .bind(now_ms)
    .bind(limit)
    .all(conn)
    .await
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub struct Outcome<'a> {
    pub delivery_id: &'a str,
    pub state: &'a str,
    pub next_attempt_ms: i64,
    pub finished_at_ms: Option<i64>,
    pub status: Option<i64>,
    pub error: Option<String>,
}

/// Writes an attempt's end, unless the webhook went in the meantime.
pub async fn settle(tx: &mut Tx, outcome: Outcome<'_>) -> Result<u64, StoreError> {
    sql("update webhook_deliveries set state = $1, next_attempt_ms = $2, finished_at_ms = $3, last_status = $4, last_error = $5, \
         claimed_until_ms = 0 where delivery_id = $6 and state = 'pending'")
        .bind(outcome.state)
        .bind(outcome.next_attempt_ms)
        .bind(outcome.finished_at_ms)
        .bind(outcome.status)
        .bind(outcome.error)
        .bind(outcome.delivery_id)
        .execute(tx)
        .await
}

/// The log of one webhook, the newest first.
pub async fn deliveries(
    conn: impl Into<Conn<'_>>,
    webhook_id: &str,
    page: Page,
) -> Result<Vec<DeliveryRow>, StoreError> {
    sql("select * from webhook_deliveries where webhook_id = $1 order by created_at_ms desc, delivery_id desc limit $2 offset $3")
        .bind(webhook_id)
        .bind(page.limit)
        .bind(page.offset)
        .all(conn)
        .await
}

/// Forgets what ended before `before_ms`.
pub async fn forget(tx: &mut Tx, before_ms: i64) -> Result<u64, StoreError> {
    sql("delete from webhook_deliveries where state <> 'pending' and finished_at_ms < $1")
        .bind(before_ms)
        .execute(tx)
        .await
}
