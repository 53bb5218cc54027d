use anyhow::Context as _;
use engine::profile::{ProfileReport, trace_json};
use services::benchmark::TaskProgress;
use services::lab::Lab;
use services::profile::{ProfileInput, profile};

use super::bench::{bar, show};
use super::sweep::{cancelled_by_ctrl_c, source_of};
use crate::args::ProfileArgs;
use crate::out::{self, Exit};

/// How many nodes are printed; all of them are in the JSON.
const NODES_PRINTED: usize = 15;

pub async fn run(args: &ProfileArgs, as_json: bool) -> anyhow::Result<Exit> {
    let cancel = cancelled_by_ctrl_c();
    let (ctx, source) = source_of(&args.model).await?;
    let input = ProfileInput {
        providers: args.providers.clone(),
        threads: args.threads,
        optimisation: args.optimisation,
        rows: args.rows,
        runs: args.runs,
        warm_up_runs: args.warm_up,
        task_id: "cli".to_owned(),
    };
    let bar = bar();
    let shown = bar.clone();
    let told = move |at: TaskProgress| show(&shown, &at);
    let report = profile(
        ctx.as_ref(),
        &Lab::of_this_program(),
        source,
        input,
        told,
        &cancel,
    )
    .await?;
    bar.finish_and_clear();
    if let Some(path) = &args.trace {
        std::fs::write(path, trace_json(&report))
            .with_context(|| format!("{} could not be written", path.display()))?;
    }
    if as_json {
        out::json(&report)?;
    } else {
        print(&report);
    }
    Ok(Exit::Pass)
}

fn print(report: &ProfileReport) {
    let percent = |share: f64| format!("{:5.1} %", share * 100.0);
    out::line(format!(
        "{}  batch {}  threads {}  optimisation {}  {} runs",
        report.model,
        report.batch,
        report.options.threads,
        report.options.optimisation,
        report.runs
    ));
    out::line(format!(
        "  run p50 {:.1} us profiled, {:.1} us without the profiler; {} of the time in no node",
        report.run_p50_us,
        report.plain_p50_us,
        percent(report.outside_share).trim()
    ));
    for op in &report.ops {
        let mean_us = op.total_us as f64 / f64::from(report.runs);
        out::line(format!(
            "  {}  {mean_us:10.1} us  {:4} x  {}",
            percent(op.share),
            op.nodes,
            op.op
        ));
    }
    let mut nodes: Vec<_> = report.nodes.iter().collect();
    nodes.sort_by_key(|node| std::cmp::Reverse(node.total_us));
    out::line("  the nodes that take most:");
    for node in nodes.iter().take(NODES_PRINTED) {
        out::line(format!(
            "  {}  {:10.1} us  {:8}  {} {}",
            percent(node.share),
            node.mean_us,
            node.provider,
            node.op,
            node.name
        ));
    }
    let placement = &report.placement;
    if placement.provider.fell_back_to_cpu {
        out::line(format!(
            "  {} nodes were left to the CPU: {}",
            placement.fallbacks.len(),
            placement.fallback_ops.join(", ")
        ));
    }
    let mb = |bytes: Option<u64>| {
        bytes.map_or("not told".to_owned(), |b| {
            format!("{:.1} MB", b as f64 / 1e6)
        })
    };
    out::line(format!(
        "  memory: session {}, peak {}, arena {}",
        mb(report.memory.session_bytes()),
        mb(report.memory.after_runs.peak_bytes),
        mb(report.memory.arena_held_bytes)
    ));
    for note in &report.notes {
        out::line(format!("  note: {note}"));
    }
}
