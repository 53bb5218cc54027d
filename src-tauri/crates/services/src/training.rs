//! How a training script reaches this workspace: the "Log to me" card.

use serde::{Deserialize, Serialize};

use crate::Context;
use crate::error::{Result, ServiceError};

/// Snippets to copy, with the address that really listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct LogToMe {
    pub tracking_uri: String,
    pub python: String,
    pub env: String,
    pub shell: String,
}

pub fn log_to_me(ctx: &Context) -> Result<LogToMe> {
    let server = ctx.server.read();
    if !server.running {
        return Err(ServiceError::Unavailable {
            message: "the tracking server is not running, so no script could log here".to_owned(),
            hint: server
                .problem
                .unwrap_or_else(|| "start Drydock again".to_owned()),
        });
    }
    Ok(snippets(&server.address))
}

fn snippets(uri: &str) -> LogToMe {
    let python = format!(
        "import mlflow\n\n\
         mlflow.set_tracking_uri(\"{uri}\")\n\
         mlflow.set_experiment(\"fx/first-look\")\n\n\
         with mlflow.start_run(run_name=\"hello\"):\n    \
         mlflow.log_param(\"window\", 64)\n    \
         for step in range(100):\n        \
         mlflow.log_metric(\"ic\", 0.05 * step / 100, step=step)\n"
    );
    LogToMe {
        tracking_uri: uri.to_owned(),
        python,
        env: format!("MLFLOW_TRACKING_URI={uri}\n"),
        shell: format!("export MLFLOW_TRACKING_URI={uri}\npython train.py\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_python_snippet_is_indented_as_python_wants_it() {
        let python = snippets("http://127.0.0.1:5001").python;
        assert!(
            python.contains("\n    for step in range(100):\n        mlflow.log_metric("),
            "{python}"
        );
        assert!(python.contains("set_tracking_uri(\"http://127.0.0.1:5001\")"));
    }
}
