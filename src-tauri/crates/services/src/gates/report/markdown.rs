//! Markdown, for a pull request or a model card.

use std::fmt::Write as _;

use domain::gates::{Fact, count, ms};

use super::{content_sha256, words};
use crate::gates::Evidence;

pub fn text(evidence: &Evidence) -> String {
    let mut out = String::new();
    // A string takes every line.
    let _ = written(evidence, &mut out);
    out
}

fn written(evidence: &Evidence, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "# {}: {}\n\n{}, {}\n",
        words::verdict(evidence.verdict),
        plain(&words::subject(evidence)),
        words::tally(evidence),
        words::utc(evidence.started_at_ms)
    )?;
    writeln!(
        out,
        "| Verdict | Gate | Measured | Bound | Limit | Detail |"
    )?;
    writeln!(out, "|---|---|---:|---:|---:|---|")?;
    for check in &evidence.checks {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            words::verdict(check.verdict),
            plain(&check.title),
            plain(&check.measured),
            plain(&words::bound(check.gauge.as_ref())),
            plain(&check.limit),
            plain(&check.detail)
        )?;
    }
    for run in &evidence.facts.loads {
        let Fact::Measured(fact) = &run.result else {
            continue;
        };
        writeln!(
            out,
            "\n## Latency, {}\n\n{} samples, {}, bounds at {} % confidence each\n",
            plain(&run.load),
            count(fact.samples),
            plain(&fact.inputs),
            fact.confidence * 100.0
        )?;
        writeln!(out, "| | Estimate | Bound |\n|---|---:|---|")?;
        for p in &fact.percentiles {
            match &p.bound {
                Some(b) => writeln!(
                    out,
                    "| {} | {} | {} to {} |",
                    p.label,
                    ms(b.value),
                    ms(b.low),
                    ms(b.high)
                )?,
                None => writeln!(
                    out,
                    "| {} | | {} |",
                    p.label,
                    plain(p.refused.as_deref().unwrap_or("not measured"))
                )?,
            }
        }
    }
    writeln!(out, "\n## Where and of what\n\n| | |\n|---|---|")?;
    for (label, value) in words::environment(evidence) {
        writeln!(out, "| {label} | {} |", plain(&value))?;
    }
    writeln!(out, "| Model sha256 | `{}` |", evidence.subject.digest)?;
    for file in &evidence.subject.files {
        writeln!(out, "| {} sha256 | `{}` |", plain(&file.path), file.sha256)?;
    }
    writeln!(
        out,
        "| Gate file sha256 | `{}` ({}) |",
        evidence.gate_file.sha256,
        plain(&words::gate_file(evidence))
    )?;
    writeln!(out, "| Evidence sha256 | `{}` |", content_sha256(evidence))
}

/// Text that stays text: no markup, no HTML, no end of the cell.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
