//! Which machine of a team serves which endpoint. A host tells the others that it is there; nobody takes an endpoint from
//! a host that lives, and a host lets go of what is no longer its own.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::deployment::{self as rows, EndpointRow, HostRow};
use tokio::sync::broadcast::error::RecvError;

use crate::error::{Result, ServiceError};
use crate::workspace::WorkspaceKind;
use crate::{ChangeKind, Context};

const TELL_EVERY: Duration = Duration::from_secs(20);
/// A host that was silent for this long is taken for gone.
const SILENT_MS: i64 = 90_000;

/// The machine that serves an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ServedBy {
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub seen_at_ms: i64,
    /// It was heard of lately; else its endpoints may be taken over.
    pub alive: bool,
}

/// All machines that were ever heard of.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    known: Vec<HostRow>,
    now_ms: i64,
}

impl Hosts {
    pub async fn read(ctx: &Context) -> Result<Self> {
        let known = match ctx.workspace.kind {
            WorkspaceKind::Team => rows::hosts(ctx.store.pool()).await?,
            WorkspaceKind::Local | WorkspaceKind::Demo => Vec::new(),
        };
        Ok(Self {
            known,
            now_ms: ctx.now_ms(),
        })
    }

    pub fn serving(&self, row: &EndpointRow) -> Option<ServedBy> {
        let id = row.host_id.as_deref()?;
        let host = self.known.iter().find(|host| host.host_id == id);
        Some(host.map_or_else(
            || ServedBy {
                name: "a machine that has not told its name".to_owned(),
                seen_at_ms: 0,
                alive: false,
            },
            |host| ServedBy {
                name: host.name.clone(),
                seen_at_ms: host.seen_at_ms,
                alive: self.now_ms - host.seen_at_ms < SILENT_MS,
            },
        ))
    }
}

/// Whether another machine of the team is the one that serves this endpoint.
pub(super) fn is_elsewhere(ctx: &Context, row: &EndpointRow) -> bool {
    ctx.workspace.kind == WorkspaceKind::Team
        && row
            .host_id
            .as_deref()
            .is_some_and(|host| host != ctx.workspace.host.id)
}

/// What a row that this machine serves carries.
pub(super) fn own_host(ctx: &Context) -> Option<String> {
    (ctx.workspace.kind == WorkspaceKind::Team).then(|| ctx.workspace.host.id.clone())
}

/// Refuses to change what a living machine serves, and names it.
pub(super) async fn may_change(ctx: &Context, row: &EndpointRow) -> Result<()> {
    if row.desired != "running" || !is_elsewhere(ctx, row) {
        return Ok(());
    }
    let hosts = Hosts::read(ctx).await?;
    match hosts.serving(row) {
        Some(host) if host.alive => Err(ServiceError::state(format!(
            "{} v{} is served by {}; change it there, or close Drydock on that machine first",
            row.name, row.version, host.name
        ))),
        _ => Ok(()),
    }
}

/// For as long as this process hosts a team workspace: says that it is there, and closes what others have taken over or
/// stopped. Returns at once where a workspace has one host only.
pub async fn attend(ctx: &Context) {
    if ctx.workspace.kind != WorkspaceKind::Team {
        return;
    }
    let mut changes = ctx.changes.subscribe();
    let mut tell = tokio::time::interval(TELL_EVERY);
    tell.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tell.tick() => {
                if let Err(error) = say_so(ctx).await {
                    tracing::warn!(%error, "other machines could not be told that this one is there");
                }
            }
            tag = changes.recv() => match tag {
                Ok(tag) if tag.kind == ChangeKind::Endpoints => let_go(ctx).await,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => let_go(ctx).await,
                Err(RecvError::Closed) => return,
            },
        }
    }
}

async fn say_so(ctx: &Context) -> Result<()> {
    let host = HostRow {
        host_id: ctx.workspace.host.id.clone(),
        name: ctx.workspace.host.name.clone(),
        seen_at_ms: ctx.now_ms(),
    };
    let mut tx = ctx.store.begin().await?;
    rows::save_host(&mut tx, &host).await?;
    Ok(tx.commit().await?)
}

/// Closes the ports of endpoints that are another machine's by now, or that another machine stopped.
async fn let_go(ctx: &Context) {
    // A deployment under way opens its port before its row stands; it holds this lock until then.
    let _one_at_a_time = ctx.serving.switching.lock().await;
    let live = ctx.serving.names();
    if live.is_empty() {
        return;
    }
    let wanted = match rows::endpoints(ctx.store.pool()).await {
        Ok(wanted) => wanted,
        Err(error) => {
            tracing::warn!(%error, "the endpoints could not be read; what serves goes on");
            return;
        }
    };
    for name in live {
        let own = wanted
            .iter()
            .any(|row| row.name == name && row.desired == "running" && !is_elsewhere(ctx, row));
        if !own {
            tracing::info!(
                endpoint = name,
                "another machine took over or stopped this endpoint"
            );
            ctx.serving.close(&name);
            ctx.changes.heard([ChangeKind::Endpoints.of(&name)]);
        }
    }
}
