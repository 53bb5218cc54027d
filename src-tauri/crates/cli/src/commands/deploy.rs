use anyhow::{Context as _, anyhow, bail};
use domain::audit::Actor;
use domain::deployment::Verdict;
use engine::CancelToken;
use futures_util::StreamExt as _;
use http::control::{Line, TOKEN_HEADER};
use services::deployment::{
    DeployInput, DeployOutcome, DeployStep, StepState, Watch, deploy_to_staging,
};
use services::gates::Hands;
use services::workspace::{HostRecord, current_host};

use super::{StopRequest, gate, open, version_of};
use crate::args::DeployArgs;
use crate::out::{self, Exit};

/// Through the host of the workspace (the app, or `drydock server`) where there is one; else this process hosts it and
/// serves until it is stopped.
pub async fn run(args: &DeployArgs, as_json: bool) -> anyhow::Result<Exit> {
    let version = version_of(&args.model.model)?;
    let input = DeployInput {
        name: version.name,
        version: version.version,
        reason: args.reason.clone(),
        waiver: args.waive.clone(),
    };
    match current_host(&args.model.workspace.folders()?) {
        Some(host) => tell(&through_host(&host, &input).await?, as_json),
        None => here(args, input, as_json).await,
    }
}

async fn here(args: &DeployArgs, input: DeployInput, as_json: bool) -> anyhow::Result<Exit> {
    let stop = StopRequest::listen()?;
    let ctx = open(&args.model.workspace, None).await?;
    let server = http::start(&ctx, http::ListenOptions::default()).await?;
    let watch = Watch {
        progress: &|step| note(&step),
        cancel: &CancelToken::default(),
    };
    let outcome = deploy_to_staging(
        &ctx,
        &Hands::of_this_program(),
        &Actor::this_user(),
        input,
        watch,
    )
    .await;
    let exit = match outcome {
        Ok(outcome) => {
            let exit = tell(&outcome, as_json)?;
            if outcome.deployed {
                out::note("no other process hosts this workspace; serving until stopped (Ctrl-C)");
                stop.received().await;
            }
            Ok(exit)
        }
        Err(error) => Err(error.into()),
    };
    server.stop().await;
    exit
}

async fn through_host(host: &HostRecord, input: &DeployInput) -> anyhow::Result<DeployOutcome> {
    services::tls::install();
    let url = format!("{}/api/drydock/v1/deploy", host.address);
    let answer = reqwest::Client::new()
        .post(&url)
        .header(TOKEN_HEADER, &host.token)
        .json(input)
        .send()
        .await
        .with_context(|| {
            format!(
                "the host of this workspace (process {}) did not answer at {}",
                host.pid, host.address
            )
        })?
        .error_for_status()?;
    let mut chunks = answer.bytes_stream();
    let mut buffer = Vec::new();
    while let Some(chunk) = chunks.next().await {
        buffer.extend_from_slice(&chunk?);
        while let Some(end) = buffer.iter().position(|&b| b == b'\n') {
            let text: Vec<u8> = buffer.drain(..=end).collect();
            match serde_json::from_slice(&text)? {
                Line::Step(step) => note(&step),
                Line::Result(outcome) => return Ok(*outcome),
                Line::Error { message, .. } => bail!(message),
            }
        }
    }
    Err(anyhow!(
        "the host of this workspace hung up before it answered"
    ))
}

fn note(step: &DeployStep) {
    match (&step.check, step.state) {
        (Some(check), _) => out::note(gate::line(check)),
        (None, StepState::Running) => out::note(format!("{:?}: {}", step.step, step.detail)),
        (None, StepState::Done | StepState::Failed) => {}
    }
}

fn tell(outcome: &DeployOutcome, as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        out::json(outcome)?;
    } else {
        gate::print(&outcome.report);
        match &outcome.endpoint {
            Some(endpoint) => out::line(format!(
                "deployed: {} serves v{} at {}",
                endpoint.name,
                endpoint.version,
                endpoint.address.as_deref().unwrap_or("no address")
            )),
            None => out::line("refused: nothing changed"),
        }
    }
    Ok(match (outcome.deployed, outcome.report.verdict) {
        (true, _) => Exit::Pass,
        (false, Verdict::Inconclusive) => Exit::Inconclusive,
        (false, Verdict::Pass | Verdict::Fail) => Exit::Fail,
    })
}
