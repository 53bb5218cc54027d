//! Preparations: what a scenario needs to find on the server.

use std::time::Instant;

use serde_json::{Value, json};

use crate::body;
use crate::paced::{Pace, each_client};
use crate::wire::{Failure, Wire};

fn text(value: &Value) -> Result<String, Failure> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| Failure::Answer(format!("expected a text, got {value}")))
}

pub async fn new_experiment(address: &str) -> Result<String, Failure> {
    let name = format!("load-{}-{:?}", std::process::id(), Instant::now());
    let made = Wire::parse(address)?
        .ask(&body::post(
            "experiments/create",
            json!({"name": name}).to_string(),
        ))
        .await?;
    text(&made["experiment_id"])
}

/// Experiment and run.
pub async fn new_run(wire: &Wire) -> Result<(String, String), Failure> {
    let name = format!("load-{:?}", Instant::now());
    let made = wire
        .ask(&body::post(
            "experiments/create",
            json!({"name": name}).to_string(),
        ))
        .await?;
    let experiment = text(&made["experiment_id"])?;
    let made = wire.ask(&body::create_run(&experiment, 0)).await?;
    Ok((experiment, text(&made["run"]["info"]["run_id"])?))
}

pub async fn new_runs(address: &str, count: usize) -> Result<Vec<String>, Failure> {
    let wire = Wire::parse(address)?;
    let experiment = new_experiment(address).await?;
    let mut runs = Vec::with_capacity(count);
    for n in 0..count {
        let made = wire.ask(&body::create_run(&experiment, n)).await?;
        runs.push(text(&made["run"]["info"]["run_id"])?);
    }
    Ok(runs)
}

/// Makes `count` runs in one experiment.
pub async fn runs(address: &str, clients: usize, count: usize) -> Result<Value, Failure> {
    let wire = Wire::parse(address)?;
    let experiment = new_experiment(address).await?;
    let began = Instant::now();
    each_client(clients, |client| {
        let (wire, experiment) = (wire.clone(), experiment.clone());
        async move {
            let mut connection = wire.connect().await?;
            let mut answer = Vec::new();
            for n in (client..count).step_by(clients) {
                answer.clear();
                connection
                    .send(&body::create_run(&experiment, n), Some(&mut answer))
                    .await?;
                let made: Value =
                    serde_json::from_slice(&answer).map_err(|e| Failure::Answer(e.to_string()))?;
                let run = text(&made["run"]["info"]["run_id"])?;
                connection.send(&body::fill(&run, n), None).await?;
            }
            Ok(())
        }
    })
    .await?;
    Ok(json!({"experiment": experiment, "runs": count, "seconds": began.elapsed().as_secs_f64()}))
}

/// Logs one series of `count` points.
pub async fn points(address: &str, count: usize) -> Result<Value, Failure> {
    let wire = Wire::parse(address)?;
    let (_, run) = new_run(&wire).await?;
    let mut connection = wire.connect().await?;
    let began = Instant::now();
    for from in (0..count).step_by(body::BATCH) {
        let piece = body::BATCH.min(count - from);
        connection
            .send(&body::points(&run, from, piece), None)
            .await?;
    }
    Ok(json!({"run": run, "points": count, "seconds": began.elapsed().as_secs_f64()}))
}

pub async fn then_download(pace: &Pace<'_>, bytes: usize) -> Result<Value, Failure> {
    let wire = Wire::parse(pace.address)?;
    let (_, run) = new_run(&wire).await?;
    let mut request = body::upload(&run, 0);
    request.zeros = bytes;
    wire.connect().await?.send(&request, None).await?;
    pace.transfer(0, |_| body::download(&run)).await
}
