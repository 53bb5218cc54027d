use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use domain::deployment::GateCheck;
use engine::CancelToken;
use services::Clock;
use services::gates::report::{ReportFormat, content_sha256, written};
use services::gates::{
    DeployStep, Evidence, FileGates, GateReport, Hands, Watch, check_file, check_version,
    gate_file_on_disk,
};

use super::{open, version_of};
use crate::args::GateArgs;
use crate::out::{self, Exit};

/// Exit 0 pass, 1 fail, 2 inconclusive: the same verdict that the deploy modal shows.
pub async fn run(args: &GateArgs, as_json: bool) -> anyhow::Result<Exit> {
    let Some(model) = args.model.as_deref().filter(|_| !args.init) else {
        out::line(domain::gates::EXAMPLE.trim_end());
        return Ok(Exit::Pass);
    };
    // A name that tells no form is said before anything is measured.
    let forms: Vec<(&PathBuf, ReportFormat)> = args
        .report
        .iter()
        .map(|path| Ok((path, ReportFormat::of_path(path)?)))
        .collect::<services::Result<_>>()?;
    let evidence = measured(args, model).await?;
    for (path, format) in forms {
        std::fs::write(path, written(&evidence, format))
            .with_context(|| format!("cannot write {}", path.display()))?;
        out::note(format!(
            "report {}, evidence sha256 {}",
            path.display(),
            content_sha256(&evidence)
        ));
    }
    let report = evidence.report();
    if as_json {
        out::json(&report)?;
    } else {
        print(&report);
    }
    Ok(report.verdict.into())
}

async fn measured(args: &GateArgs, model: &str) -> anyhow::Result<Evidence> {
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let watch = Watch {
        progress: &|step: DeployStep| {
            if let Some(check) = &step.check {
                out::note(line(check));
            }
        },
        cancel: &cancel,
    };
    let file = match &args.file {
        Some(path) => Some(gate_file_on_disk(path).await?),
        None => None,
    };
    let hands = Hands::of_this_program();
    if !model.starts_with("models:/") {
        let input = FileGates {
            model: PathBuf::from(model),
            file,
            against: args.against.as_ref().map(PathBuf::from),
        };
        return Ok(check_file(&hands, input, &Clock::system(), watch).await?);
    }
    let version = version_of(model)?;
    let against = match args.against.as_deref() {
        Some(text) => Some(text.trim_start_matches('v').parse::<i64>().map_err(|_| {
            anyhow!(
                "--against '{text}' is no version number of {}",
                version.name
            )
        })?),
        None => None,
    };
    let ctx = open(&args.workspace, None).await?;
    Ok(check_version(&ctx, &hands, version, file, against, watch).await?)
}

pub fn print(report: &GateReport) {
    let version = report.version.map(|v| format!(" v{v}")).unwrap_or_default();
    out::line(format!(
        "{}{version}  {}  in {} ms",
        report.model,
        word(report.verdict),
        report.took_ms
    ));
    for check in &report.checks {
        out::line(format!("  {}", line(check)));
    }
}

pub fn line(check: &GateCheck) -> String {
    let detail = if check.detail.is_empty() {
        String::new()
    } else {
        format!("  ({})", check.detail)
    };
    format!(
        "{:<12} {:<28} {} against {}{detail}",
        word(check.verdict),
        check.title,
        check.measured,
        check.limit
    )
}

fn word(verdict: domain::deployment::Verdict) -> String {
    verdict.as_str().to_uppercase()
}
