use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use engine::conformance::{self, CaseJob, Expected, Outcome, Surprise};
use engine::worker::{Program, Use};
use engine::{CancelToken, EngineError, Limits, Workers};
use serde::Serialize;
use services::ServiceError;

use crate::args::ConformanceArgs;
use crate::out::{self, Exit};

/// A case takes milliseconds; one that does not end is ended.
const CASE_MAX: Duration = Duration::from_secs(60);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    cases: &'a BTreeMap<String, Outcome>,
    counts: &'a BTreeMap<&'static str, usize>,
    surprises: Option<&'a [Surprise]>,
    took_ms: f64,
}

/// Every case in the same worker, which is another one after a case that it did not survive.
pub fn run(args: &ConformanceArgs, as_json: bool) -> anyhow::Result<Exit> {
    let expected = args.expected.as_deref().map(Expected::read).transpose();
    let expected = expected.map_err(ServiceError::from)?;
    let folder = std::path::absolute(&args.folder)?;
    let names = conformance::cases(&folder).map_err(ServiceError::from)?;
    let only = args.only.as_deref().unwrap_or_default();
    let workers = Workers::new(Program::this());
    let began = Instant::now();
    let mut cases = BTreeMap::new();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for case in names.into_iter().filter(|name| name.contains(only)) {
        let job = CaseJob {
            folder: folder.clone(),
            case: case.clone(),
        };
        let outcome = outcome(&workers, &job)?;
        *counts.entry(outcome.word()).or_default() += 1;
        if let (Some(reason), false) = (outcome.reason(), as_json) {
            out::line(format!("{:<8} {case}: {reason}", outcome.word()));
        }
        cases.insert(case, outcome);
    }
    let surprises = expected.map(|expected| expected.surprises(&cases));
    if as_json {
        out::json(&Report {
            cases: &cases,
            counts: &counts,
            surprises: surprises.as_deref(),
            took_ms: began.elapsed().as_secs_f64() * 1e3,
        })?;
    } else {
        for surprise in surprises.iter().flatten() {
            let Surprise {
                case,
                expected,
                found,
            } = surprise;
            out::line(format!(
                "SURPRISE {case}: expected {expected}, found {found}"
            ));
        }
        summary(&counts, cases.len(), began.elapsed());
    }
    let as_expected = surprises.as_ref().is_none_or(Vec::is_empty);
    let survived = !counts.contains_key("ended");
    Ok(if as_expected && survived {
        Exit::Pass
    } else {
        Exit::Fail
    })
}

fn outcome(workers: &Workers, job: &CaseJob) -> Result<Outcome, ServiceError> {
    let purpose = Use::warm(CaseJob::USE).limits(Limits::within(CASE_MAX));
    match workers.call(&purpose, job, &mut |()| (), &CancelToken::default()) {
        Ok(outcome) => Ok(outcome),
        Err(
            ended @ (EngineError::Crashed { .. }
            | EngineError::OutOfMemory { .. }
            | EngineError::OutOfTime { .. }
            | EngineError::Sandbox { .. }),
        ) => Ok(Outcome::Ended(ended.to_string())),
        Err(error) => Err(error.into()),
    }
}

fn summary(counts: &BTreeMap<&'static str, usize>, cases: usize, took: Duration) {
    let each: Vec<String> = counts
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    out::line(format!(
        "{cases} cases in {:.1} s: {}",
        took.as_secs_f64(),
        each.join(", ")
    ));
}
