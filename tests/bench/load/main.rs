//! Load for a tracking server: one scenario a call, one JSON line as the answer.
//!
//! It speaks plain HTTP/1.1 over kept connections on one thread, so that on a small machine the server has the rest. It
//! knows nothing of Drydock: any server of MLflow's REST API can be driven.

#![allow(clippy::print_stdout)]

mod body;
mod fill;
mod paced;
mod wire;

use std::time::Duration;

use clap::{Parser, ValueEnum};
use serde_json::{Value, json};

use wire::{Failure, Wire};

#[derive(Debug, Parser)]
#[command(about = "Drives a tracking server and prints what came of it as one JSON line")]
struct Args {
    #[arg(value_enum)]
    scenario: Scenario,
    /// http://127.0.0.1:5000
    #[arg(long)]
    address: String,
    /// Connections, each with a request under way
    #[arg(long, default_value_t = 1)]
    clients: usize,
    /// How long to measure, after a warm-up of a fifth of it
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Runs to make (fill), rows a page (search), points in all (points) or in the answer (chart), bytes (upload, download)
    #[arg(long, default_value_t = 1_000)]
    size: usize,
    /// What `fill` and `points` made, for the scenarios that read it
    #[arg(long)]
    experiment: Option<String>,
    #[arg(long)]
    run: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    CreateRun,
    LogMetric,
    LogBatch,
    /// Makes runs of 20 metrics and 10 params
    Fill,
    /// Finds runs by a metric and a param, ordered by a metric
    Search,
    /// Logs one long series
    Points,
    /// Reads that series in one call
    History,
    /// Reads that series thinned
    Chart,
    Upload,
    Download,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args = Args::parse();
    match answer(&args).await {
        Ok(value) => println!("{value}"),
        Err(failure) => {
            println!("{}", json!({"failed": failure.to_string()}));
            std::process::exit(1);
        }
    }
}

async fn answer(args: &Args) -> Result<Value, Failure> {
    let experiment = || args.experiment.clone().unwrap_or_default();
    let run = || args.run.clone().unwrap_or_default();
    let time = Duration::from_secs_f64(args.seconds);
    let pace = paced::Pace {
        address: &args.address,
        clients: args.clients,
        time,
    };
    match args.scenario {
        Scenario::CreateRun => {
            let experiment = fill::new_experiment(&args.address).await?;
            pace.drive(1, |_, n| Ok(body::create_run(&experiment, n)))
                .await
        }
        Scenario::LogMetric => {
            let runs = fill::new_runs(&args.address, args.clients).await?;
            pace.drive(1, |client, n| Ok(body::log_metric(&runs[client], n)))
                .await
        }
        Scenario::LogBatch => {
            let runs = fill::new_runs(&args.address, args.clients).await?;
            pace.drive(body::BATCH, |client, n| {
                Ok(body::log_batch(&runs[client], n))
            })
            .await
        }
        Scenario::Fill => fill::runs(&args.address, args.clients, args.size).await,
        Scenario::Search => {
            let experiment = experiment();
            pace.drive(1, |_, n| Ok(body::search(&experiment, args.size, n)))
                .await
        }
        Scenario::Points => fill::points(&args.address, args.size).await,
        Scenario::History => pace.drive(1, |_, _| Ok(body::history(&run()))).await,
        Scenario::Chart => {
            pace.drive(1, |_, _| Ok(body::chart(&run(), args.size)))
                .await
        }
        Scenario::Upload => {
            let (_, run) = fill::new_run(&Wire::parse(&args.address)?).await?;
            pace.transfer(args.size, |n| body::upload(&run, n)).await
        }
        Scenario::Download => fill::then_download(&pace, args.size).await,
    }
}
