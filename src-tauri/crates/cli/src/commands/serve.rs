use serde_json::json;
use services::configured::serve_configured;

use super::{StopRequest, open};
use crate::args::ServeArgs;
use crate::out::{self, Exit};

/// Answers for every model of the configuration until SIGTERM or Ctrl-C.
pub async fn run(args: &ServeArgs, as_json: bool) -> anyhow::Result<Exit> {
    let stop = StopRequest::listen()?;
    let ctx = open(&args.workspace, None).await?;
    ctx.serving.set_opener(http::inference::opener());
    let opened = serve_configured(&ctx, &args.config, args.port).await?;
    for model in &opened {
        if as_json {
            out::json(
                &json!({ "event": "listening", "model": model.name, "address": model.address,
                               "placement": model.placement, "loadMs": model.load_ms }),
            )?;
        } else {
            out::line(format!(
                "{} at {}  ({}, loaded in {:.0} ms)",
                model.name, model.address, model.placement, model.load_ms
            ));
        }
    }
    stop.received().await;
    ctx.serving.close_all();
    Ok(Exit::Pass)
}
