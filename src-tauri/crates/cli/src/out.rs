//! How results leave: text or JSON on stdout, errors on stderr, and the exit code that scripts read.

use std::io::Write as _;
use std::process::ExitCode;

use domain::deployment::Verdict;
use serde::Serialize;
use services::ServiceError;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Pass,
    Fail,
    Inconclusive,
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

/// Writes a line to stdout. A closed pipe (`| head`) is not an error worth a panic.
pub fn line(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout().lock(), "{}", text.as_ref());
}

pub fn note(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.as_ref());
}

pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?);
    Ok(())
}

#[derive(Serialize)]
struct Failure<'a> {
    error: FailureBody<'a>,
}

#[derive(Serialize)]
struct FailureBody<'a> {
    kind: &'a str,
    message: String,
    hint: Option<&'a str>,
}

/// The exit code of a result; an error is told on stderr, and on stdout too for machines.
pub fn finish(result: anyhow::Result<Exit>, as_json: bool) -> ExitCode {
    match result {
        Ok(Exit::Pass) => ExitCode::SUCCESS,
        Ok(Exit::Fail) => ExitCode::from(1),
        Ok(Exit::Inconclusive) => ExitCode::from(2),
        Err(error) => {
            let service = error.downcast_ref::<ServiceError>();
            let hint = service.and_then(ServiceError::hint);
            let message = format!("{error:#}");
            note(format!(
                "error: {message}{}",
                hint.map(|h| format!("\nhint: {h}")).unwrap_or_default()
            ));
            if as_json {
                let kind = service.map_or("io", ServiceError::kind);
                let _ = json(&Failure {
                    error: FailureBody {
                        kind,
                        message,
                        hint,
                    },
                });
            }
            ExitCode::from(3)
        }
    }
}
