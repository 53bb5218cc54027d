//! One page that needs nothing else: no script, no network, light and dark by the reader's own setting, fit to print.

use std::fmt::Write as _;

use domain::gates::{Fact, GateFile, count, ms, parse};

use super::{content_sha256, plot, words};
use crate::gates::Evidence;

const STYLE: &str = include_str!("style.css");
/// Nothing on the page may load, run or send anything, whatever a model is called.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub fn page(evidence: &Evidence) -> String {
    let mut out = String::with_capacity(32 << 10);
    // A string takes every line.
    let _ = written(evidence, &mut out);
    out
}

/// Text that stays text in an element and in a quoted attribute.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn written(evidence: &Evidence, out: &mut String) -> std::fmt::Result {
    let subject = escaped(&words::subject(evidence));
    let word = words::verdict(evidence.verdict);
    let class = evidence.verdict.as_str();
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"Drydock {}\">\n<title>{word}: {subject}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>",
        escaped(&evidence.drydock)
    )?;
    writeln!(
        out,
        "<h1>{subject}</h1>\n<p class=\"sub\">Gate report, {}</p>\n\
         <div class=\"verdict {class}\"><b class=\"{class}\">{word}</b><span>{}</span></div>",
        words::utc(evidence.started_at_ms),
        words::tally(evidence)
    )?;
    gates(evidence, out)?;
    loads(evidence, out)?;
    environment(evidence, out)?;
    hashes(evidence, out)?;
    writeln!(
        out,
        "<section>\n<h2>Gate file</h2>\n<pre>{}</pre>\n</section>\n</main>\n</body>\n</html>",
        escaped(&evidence.gate_file_text)
    )
}

fn gates(evidence: &Evidence, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "<section>\n<h2>Gates</h2>\n<table>\n<tr><th>Verdict</th><th>Gate</th><th class=\"n\">Measured</th>\
         <th class=\"n\">Bound</th><th class=\"n\">Limit</th><th></th></tr>"
    )?;
    for check in &evidence.checks {
        let detail = if check.detail.is_empty() {
            String::new()
        } else {
            format!("<small>{}</small>", escaped(&check.detail))
        };
        writeln!(
            out,
            "<tr><td class=\"v {}\">{}</td><td>{}{detail}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td>{}</td></tr>",
            check.verdict.as_str(),
            words::verdict(check.verdict),
            escaped(&check.title),
            escaped(&check.measured),
            escaped(&words::bound(check.gauge.as_ref())),
            escaped(&check.limit),
            check
                .gauge
                .as_ref()
                .map(plot::limit_bar)
                .unwrap_or_default()
        )?;
    }
    writeln!(out, "</table>\n</section>")
}

fn loads(evidence: &Evidence, out: &mut String) -> std::fmt::Result {
    let file = parse(&evidence.gate_file_text).unwrap_or_else(|_| GateFile::empty());
    for run in &evidence.facts.loads {
        let Fact::Measured(fact) = &run.result else {
            continue;
        };
        let limits: Vec<(String, f64)> = file
            .latency
            .iter()
            .filter(|gate| gate.load.key() == run.load)
            .map(|gate| {
                let label = format!("{} limit {} ms", gate.percentile.label(), gate.limit_ms);
                (label, gate.limit_ms)
            })
            .collect();
        writeln!(
            out,
            "<section>\n<h2>Latency, {}</h2>\n<p class=\"note\">{} samples after {} warm-up runs, {}, batch {}; \
             milliseconds, both axes logarithmic; each bound at {} % confidence</p>\n{}",
            escaped(&run.load),
            count(fact.samples),
            count(fact.warmup_runs),
            escaped(&fact.inputs),
            count(fact.batch),
            fact.confidence * 100.0,
            plot::distribution(fact, &limits).unwrap_or_default()
        )?;
        writeln!(
            out,
            "<table>\n<tr><th>Percentile</th><th class=\"n\">Estimate</th><th class=\"n\">Low</th><th class=\"n\">High</th></tr>"
        )?;
        for p in &fact.percentiles {
            match &p.bound {
                Some(b) => writeln!(
                    out,
                    "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                    escaped(&p.label),
                    ms(b.value),
                    ms(b.low),
                    ms(b.high)
                )?,
                None => writeln!(
                    out,
                    "<tr><td>{}</td><td colspan=\"3\" class=\"n note\">{}</td></tr>",
                    escaped(&p.label),
                    escaped(p.refused.as_deref().unwrap_or("not measured"))
                )?,
            }
        }
        writeln!(out, "</table>\n</section>")?;
    }
    Ok(())
}

fn environment(evidence: &Evidence, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<section>\n<h2>Where it was measured</h2>\n<table>")?;
    for (label, value) in words::environment(evidence) {
        writeln!(out, "<tr><td>{label}</td><td>{}</td></tr>", escaped(&value))?;
    }
    writeln!(out, "</table>\n</section>")
}

fn hashes(evidence: &Evidence, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<section>\n<h2>Of which bytes</h2>\n<table>")?;
    let mut row = |label: &str, value: &str, note: &str| {
        writeln!(
            out,
            "<tr><td>{}</td><td><code>{}</code>{}</td></tr>",
            escaped(label),
            escaped(value),
            if note.is_empty() {
                String::new()
            } else {
                format!("<small>{}</small>", escaped(note))
            }
        )
    };
    let whole = if evidence.subject.version.is_some() {
        "over the lines of sha256sum of all files, as the version was registered"
    } else {
        ""
    };
    row("Model sha256", &evidence.subject.digest, whole)?;
    for file in &evidence.subject.files {
        let size = format!("{} bytes", count(file.size_bytes.unsigned_abs()));
        row(&file.path, &file.sha256, &size)?;
    }
    row(
        "Gate file sha256",
        &evidence.gate_file.sha256,
        &words::gate_file(evidence),
    )?;
    row("Report id", &evidence.report_id, "")?;
    let note = "of the JSON form of this report: sha256sum tells whether it is the same evidence";
    row("Evidence sha256", &content_sha256(evidence), note)?;
    writeln!(out, "</table>\n</section>")
}
