//! Change tags between the processes of a team workspace: what one server commits, the windows of the others read again.
//!
//! Tags of a moment are told in one message, so that a thousand logged metrics are one notification. A message that is
//! lost with its connection is made up for: after every gap all kinds count as changed.

use std::collections::HashSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::Store;
use store::notify::{self, Heard, Listener, MESSAGE_BYTES_MAX};
use tokio::sync::broadcast::error::RecvError;

use crate::change::{ChangeHub, ChangeKind, ChangeTag};

/// Tags that come within this time of each other travel together.
const GATHER: Duration = Duration::from_millis(25);
const RECONNECT: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize, Deserialize)]
struct Message {
    /// The process that speaks; it does not listen to itself.
    origin: uuid::Uuid,
    tags: Vec<ChangeTag>,
}

/// Joins this process's hub to the others' through the database. Ends when the store is closed; does nothing on SQLite.
pub(crate) async fn join(store: &Store, hub: &ChangeHub) -> Result<(), store::StoreError> {
    let Some(listener) = Listener::open(store).await? else {
        return Ok(());
    };
    let origin = uuid::Uuid::new_v4();
    tokio::spawn(hear(listener, hub.clone(), origin));
    tokio::spawn(speak(store.clone(), hub.clone(), origin));
    Ok(())
}

async fn hear(mut listener: Listener, hub: ChangeHub, origin: uuid::Uuid) {
    loop {
        match listener.next().await {
            Ok(Heard::Message(text)) => match serde_json::from_str::<Message>(&text) {
                Ok(message) if message.origin == origin => {}
                Ok(message) => hub.heard(message.tags),
                // A newer app may speak of kinds that this one does not know.
                Err(_) => hub.heard(ChangeKind::ALL.map(ChangeKind::any)),
            },
            Ok(Heard::Gap) => hub.heard(ChangeKind::ALL.map(ChangeKind::any)),
            Ok(Heard::End) => return,
            Err(error) => {
                tracing::warn!(%error, "changes of other servers cannot be heard; trying again");
                tokio::time::sleep(RECONNECT).await;
            }
        }
    }
}

async fn speak(store: Store, hub: ChangeHub, origin: uuid::Uuid) {
    let mut own = hub.subscribe_own();
    loop {
        let mut tags = match own.recv().await {
            Ok(tag) => HashSet::from([tag]),
            Err(RecvError::Lagged(_)) => ChangeKind::ALL.map(ChangeKind::any).into(),
            Err(RecvError::Closed) => return,
        };
        tokio::time::sleep(GATHER).await;
        while let Ok(tag) = own.try_recv() {
            tags.insert(tag);
        }
        let text = message(origin, &tags);
        if let Err(error) = notify::tell(store.pool(), &text).await {
            if store.is_closed() {
                return;
            }
            // The others lost the same database, and read all again when it is back.
            tracing::warn!(%error, "other servers could not be told of a change");
        }
    }
}

fn message(origin: uuid::Uuid, tags: &HashSet<ChangeTag>) -> String {
    let text = |tags| serde_json::to_string(&Message { origin, tags }).unwrap_or_default();
    let whole = text(tags.iter().cloned().collect());
    if whole.len() <= MESSAGE_BYTES_MAX {
        return whole;
    }
    // Too many names for one message: their kinds say enough.
    let kinds: HashSet<ChangeTag> = tags.iter().map(|tag| tag.kind.any()).collect();
    text(kinds.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_always_fits() {
        let few = HashSet::from([ChangeKind::Runs.of("3")]);
        assert!(message(uuid::Uuid::nil(), &few).contains(r#"{"kind":"runs","id":"3"}"#));
        let many = (0..5_000).map(|n| ChangeKind::Runs.of(format!("{n}")));
        let text = message(uuid::Uuid::nil(), &many.collect());
        assert!(text.len() < MESSAGE_BYTES_MAX);
        assert!(text.contains(r#"{"kind":"runs","id":null}"#), "{text}");
    }
}
