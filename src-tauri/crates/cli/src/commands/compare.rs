use std::path::PathBuf;

use engine::CancelToken;
use engine::compare::{
    Agreement, ComparedRow, ComparisonReport, OutputMetrics, SideReport, Tolerance,
};
use services::inspection::ModelSource;
use services::lab::Lab;
use services::prove::{CompareOutputsInput, ProveRows, ProveSide, compare};

use super::bench::{bar, show};
use super::{open, version_of};
use crate::args::CompareArgs;
use crate::out::{self, Exit};

/// Exit 0 equal, 1 different, 2 inconclusive. Ctrl-C stops within milliseconds.
pub async fn run(args: &CompareArgs, as_json: bool) -> anyhow::Result<Exit> {
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let input = input(args)?;
    let sides = [Some(&input.side), input.against.as_ref()];
    let ctx = if sides.into_iter().flatten().any(ProveSide::needs_workspace) {
        Some(open(&args.workspace, None).await?)
    } else {
        None
    };
    let bar = bar();
    let shown = bar.clone();
    let progress = move |at| show(&shown, &at);
    let lab = Lab::of_this_program();
    let report = compare(ctx.as_ref(), &lab, input, progress, &cancel).await;
    bar.finish_and_clear();
    let report = report?;
    if as_json {
        out::json(&report)?;
    } else {
        print(&report, args.worst);
    }
    Ok(match report.agreement {
        Agreement::Equal => Exit::Pass,
        Agreement::Different => Exit::Fail,
        Agreement::Inconclusive => Exit::Inconclusive,
    })
}

fn input(args: &CompareArgs) -> anyhow::Result<CompareOutputsInput> {
    let side = |model: &str, at: Side<'_>| -> anyhow::Result<ProveSide> {
        Ok(ProveSide {
            source: source(model)?,
            providers: at.providers.to_vec(),
            threads: args.threads,
            optimisation: at.optimisation,
            library: at.library.cloned(),
        })
    };
    let first = Side {
        providers: &args.provider,
        optimisation: args.optimisation,
        library: args.runtime.as_ref(),
    };
    let second = Side {
        providers: args.provider_b.as_deref().unwrap_or(&args.provider),
        optimisation: args.optimisation_b.unwrap_or(args.optimisation),
        library: args.runtime_b.as_ref().or(args.runtime.as_ref()),
    };
    let other_side =
        args.provider_b.is_some() || args.optimisation_b.is_some() || args.runtime_b.is_some();
    // The same model under other conditions is another side, too.
    let other = args.other.as_ref().or(other_side.then_some(&args.model));
    anyhow::ensure!(
        other.is_some() || args.data.is_some(),
        "name a second model, or --data with the expected outputs"
    );
    Ok(CompareOutputsInput {
        side: side(&args.model, first)?,
        against: other.map(|other| side(other, second)).transpose()?,
        rows: match &args.data {
            Some(path) => ProveRows::File { path: path.clone() },
            None => ProveRows::Generated {
                rows: args.rows,
                seed: args.seed,
            },
        },
        mapping: args.mapping.clone(),
        tolerance: Tolerance {
            rtol: args.rtol,
            atol: args.atol,
        },
        batch_rows: args.batch_rows,
        worst_rows: args.worst,
        task_id: "cli".to_owned(),
    })
}

struct Side<'a> {
    providers: &'a [engine::Provider],
    optimisation: engine::Optimisation,
    library: Option<&'a PathBuf>,
}

fn source(model: &str) -> anyhow::Result<ModelSource> {
    if model.starts_with("models:/") {
        return Ok(ModelSource::Version(version_of(model)?));
    }
    Ok(ModelSource::File {
        path: PathBuf::from(model),
    })
}

fn print(report: &ComparisonReport, worst: u32) {
    let word = match report.agreement {
        Agreement::Equal => "EQUAL",
        Agreement::Different => "DIFFERENT",
        Agreement::Inconclusive => "INCONCLUSIVE",
    };
    let against = report.expected.as_ref().map_or_else(
        || "expected outputs".to_owned(),
        |other| side(other, &report.actual),
    );
    out::line(format!("{word}  {} against {against}", report.actual.label));
    out::line(format!(
        "  {} rows of {}, {} with a difference beyond atol {:e} + rtol {:e}, {:.0} ms",
        report.rows,
        report.inputs,
        report.rows_outside,
        report.tolerance.atol,
        report.tolerance.rtol,
        report.took_ms
    ));
    if let Some(reason) = &report.reason {
        out::line(format!("  {reason}"));
    }
    for output in &report.outputs {
        figures(output);
    }
    let is_off = |row: &&ComparedRow| row.outputs.iter().any(|cell| !cell.within);
    let off: Vec<&ComparedRow> = report.worst_rows.iter().filter(is_off).collect();
    if worst > 0 && !off.is_empty() {
        out::line("  worst rows, counted from 0");
        for row in off.into_iter().take(worst as usize) {
            out::line(format!("    {}", shown(row)));
        }
    }
    if !report.outputs_left_out.is_empty() {
        let names = report.outputs_left_out.join(", ");
        out::line(format!("  not compared: {names}"));
    }
    for note in &report.notes {
        out::line(format!("  note: {note}"));
    }
}

fn side(other: &SideReport, first: &SideReport) -> String {
    let mut said = other.label.clone();
    if other.options.optimisation != first.options.optimisation {
        said = format!("{said}, optimisation {}", other.options.optimisation);
    }
    if other.provider.requested != first.provider.requested {
        said = format!("{said}, {}", other.provider.requested.join(" then "));
    }
    if other.runtime_version != first.runtime_version {
        said = format!("{said}, ONNX Runtime {}", other.runtime_version);
    }
    said
}

fn figures(output: &OutputMetrics) {
    let share = 100.0 * output.within as f64 / output.elements.max(1) as f64;
    out::line(format!(
        "  {} against {}: {} of {} elements within ({share:.4} %)",
        output.output, output.expected, output.within, output.elements
    ));
    if let Some(worst) = &output.max_abs {
        out::line(format!(
            "    largest difference {} at row {}, element {}: {} instead of {}",
            worst
                .value
                .map_or_else(|| "infinite".to_owned(), |value| format!("{value:e}")),
            worst.row,
            worst.element,
            worst.actual,
            worst.expected
        ));
    }
    let number = |name: &str, value: Option<f64>| value.map(|value| format!("{name} {value}"));
    let found: Vec<String> = [
        number("mean", output.mean_difference),
        number("rms", output.rms),
        number("cosine", output.cosine),
        number("SNR dB", output.snr_db),
        number("rank", output.rank_correlation),
        Some(format!("sign flips {}", output.sign_flips)),
    ]
    .into_iter()
    .flatten()
    .collect();
    out::line(format!("    {}", found.join("  ")));
    if let Some(refused) = &output.rank_refused {
        out::line(format!("    rank correlation: {refused}"));
    }
}

fn shown(row: &ComparedRow) -> String {
    let inputs: Vec<String> = row
        .inputs
        .iter()
        .take(8)
        .map(|cell| format!("{}={}", cell.name, cell.value))
        .collect();
    let outputs: Vec<String> = row
        .outputs
        .iter()
        .filter(|cell| !cell.within)
        .map(|cell| {
            format!(
                "{}[{}] {} instead of {}",
                cell.output, cell.element, cell.actual, cell.expected
            )
        })
        .collect();
    format!(
        "row {}: {}  ({})",
        row.row,
        outputs.join(", "),
        inputs.join(" ")
    )
}
