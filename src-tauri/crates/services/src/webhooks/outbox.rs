//! Writing what is to be told, in the transaction of the change.

use domain::calendar::civil;
use domain::webhook::WebhookEvent;
use serde_json::{Value, json};
use store::Tx;
use store::webhooks::{self as rows, DeliveryRow};

use crate::error::Result;

/// Leaves a message for every webhook that wants to hear of the event. Without any, this is one look-up in an index.
pub(crate) async fn tell(
    tx: &mut Tx,
    now_ms: i64,
    event: WebhookEvent,
    data: &Value,
) -> Result<()> {
    let subscribers = rows::subscribers(tx, event.entity, event.action).await?;
    for webhook_id in subscribers {
        let row = DeliveryRow {
            delivery_id: uuid::Uuid::now_v7().to_string(),
            webhook_id,
            entity: event.entity.to_owned(),
            action: event.action.to_owned(),
            body: body(now_ms, event, data),
            state: "pending".to_owned(),
            attempts: 0,
            next_attempt_ms: now_ms,
            claimed_until_ms: 0,
            created_at_ms: now_ms,
            finished_at_ms: None,
            last_status: None,
            last_error: None,
        };
        rows::enqueue(tx, &row).await?;
    }
    Ok(())
}

/// The message as MLflow's receivers read it.
pub(super) fn body(now_ms: i64, event: WebhookEvent, data: &Value) -> String {
    json!({
        "entity": event.entity,
        "action": event.action,
        "timestamp": iso_utc(now_ms),
        "data": data,
    })
    .to_string()
}

/// What a test sends: MLflow's own examples.
pub(super) fn example(event: WebhookEvent) -> Value {
    let subject = event.entity;
    let prompt = subject.starts_with("prompt");
    let mut data = json!({ "name": if prompt { "example_prompt" } else { "example_model" } });
    let more = match (subject, event.action) {
        ("registered_model" | "prompt", _) => json!({
            "tags": { "example_key": "example_value" },
            "description": if prompt { "An example prompt" } else { "An example registered model" },
        }),
        ("model_version", _) => json!({
            "version": "1", "source": "models:/123", "run_id": "abcd1234abcd5678",
            "tags": { "example_key": "example_value" }, "description": "An example model version",
        }),
        ("prompt_version", _) => json!({
            "version": "1", "template": "Hello {{name}}!",
            "tags": { "example_key": "example_value" }, "description": "An example prompt version",
        }),
        ("prompt_tag", "set") => json!({ "key": "example_key", "value": "example_value" }),
        ("prompt_tag", _) => json!({ "key": "example_key" }),
        ("model_version_tag" | "prompt_version_tag", "set") => {
            json!({ "version": "1", "key": "example_key", "value": "example_value" })
        }
        ("model_version_tag" | "prompt_version_tag", _) => {
            json!({ "version": "1", "key": "example_key" })
        }
        ("model_version_alias" | "prompt_alias", "created") => {
            json!({ "alias": "example_alias", "version": "1" })
        }
        ("model_version_alias" | "prompt_alias", _) => json!({ "alias": "example_alias" }),
        ("model_version_stage", _) => {
            json!({ "version": "1", "from_stage": "None", "to_stage": "Staging", "reason": "An example" })
        }
        _ => json!({ "budget_policy_id": "bp-example" }),
    };
    if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    data
}

/// `2026-11-23T07:38:00.250000+00:00`, as Python writes a time of day in UTC.
fn iso_utc(at_ms: i64) -> String {
    let (days, ms_of_day) = (at_ms.div_euclid(86_400_000), at_ms.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (s, ms) = (ms_of_day / 1000, ms_of_day % 1000);
    let (hours, minutes, seconds) = (s / 3600, s / 60 % 60, s % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{ms:03}000+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_python_does() {
        assert_eq!(iso_utc(0), "1970-01-01T00:00:00.000000+00:00");
        assert_eq!(
            iso_utc(1_709_210_096_250),
            "2024-02-29T12:34:56.250000+00:00"
        );
        assert_eq!(
            iso_utc(4_102_444_799_999),
            "2099-12-31T23:59:59.999000+00:00"
        );
    }

    #[test]
    fn a_message_has_mlflows_four_fields() {
        let text = body(
            0,
            WebhookEvent::ALIAS_DELETED,
            &example(WebhookEvent::ALIAS_DELETED),
        );
        let read: Value = serde_json::from_str(&text).unwrap_or_default();
        assert_eq!(
            read,
            json!({
                "entity": "model_version_alias", "action": "deleted", "timestamp": "1970-01-01T00:00:00.000000+00:00",
                "data": { "name": "example_model", "alias": "example_alias" },
            })
        );
    }
}
