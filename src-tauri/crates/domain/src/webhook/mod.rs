//! Webhooks: of what they can tell, what they may be called, and which addresses they may reach.

mod address;
mod target;

pub use address::is_public;
pub use target::{AllowedOrigin, Target};

use crate::names::Invalid;

/// Longer ones are no address that anybody types.
pub const URL_CHARS_MAX: usize = 500;
pub const DESCRIPTION_CHARS_MAX: usize = 1000;
pub const SECRET_CHARS_MAX: usize = 1000;
const NAME_CHARS_MAX: usize = 63;

/// Something that happens, and that a webhook can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebhookEvent {
    pub entity: &'static str,
    pub action: &'static str,
}

const fn event(entity: &'static str, action: &'static str) -> WebhookEvent {
    WebhookEvent { entity, action }
}

impl WebhookEvent {
    pub const MODEL_CREATED: Self = event("registered_model", "created");
    pub const VERSION_CREATED: Self = event("model_version", "created");
    pub const VERSION_TAG_SET: Self = event("model_version_tag", "set");
    pub const VERSION_TAG_DELETED: Self = event("model_version_tag", "deleted");
    pub const ALIAS_CREATED: Self = event("model_version_alias", "created");
    pub const ALIAS_DELETED: Self = event("model_version_alias", "deleted");
    /// Drydock's own: MLflow tells nobody of a stage move.
    pub const STAGE_TRANSITIONED: Self = event("model_version_stage", "transitioned");

    /// Every event that can be subscribed to. Those of prompts and budgets never happen here; a client that asks for them
    /// is not refused, as little as MLflow refuses it.
    const ALL: [Self; 16] = [
        Self::MODEL_CREATED,
        Self::VERSION_CREATED,
        Self::VERSION_TAG_SET,
        Self::VERSION_TAG_DELETED,
        Self::ALIAS_CREATED,
        Self::ALIAS_DELETED,
        Self::STAGE_TRANSITIONED,
        event("prompt", "created"),
        event("prompt_version", "created"),
        event("prompt_tag", "set"),
        event("prompt_tag", "deleted"),
        event("prompt_version_tag", "set"),
        event("prompt_version_tag", "deleted"),
        event("prompt_alias", "created"),
        event("prompt_alias", "deleted"),
        event("budget_policy", "exceeded"),
    ];

    /// From the words of either case: `MODEL_VERSION` and `CREATED`.
    pub fn parse(entity: &str, action: &str) -> Result<Self, Invalid> {
        let same = |event: &&Self| {
            event.entity.eq_ignore_ascii_case(entity) && event.action.eq_ignore_ascii_case(action)
        };
        Self::ALL.iter().find(same).copied().ok_or_else(|| {
            let known: Vec<String> = Self::ALL.iter().map(Self::to_string).collect();
            Invalid::new(
                "events",
                format!("{entity}.{action}"),
                format!("one of {}", known.join(", ")),
            )
        })
    }

    /// Whether MLflow's own clients know the event's name.
    pub fn is_mlflows(self) -> bool {
        self != Self::STAGE_TRANSITIONED
    }
}

impl std::fmt::Display for WebhookEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.entity, self.action)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WebhookStatus {
    #[default]
    Active,
    Disabled,
}

impl WebhookStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Disabled => "DISABLED",
        }
    }
}

impl std::str::FromStr for WebhookStatus {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.to_ascii_uppercase().as_str() {
            // The numbers of the protobuf enumeration.
            "ACTIVE" | "1" => Ok(Self::Active),
            "DISABLED" | "2" => Ok(Self::Disabled),
            _ => Err(Invalid::new("status", text, "ACTIVE or DISABLED")),
        }
    }
}

/// MLflow's rule for names of webhooks.
pub fn check_webhook_name(name: &str) -> Result<(), Invalid> {
    let alphanumeric = |b: &u8| b.is_ascii_alphanumeric();
    let bytes = name.as_bytes();
    let ends = bytes.first().is_some_and(alphanumeric) && bytes.last().is_some_and(alphanumeric);
    let inside = bytes.iter().all(|b| alphanumeric(b) || b"._-".contains(b));
    if ends && inside && name.len() <= NAME_CHARS_MAX {
        return Ok(());
    }
    Err(Invalid::new(
        "name",
        name,
        "1 to 63 letters, digits, dots, underscores and hyphens, with a letter or digit at both ends",
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "A", "deploy-hook", "hook.v2_x", &"x".repeat(63)] {
            assert!(check_webhook_name(name).is_ok(), "{name}");
        }
        for name in ["", "-a", "a-", "a b", "ü", &"x".repeat(64)] {
            assert!(check_webhook_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn events_are_read_in_either_case_and_only_in_legal_pairs() {
        let read = WebhookEvent::parse("MODEL_VERSION", "CREATED").unwrap();
        assert_eq!(read, WebhookEvent::VERSION_CREATED);
        assert_eq!(read.to_string(), "model_version.created");
        for (entity, action) in [("model_version", "deleted"), ("", ""), ("run", "created")] {
            assert!(
                WebhookEvent::parse(entity, action).is_err(),
                "{entity}.{action}"
            );
        }
    }
}
