//! A file per command: extract, call a service, answer.

mod bench;
pub mod compare;
pub mod conformance;
pub mod cost;
mod deploy;
pub mod diff;
mod doctor;
mod gate;
mod import;
pub mod inspect;
mod profile;
mod push;
mod run;
mod serve;
mod server;
mod sweep;
mod upkeep;

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use http::control::TOKEN_HEADER;
use services::registry::VersionInput;
use services::workspace::{Folders, WorkspaceOptions, current_host};
use services::{Clock, Context};

use crate::args::{Cli, Command, WorkspaceArgs};
use crate::out::{self, Exit};

pub async fn run(cli: &Cli) -> anyhow::Result<Exit> {
    match &cli.command {
        Command::Server(args) => server::run(args, cli.json).await,
        Command::Serve(args) => serve::run(args, cli.json).await,
        Command::Inspect(args) => inspect::version(args, cli.json).await,
        Command::Conformance(args) => conformance::run(args, cli.json),
        Command::Diff(args) => diff::models(args, cli.json).await,
        Command::Cost(args) => cost::run(args, cli.json).await,
        Command::Weights(args) => cost::weights(args, cli.json).await,
        Command::Run(args) => run::run(args, cli.json).await,
        Command::Bench(args) => bench::run(args, cli.json).await,
        Command::Profile(args) => profile::run(args, cli.json).await,
        Command::Sweep(args) => sweep::run(args, cli.json).await,
        Command::Compare(args) => compare::run(args, cli.json).await,
        Command::Gate(args) => gate::run(args, cli.json).await,
        Command::Deploy(args) => deploy::run(args, cli.json).await,
        Command::Push(args) => push::run(args, cli.json).await,
        Command::Gc(args) => upkeep::gc(args, cli.json).await,
        Command::Verify(args) => upkeep::verify(args, cli.json).await,
        Command::Openapi => openapi(),
        Command::Import(args) => import::run(args, cli.json).await,
        Command::Doctor(args) => doctor::run(args, cli.json).await,
    }
}

/// Opens a workspace beside whichever process hosts it: reading and gating need no host.
async fn open(args: &WorkspaceArgs, demo: Option<String>) -> anyhow::Result<Context> {
    let options = WorkspaceOptions {
        folders: args.folders()?,
        stage_policy: args.stage_policy,
        demo,
        database: args.database(),
        artifacts: args.artifacts()?,
        artifact_locations: args.artifact_locations,
        webhook_allow: args.webhook_allow.clone(),
        webhook_key: args.webhook_key(),
    };
    Ok(Context::open(options, Clock::system()).await?)
}

/// The app, or a server, that has this workspace open shows what changed. One that does not answer will read it later.
async fn tell_host(folders: &Folders) {
    let Some(host) = current_host(folders) else {
        return;
    };
    let _ = reqwest::Client::new()
        .post(format!("{}/api/drydock/v1/changed", host.address))
        .header(TOKEN_HEADER, &host.token)
        .timeout(Duration::from_secs(2))
        .send()
        .await;
}

fn openapi() -> anyhow::Result<Exit> {
    out::json(&http::mlflow::openapi::document(&http::mlflow::table()))?;
    Ok(Exit::Pass)
}

/// `models:/NAME/VERSION`.
fn version_of(address: &str) -> anyhow::Result<VersionInput> {
    let parsed = address
        .strip_prefix("models:/")
        .and_then(|rest| rest.rsplit_once('/'));
    let (name, version) = parsed
        .ok_or_else(|| anyhow!("'{address}' is no model address; write models:/NAME/VERSION"))?;
    let version = version
        .parse()
        .with_context(|| format!("'{version}' in '{address}' is no version number"))?;
    Ok(VersionInput {
        name: name.to_owned(),
        version,
    })
}

/// The system's or the terminal's request to end. Listen before telling anyone that the process is up: whoever was told
/// may ask at once.
struct StopRequest {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl StopRequest {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }

    #[cfg(not(unix))]
    async fn received(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
