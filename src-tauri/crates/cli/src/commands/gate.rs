use domain::deployment::GateCheck;
use engine::CancelToken;
use services::deployment::{DeployStep, GateReport, Watch, check_gates};

use super::{open, version_of};
use crate::args::ModelArgs;
use crate::out::{self, Exit};

/// Exit 0 pass, 1 fail, 2 inconclusive: the same verdict that the deploy modal shows.
pub async fn run(args: &ModelArgs, as_json: bool) -> anyhow::Result<Exit> {
    let version = version_of(&args.model)?;
    let ctx = open(&args.workspace, None).await?;
    let told = |step: DeployStep| {
        if let Some(check) = &step.check {
            out::note(line(check));
        }
    };
    let watch = Watch {
        progress: &told,
        cancel: &CancelToken::default(),
    };
    let report = check_gates(&ctx, version, watch).await?;
    if as_json {
        out::json(&report)?;
    } else {
        print(&report);
    }
    Ok(report.verdict.into())
}

pub fn print(report: &GateReport) {
    out::line(format!(
        "{} v{}  {}  in {} ms",
        report.model,
        report.version,
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
