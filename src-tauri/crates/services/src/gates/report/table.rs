//! CSV: a line for each gate, and a line for each percentile that was measured.

use domain::gates::Fact;

use super::{content_sha256, words};
use crate::gates::Evidence;

const HEAD: [&str; 13] = [
    "kind",
    "id",
    "title",
    "verdict",
    "measured",
    "limit",
    "value",
    "low",
    "high",
    "limit_value",
    "unit",
    "detail",
    "evidence_sha256",
];

pub fn csv(evidence: &Evidence) -> String {
    let sha256 = content_sha256(evidence);
    let mut out = csv::Writer::from_writer(Vec::new());
    let number = |x: Option<f64>| x.map(|x| x.to_string()).unwrap_or_default();
    let mut line = |cells: [String; 12]| {
        let cells = cells.iter().map(|cell| harmless(cell));
        // A vector takes every record.
        let _ = out.write_record(cells.chain([sha256.clone()]));
    };
    line(std::array::from_fn(|at| HEAD[at].to_owned()));
    for check in &evidence.checks {
        let gauge = check.gauge.as_ref();
        line([
            "gate".to_owned(),
            check.id.clone(),
            check.title.clone(),
            words::verdict(check.verdict).to_owned(),
            check.measured.clone(),
            check.limit.clone(),
            number(gauge.map(|g| g.value)),
            number(gauge.and_then(|g| g.low)),
            number(gauge.and_then(|g| g.high)),
            number(gauge.map(|g| g.limit)),
            gauge.map(|g| g.unit.clone()).unwrap_or_default(),
            check.detail.clone(),
        ]);
    }
    for run in &evidence.facts.loads {
        let Fact::Measured(fact) = &run.result else {
            continue;
        };
        for percentile in &fact.percentiles {
            line([
                "percentile".to_owned(),
                percentile.label.clone(),
                run.load.clone(),
                String::new(),
                String::new(),
                String::new(),
                number(percentile.bound.map(|b| b.value)),
                number(percentile.bound.map(|b| b.low)),
                number(percentile.bound.map(|b| b.high)),
                String::new(),
                "ms".to_owned(),
                percentile.refused.clone().unwrap_or_default(),
            ]);
        }
    }
    let bytes = out.into_inner().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // The head names the last column instead of repeating the hash.
    text.replacen(&format!("detail,{sha256}"), "detail,evidence_sha256", 1)
}

/// A spreadsheet would run a text that begins like a formula.
fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '@', '\t', '\r'])
        || (cell.starts_with('-') && cell.parse::<f64>().is_err());
    if formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}
