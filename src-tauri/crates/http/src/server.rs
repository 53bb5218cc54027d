//! The tracking server's life: bind, announce, serve, stop.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::{self, Next};
use axum::response::Response;
use services::server::TrackingServer;
use services::workspace::{HostClaim, HostRecord};
use services::{ChangeKind, Context, ServiceError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::guard::{AllowedHosts, refuse_foreign};
use crate::refusals::{Refusals, remember_refused};
use crate::{control, listen, port};

/// Requests that still run when the server is told to stop get this long.
const DRAIN: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub struct ListenOptions {
    pub host: IpAddr,
    /// Taken: the next free one is used, and the holder named.
    pub port: u16,
    /// Further names under which clients reach this server.
    pub allowed_hosts: Vec<String>,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            host: IpAddr::from([127, 0, 0, 1]),
            port: 5000,
            allowed_hosts: Vec::new(),
        }
    }
}

/// A listening tracking server. Dropped without [`RunningServer::stop`], it stops without draining.
pub struct RunningServer {
    pub address: SocketAddr,
    pub port_holder: Option<String>,
    stop: CancellationToken,
    task: JoinHandle<()>,
    ctx: Context,
    _claim: HostClaim,
}

/// Claims the workspace, binds, starts to answer, and brings up the endpoints that should run.
pub async fn start(ctx: &Context, options: ListenOptions) -> Result<RunningServer, ServiceError> {
    let mut claim = HostClaim::take(&ctx.workspace.folders)?;
    let bound = port::bind(options.host, options.port)
        .await
        .map_err(ServiceError::io(format!(
            "cannot listen on {}:{}",
            options.host, options.port
        )))?;
    let url = format!("http://{}", bound.address);
    claim.announce(&HostRecord {
        pid: std::process::id(),
        address: url.clone(),
        token: control::token().to_owned(),
    })?;
    ctx.server.listening(TrackingServer {
        running: true,
        address: url.clone(),
        requested_port: options.port,
        port_holder: bound.holder.clone(),
        started_at_ms: ctx.now_ms(),
        last_client: None,
        problem: None,
    });
    ctx.serving.set_opener(crate::inference::opener());
    let stop = CancellationToken::new();
    let allowed = AllowedHosts::new(bound.address, &options.allowed_hosts);
    let app = crate::router(ctx)
        .layer(middleware::from_fn_with_state(ctx.clone(), note_client))
        .layer(middleware::from_fn_with_state(allowed, refuse_foreign))
        .layer(middleware::from_fn_with_state(
            Refusals::new(ctx),
            remember_refused,
        ));
    let task = tokio::spawn(listen::serve(bound.listener, app, stop.clone()));
    tracing::info!(
        address = url,
        holder = bound.holder,
        "tracking server listening"
    );
    // Loading models takes a while; clients and windows need not wait for it.
    let endpoints = ctx.clone();
    tokio::spawn(async move { services::deployment::reconcile(&endpoints).await });
    tokio::spawn(services::webhooks::work(ctx.clone(), stop.clone()));
    let (attending, until) = (ctx.clone(), stop.clone());
    tokio::spawn(async move {
        until
            .run_until_cancelled(services::deployment::attend(&attending))
            .await;
    });
    Ok(RunningServer {
        address: bound.address,
        port_holder: bound.holder,
        stop,
        task,
        ctx: ctx.clone(),
        _claim: claim,
    })
}

impl RunningServer {
    /// Lets running requests finish, stops the endpoints, closes the store.
    pub async fn stop(self) {
        self.stop.cancel();
        self.ctx.serving.close_all();
        if tokio::time::timeout(DRAIN, self.task).await.is_err() {
            tracing::warn!("some requests were still running when the server stopped");
        }
        self.ctx.server.stopped(None);
        self.ctx.store.close().await;
    }
}

/// Remembers who called last, for the window's status card.
async fn note_client(State(ctx): State<Context>, request: Request, next: Next) -> Response {
    let agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|v| v.to_str().ok());
    if let Some(agent) = agent.filter(|_| request.uri().path().contains("/mlflow"))
        && ctx.server.seen(agent, ctx.now_ms())
    {
        ctx.publish([ChangeKind::Workspace.any()]);
    }
    next.run(request).await
}
