//! Webhooks: who is told of what happens in the registry.
//!
//! A change writes a message for each subscriber in its own transaction ([`outbox`]); a worker of whichever server is up
//! takes due messages and sends them ([`work`]) until they are delivered or given up. Nothing is sent that was not
//! committed, and nothing that was committed is lost.

mod key;
mod manage;
mod outbox;
mod send;
mod worker;

pub use key::WebhookKey;
pub use manage::{
    Delivery, Webhook, WebhookInput, WebhookTest, create_webhook, delete_webhook, deliveries,
    test_webhook, update_webhook, webhook, webhooks,
};
pub(crate) use outbox::tell;
pub use worker::work;
