use std::time::Duration;

use engine::{BenchmarkReport, CancelToken};
use indicatif::{ProgressBar, ProgressStyle};
use services::Clock;
use services::benchmark::{BenchmarkInput, TaskProgress, benchmark_file, benchmark_version};
use services::lab::Lab;

use super::{open, version_of};
use crate::args::BenchArgs;
use crate::out::{self, Exit};

/// Progress on stderr, the report on stdout. Ctrl-C stops the measurement within milliseconds.
pub async fn run(args: &BenchArgs, as_json: bool) -> anyhow::Result<Exit> {
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let duration_ms = u32::try_from(args.duration.as_millis()).unwrap_or(u32::MAX);
    let lab = Lab::of_this_program();
    let bar = bar();
    let shown = bar.clone();
    let progress = move |at: TaskProgress| show(&shown, &at);
    let report = match args.model.local_file() {
        Some(path) => {
            benchmark_file(
                &lab,
                path,
                duration_ms,
                args.threads,
                &Clock::system(),
                progress,
                &cancel,
            )
            .await?
        }
        None => {
            let version = version_of(&args.model.model)?;
            let ctx = open(&args.model.workspace, None).await?;
            let input = BenchmarkInput {
                name: version.name,
                version: version.version,
                duration_ms,
                threads: args.threads,
                task_id: "cli".to_owned(),
            };
            benchmark_version(&ctx, &lab, input, progress, &cancel).await?
        }
    };
    bar.finish_and_clear();
    if as_json {
        out::json(&report)?;
    } else {
        print(&report);
    }
    Ok(Exit::Pass)
}

pub(super) fn bar() -> ProgressBar {
    let bar = ProgressBar::new(1000);
    if let Ok(style) = ProgressStyle::with_template("{prefix:>8} {bar:30} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

pub(super) fn show(bar: &ProgressBar, at: &TaskProgress) {
    bar.set_prefix(at.step.clone());
    bar.set_message(at.detail.clone());
    bar.set_position((at.fraction.unwrap_or(0.0) * 1000.0) as u64);
}

fn print(report: &BenchmarkReport) {
    let placed: Vec<String> = report
        .provider
        .placements
        .iter()
        .map(|p| format!("{} nodes on {}", p.nodes, p.provider))
        .collect();
    out::line(format!(
        "{}  {}  batch {}  threads {}",
        report.model,
        placed.join(", "),
        report.batch,
        report.threads
    ));
    out::line(format!("  inputs      {}", report.inputs));
    out::line(format!(
        "  throughput  {:.1} runs/s over {:.0} ms, {} samples after {} warm-up runs",
        report.throughput_per_s, report.duration_ms, report.samples, report.warmup_runs
    ));
    for p in &report.percentiles {
        match (p.value_ms, p.low_ms, p.high_ms) {
            (Some(value), Some(low), Some(high)) => out::line(format!(
                "  {:<11} {value:.4} ms  [{low:.4}, {high:.4}]  n {}",
                p.label, p.samples
            )),
            _ => out::line(format!(
                "  {:<11} {}",
                p.label,
                p.refused.as_deref().unwrap_or("not measured")
            )),
        }
    }
    let print = &report.fingerprint;
    out::line(format!(
        "  machine     {}, {} cores, {}, fingerprint {}",
        print.cpu, print.cores, print.os, print.digest
    ));
}
