use engine::sweep::{SweepGrid, SweepPoint, SweepReport};
use engine::{CancelToken, Provider};
use services::Context;
use services::benchmark::TaskProgress;
use services::inspection::ModelSource;
use services::lab::Lab;
use services::sweep::{SweepInput, folder_of_this_user, run as sweep};

use super::bench::{bar, show};
use super::{open, version_of};
use crate::args::{ModelArgs, SweepArgs};
use crate::out::{self, Exit};

/// What is done is kept: Ctrl-C stops, and the same command goes on.
pub async fn run(args: &SweepArgs, as_json: bool) -> anyhow::Result<Exit> {
    let cancel = cancelled_by_ctrl_c();
    let (ctx, source) = source_of(&args.model).await?;
    let with_cpu = |first: &Provider| match first {
        Provider::Cpu => vec![Provider::Cpu],
        other => vec![*other, Provider::Cpu],
    };
    let input = SweepInput {
        grid: SweepGrid {
            batches: args.batches.clone(),
            threads: args.threads.clone(),
            providers: args.providers.iter().map(with_cpu).collect(),
            optimisations: args.optimisations.clone(),
            io_bindings: args.io_bindings.clone(),
        },
        duration_ms: u32::try_from(args.duration.as_millis()).unwrap_or(u32::MAX),
        task_id: "cli".to_owned(),
    };
    let folder = match &args.keep_in {
        Some(folder) => folder.clone(),
        None => folder_of_this_user()?,
    };
    let bar = bar();
    let shown = bar.clone();
    let told = move |report: SweepReport| {
        let done = report.points.len();
        show(
            &shown,
            &TaskProgress {
                step: "measure".to_owned(),
                detail: format!(
                    "{done} of {} points, {} from before",
                    report.asked, report.resumed
                ),
                fraction: Some(done as f64 / f64::from(report.asked.max(1))),
            },
        );
    };
    let lab = Lab::of_this_program();
    let report = sweep(ctx.as_ref(), &lab, source, input, folder, told, &cancel).await?;
    bar.finish_and_clear();
    if as_json {
        out::json(&report)?;
    } else {
        print(&report);
    }
    Ok(Exit::Pass)
}

fn print(report: &SweepReport) {
    out::line(format!(
        "{}  {} points, {} from before; * is on the front by p99, + by p50",
        report.model,
        report.points.len(),
        report.resumed
    ));
    for (at, point) in report.points.iter().enumerate() {
        let on = |front: &[u32], mark: &'static str| {
            if front.contains(&(at as u32)) {
                mark
            } else {
                " "
            }
        };
        let marks = format!(
            "{}{}",
            on(&report.front_p99, "*"),
            on(&report.front_p50, "+")
        );
        out::line(format!("  {marks} {}", line(point)));
    }
    out::line(format!(
        "  machine {}, fingerprint {}",
        report.fingerprint.cpu, report.fingerprint.digest
    ));
}

fn line(point: &SweepPoint) -> String {
    let settings = &point.settings;
    let providers: Vec<&str> = settings
        .providers
        .iter()
        .map(|provider| provider.as_str())
        .collect();
    let head = format!(
        "batch {:4}  threads {:2}  {}  {:8}  {}",
        settings.batch,
        settings.threads,
        providers.join("+"),
        settings.optimisation.as_str(),
        if settings.io_binding {
            "bound"
        } else {
            "plain"
        },
    );
    let Some(measured) = &point.measured else {
        return format!(
            "{head}  failed: {}",
            point
                .failed
                .as_deref()
                .unwrap_or("for no reason that is known")
        );
    };
    let bound = |label: &str| {
        let found = measured
            .percentiles
            .iter()
            .find(|bound| bound.label == label);
        match found.map(|bound| (bound.high_ms, &bound.refused)) {
            Some((Some(high), _)) => format!("{label} <= {high:.4} ms"),
            Some((None, Some(_))) => format!("{label} refused"),
            _ => format!("{label} not measured"),
        }
    };
    format!(
        "{head}  {:12.1} rows/s  {}  {}",
        measured.rows_per_s,
        bound("p50"),
        bound("p99")
    )
}

/// Ctrl-C cancels within milliseconds.
pub(super) fn cancelled_by_ctrl_c() -> CancelToken {
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    cancel
}

/// The model that is meant, and the workspace it stands in, unless it is a file.
pub(super) async fn source_of(args: &ModelArgs) -> anyhow::Result<(Option<Context>, ModelSource)> {
    match args.local_file() {
        Some(path) => Ok((None, ModelSource::File { path })),
        None => {
            let version = version_of(&args.model)?;
            Ok((
                Some(open(&args.workspace, None).await?),
                ModelSource::Version(version),
            ))
        }
    }
}
