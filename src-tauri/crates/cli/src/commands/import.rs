use std::time::Duration;

use domain::audit::Actor;
use engine::CancelToken;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use services::import::{
    ImportInput, ImportLogin, ImportNote, ImportOutcome, ImportPreview, ImportReport, ImportStep,
    ImportTally, Watch, import, preview,
};

use super::{open, tell_host};
use crate::args::ImportArgs;
use crate::out::{self, Exit};

/// Progress on stderr, the report on stdout. Ctrl-C ends it with a report; the same command then goes on.
pub async fn run(args: &ImportArgs, as_json: bool) -> anyhow::Result<Exit> {
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let input = input(args);
    let ctx = open(&args.workspace, None).await?;
    let bar = bar();
    let shown = bar.clone();
    let progress = move |step: ImportStep| show(&shown, &step);
    let watch = Watch {
        progress: &progress,
        cancel: &cancel,
    };
    let actor = Actor::this_user();
    if args.dry_run {
        let found = preview(&ctx, &actor, &input, watch).await;
        bar.finish_and_clear();
        return tell_preview(&found?, as_json);
    }
    let report = import(&ctx, &actor, &input, watch).await;
    bar.finish_and_clear();
    tell_host(&args.workspace.folders()?).await;
    tell(&report?, as_json)
}

fn input(args: &ImportArgs) -> ImportInput {
    let text = |given: &Option<String>| given.clone().unwrap_or_default();
    ImportInput {
        from: args.from.clone(),
        experiments: args.experiments.clone(),
        models_only: args.models_only,
        no_artifacts: args.no_artifacts,
        login: Some(ImportLogin {
            username: text(&args.username),
            password: text(&args.password),
            token: text(&args.token),
        }),
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>4} {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn show(bar: &ProgressBar, step: &ImportStep) {
    let done = &step.done;
    bar.set_message(format!(
        "{} runs, {} points, {} files ({}), {} versions   {}",
        done.runs,
        done.points,
        done.artifacts,
        HumanBytes(done.artifact_bytes.unsigned_abs()),
        done.versions,
        step.current
    ));
}

fn tell(report: &ImportReport, as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        out::json(report)?;
    } else {
        print(report);
    }
    let whole = report.outcome == ImportOutcome::Finished && report.problems.is_empty();
    Ok(if whole { Exit::Pass } else { Exit::Fail })
}

fn print(report: &ImportReport) {
    let took_s = (report.ended_at_ms - report.started_at_ms) as f64 / 1000.0;
    out::line(format!(
        "{} from {} ({}), {took_s:.1} s",
        match report.outcome {
            ImportOutcome::Finished => "imported",
            ImportOutcome::Cancelled => "stopped before the end of the import",
            ImportOutcome::Failed => "broken off in the import",
        },
        report.source,
        report.source_kind
    ));
    for (what, tally) in [
        ("experiments", &report.experiments),
        ("runs", &report.runs),
        ("logged models", &report.logged_models),
        ("models", &report.models),
        ("versions", &report.versions),
    ] {
        out::line(format!("  {what:<14} {}", tally_line(tally)));
    }
    out::line(format!("  {:<14} {} logged", "points", report.points));
    out::line(format!(
        "  {:<14} {} copied, {}",
        "files",
        report.artifacts,
        HumanBytes(report.artifact_bytes.unsigned_abs())
    ));
    notes("notes", &report.notes, 0);
    notes("left behind", &report.problems, report.problems_left_out);
    if let Some(error) = &report.error {
        out::line(format!("why: {error}"));
    }
    if report.outcome != ImportOutcome::Finished {
        out::line("what came so far is kept; the same command goes on from here");
    }
}

fn tally_line(tally: &ImportTally) -> String {
    let mut parts = vec![format!("{} brought", tally.brought)];
    for (count, word) in [
        (tally.updated, "brought up to date"),
        (tally.unchanged, "unchanged"),
        (tally.left_out, "left out"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.join(", ")
}

fn notes(title: &str, notes: &[ImportNote], more: i64) {
    if notes.is_empty() {
        return;
    }
    out::line(format!("{title}:"));
    for note in notes {
        out::line(format!("  {}: {}", note.subject, note.message));
    }
    if more > 0 {
        out::line(format!("  and {more} more"));
    }
}

fn tell_preview(found: &ImportPreview, as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        out::json(found)?;
        return Ok(Exit::Pass);
    }
    out::line(format!(
        "{} ({}) holds {} experiments, {} runs, {} logged models, {} registered models with {} versions",
        found.source,
        found.source_kind,
        found.experiments.len(),
        found.runs,
        found.logged_models,
        found.models,
        found.versions
    ));
    for experiment in &found.experiments {
        let deleted = if experiment.deleted { " (deleted)" } else { "" };
        out::line(format!(
            "  {:<40} {:>7} runs{deleted}",
            experiment.name, experiment.runs
        ));
    }
    notes("notes", &found.notes, 0);
    notes("cannot be read", &found.problems, found.problems_left_out);
    out::line("nothing was changed; without --dry-run it is brought, with histories and files");
    Ok(Exit::Pass)
}
