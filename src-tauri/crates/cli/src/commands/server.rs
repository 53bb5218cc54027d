use http::ListenOptions;
use serde_json::json;

use super::{StopRequest, open};
use crate::args::ServerArgs;
use crate::out::{self, Exit};

/// Runs until SIGTERM or Ctrl-C; running requests finish first.
pub async fn run(args: &ServerArgs, as_json: bool) -> anyhow::Result<Exit> {
    let stop = StopRequest::listen()?;
    let ctx = open(&args.workspace, args.demo.clone()).await?;
    let options = ListenOptions {
        host: args.host,
        port: args.port,
        allowed_hosts: args.allowed_hosts.clone(),
    };
    let server = http::start(&ctx, options).await?;
    let address = format!("http://{}", server.address);
    if as_json {
        out::json(&json!({
            "event": "listening",
            "address": address,
            "portHolder": server.port_holder,
            "dataDir": ctx.workspace.folders.root,
            "pid": std::process::id(),
        }))?;
    } else {
        if let Some(holder) = &server.port_holder {
            out::line(format!(
                "port {} is held by {holder}; using {}",
                args.port,
                server.address.port()
            ));
        }
        out::line(format!(
            "Drydock tracks at {address}  (workspace {})",
            ctx.workspace.folders.root.display()
        ));
        out::line(format!("  export MLFLOW_TRACKING_URI={address}"));
    }
    stop.received().await;
    out::note("stopping");
    server.stop().await;
    Ok(Exit::Pass)
}
