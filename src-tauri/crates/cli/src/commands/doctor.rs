use engine::worker::WorkerReport;
use services::workspace::{current_host, status};

use super::open;
use crate::args::WorkspaceArgs;
use crate::out::{self, Exit};

/// What Drydock finds on this machine; fails when models could not run.
pub async fn run(args: &WorkspaceArgs, as_json: bool) -> anyhow::Result<Exit> {
    let ctx = open(args, None).await?;
    let found = status(&ctx).await?;
    let healthy = found.runtime.available;
    let worker = services::lab::Lab::of_this_program().try_out().await;
    if as_json {
        let mut all = serde_json::to_value(&found)?;
        all["worker"] = serde_json::to_value(worker.ok().flatten())?;
        out::json(&all)?;
    } else {
        out::line(format!("Drydock     {}", found.app_version));
        out::line(format!(
            "workspace   {} ({}), {}",
            found.name,
            found.kind.as_str(),
            found.data_dir
        ));
        out::line(format!(
            "store       {}, {} bytes",
            found.store_engine,
            found.store_bytes.unwrap_or(0)
        ));
        let host = current_host(&ctx.workspace.folders);
        let host = host.map_or_else(
            || "nobody".to_owned(),
            |h| format!("process {} at {}", h.pid, h.address),
        );
        out::line(format!("host        {host}"));
        match &found.runtime.version {
            Some(version) => out::line(format!(
                "runtime     ONNX Runtime {version}, providers {}, {}",
                found.runtime.providers.join(", "),
                found.runtime.library_path.as_deref().unwrap_or_default()
            )),
            None => out::line(format!(
                "runtime     {}",
                found.runtime.problem.as_deref().unwrap_or("missing")
            )),
        }
        out::line(format!("worker      {}", told(worker)));
        let print = &found.runtime.fingerprint;
        out::line(format!(
            "machine     {}, {} cores, {}",
            print.cpu, print.cores, print.os
        ));
    }
    Ok(if healthy { Exit::Pass } else { Exit::Fail })
}

/// What a process that runs models costs here, and which of its protections hold.
fn told(worker: services::Result<Option<WorkerReport>>) -> String {
    let report = match worker {
        Ok(Some(report)) => report,
        Ok(None) => return "none was started".to_owned(),
        Err(error) => return error.told(),
    };
    let protections: Vec<String> = report
        .protections
        .iter()
        .map(|each| match each.on {
            true => each.name.clone(),
            false => format!("{} NOT ON ({})", each.name, each.detail),
        })
        .collect();
    format!(
        "ready in {:.0} ms, a call takes {:.0} us; {}",
        report.start_ms,
        report.overhead_p50_us,
        protections.join(", ")
    )
}
