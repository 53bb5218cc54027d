mod print;

use std::path::PathBuf;
use std::time::Duration;

use engine::benchmark::ArrivalFile;
use engine::{CancelToken, Scenario};
use indicatif::{ProgressBar, ProgressStyle};
use services::benchmark::{self, BenchmarkSettings, Measurable, TaskProgress};
use services::inspection::ModelSource;
use services::lab::Lab;
use services::{Clock, Context};

use super::{open, version_of};
use crate::args::{BenchArgs, LoadKind};
use crate::out::{self, Exit};

/// Without a word about it.
const DURATION: Duration = Duration::from_secs(2);
/// When the samples decide, this only ends what would never end.
const DURATION_FOR_SAMPLES: Duration = Duration::from_secs(3600);

/// Progress on stderr, the report on stdout. Ctrl-C stops the measurement within milliseconds.
pub async fn run(args: &BenchArgs, as_json: bool) -> anyhow::Result<Exit> {
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let bar = bar();
    let shown = bar.clone();
    let progress = move |at: TaskProgress| show(&shown, &at);
    let mut workspace = None;
    let model = fetched(args, &args.model.model, &mut workspace).await?;
    let other = match &args.against {
        Some(other) => Some(fetched(args, other, &mut workspace).await?),
        None => None,
    };
    let against = other.as_ref().map(|other| (other, Some(args.margin)));
    let (lab, clock, settings) = (Lab::of_this_program(), Clock::system(), settings(args));
    let asked = (&model, &settings);
    let outcome = benchmark::measure(&lab, asked, against, &clock, progress, &cancel).await;
    bar.finish_and_clear();
    let outcome = outcome?;
    if as_json {
        out::json(&outcome)?;
    } else {
        print::outcome(&outcome);
    }
    if let Some(path) = &args.save {
        benchmark::save(&outcome, path).await?;
    }
    if let Some(path) = &args.baseline {
        let held = benchmark::with_baseline(&outcome.report, path).await?;
        if !as_json {
            print::baseline(&held);
        }
    }
    Ok(Exit::Pass)
}

fn settings(args: &BenchArgs) -> BenchmarkSettings {
    let duration = args.duration.unwrap_or(match args.samples {
        Some(_) => DURATION_FOR_SAMPLES,
        None => DURATION,
    });
    let arrivals = args.arrivals.as_ref().map(|path| ArrivalFile {
        path: std::path::absolute(path).unwrap_or_else(|_| path.clone()),
        column: args.column.clone(),
        unit: args.unit,
    });
    BenchmarkSettings {
        scenario: match args.scenario {
            LoadKind::SingleStream => Scenario::SingleStream,
            LoadKind::MultiStream => Scenario::MultiStream {
                samples_per_query: args.samples_per_query,
            },
            LoadKind::Server => Scenario::Server {
                rate_per_s: args.rate.unwrap_or(0.0),
                seed: args.seed,
            },
            LoadKind::Offline => Scenario::Offline,
            LoadKind::Replay => Scenario::Replay {
                source: String::new(),
                speed: args.speed,
            },
        },
        arrivals,
        duration_ms: u32::try_from(duration.as_millis()).unwrap_or(u32::MAX),
        samples_max: args.samples,
        threads: args.threads,
        sessions: args.sessions,
        optimisation: args.optimisation,
        rows: args.rows,
    }
}

/// A file, or a version of the workspace, which is opened at the first need.
async fn fetched(
    args: &BenchArgs,
    model: &str,
    workspace: &mut Option<Context>,
) -> anyhow::Result<Measurable> {
    if !model.starts_with("models:/") {
        return Ok(benchmark::fetch_file(PathBuf::from(model)).await?);
    }
    let ctx = match workspace {
        Some(ctx) => ctx,
        None => workspace.insert(open(&args.model.workspace, None).await?),
    };
    let source = ModelSource::Version(version_of(model)?);
    Ok(benchmark::fetch(ctx, source).await?)
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
