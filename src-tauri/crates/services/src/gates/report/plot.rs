//! Figures of the page as SVG, drawn by hand: a bar for each limit, a distribution for each load.

use std::fmt::Write as _;

use domain::deployment::Gauge;
use domain::gates::{LoadFact, ms};

use super::html::escaped;

const BAR_WIDTH: f64 = 132.0;
const PLOT_WIDTH: f64 = 760.0;
const PLOT_HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 24.0;

/// A measured number between its bounds on a scale from zero, and its limit as a tick.
pub fn limit_bar(gauge: &Gauge) -> String {
    let ends = [gauge.value, gauge.limit, gauge.high.unwrap_or(gauge.value)];
    let top = ends.into_iter().fold(0.0_f64, f64::max) * 1.12;
    let bottom = gauge.low.unwrap_or(gauge.value).min(0.0) * 1.12;
    let reach = if top > bottom { top - bottom } else { 1.0 };
    let x = |value: f64| ((value - bottom) / reach * BAR_WIDTH).clamp(0.0, BAR_WIDTH);
    let (zero, value, limit) = (x(0.0), x(gauge.value), x(gauge.limit));
    let (from, to) = (zero.min(value), zero.max(value));
    let mut out = format!(
        "<svg class=\"bar\" width=\"{BAR_WIDTH}\" height=\"14\" viewBox=\"0 0 {BAR_WIDTH} 14\" aria-hidden=\"true\">\
         <rect class=\"track\" x=\"0\" y=\"5\" width=\"{BAR_WIDTH}\" height=\"4\" rx=\"2\"/>\
         <rect class=\"value\" x=\"{from:.1}\" y=\"5\" width=\"{:.1}\" height=\"4\" rx=\"2\"/>",
        to - from
    );
    if let (Some(low), Some(high)) = (gauge.low, gauge.high) {
        let (low, high) = (x(low), x(high));
        let _ = write!(
            out,
            "<line class=\"bound\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"7\" y2=\"7\"/>"
        );
    }
    let _ = write!(
        out,
        "<line class=\"limit\" x1=\"{limit:.1}\" x2=\"{limit:.1}\" y1=\"1\" y2=\"13\"/></svg>"
    );
    out
}

/// The distribution of latency on logarithmic axes, with percentiles and limits. Nothing where nothing was counted.
pub fn distribution(fact: &LoadFact, limits: &[(String, f64)]) -> Option<String> {
    let edges = &fact.histogram.edges_ms;
    let (first, last) = (*edges.first()?, *edges.last()?);
    let most = fact
        .histogram
        .counts
        .iter()
        .copied()
        .max()
        .filter(|n| *n > 0)? as f64;
    let low = first.max(1e-6);
    let high = limits
        .iter()
        .map(|(_, x)| *x)
        .fold(last, f64::max)
        .max(low * 1.01)
        * 1.05;
    let x = move |value: f64| {
        let share = (value.max(low) / low).ln() / (high / low).ln();
        LEFT + share * (PLOT_WIDTH - LEFT - RIGHT)
    };
    let floor = PLOT_HEIGHT - BOTTOM;
    let y = move |count: f64| floor - (1.0 + count).ln() / (1.0 + most).ln() * (floor - TOP);
    let mut out = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {PLOT_WIDTH} {PLOT_HEIGHT}\" role=\"img\" \
         aria-label=\"Latency distribution, milliseconds, logarithmic axes\">"
    );
    grid(&mut out, most, &x, &y, low, high);
    for (bin, count) in fact.histogram.counts.iter().enumerate() {
        let (Some(from), Some(to)) = (edges.get(bin), edges.get(bin + 1)) else {
            continue;
        };
        if *count > 0 {
            let (from, to, top) = (x(*from), x(*to), y(*count as f64));
            let _ = write!(
                out,
                "<rect class=\"bin\" x=\"{from:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                (to - from - 0.4).max(0.4),
                floor - top
            );
        }
    }
    for p in &fact.percentiles {
        if let Some(bound) = p
            .bound
            .filter(|_| ["p50", "p99", "p99.9"].contains(&p.label.as_str()))
        {
            mark(
                &mut out,
                "percentile",
                x(bound.value),
                24.0,
                &format!("{} {}", p.label, ms(bound.value)),
            );
        }
    }
    for (label, limit) in limits {
        mark(&mut out, "limit", x(*limit), 11.0, label);
    }
    out.push_str("</svg>");
    Some(out)
}

/// Ticks at 1, 2 and 5 of each decade below, at each decade beside.
fn grid(
    out: &mut String,
    most: f64,
    x: &impl Fn(f64) -> f64,
    y: &impl Fn(f64) -> f64,
    low: f64,
    high: f64,
) {
    let mut count = 1.0;
    while count <= most {
        let at = y(count);
        let _ = write!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{count}</text>",
            PLOT_WIDTH - RIGHT,
            LEFT - 6.0,
            at + 3.5
        );
        count *= 10.0;
    }
    let mut decade = 10_f64.powf(low.log10().floor());
    while decade <= high {
        for step in [1.0, 2.0, 5.0] {
            let value = decade * step;
            if value >= low && value <= high {
                let _ = write!(
                    out,
                    "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                    x(value),
                    PLOT_HEIGHT - 8.0,
                    tick(value)
                );
            }
        }
        decade *= 10.0;
    }
}

/// `0.02`, `5`, without what floats add.
fn tick(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn mark(out: &mut String, class: &str, at: f64, label_y: f64, label: &str) {
    let end = at > PLOT_WIDTH * 0.8;
    let (anchor, label_x) = if end {
        ("end", at - 4.0)
    } else {
        ("start", at + 4.0)
    };
    let _ = write!(
        out,
        "<line class=\"{class}\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
         <text class=\"{class}\" x=\"{label_x:.1}\" y=\"{label_y}\" text-anchor=\"{anchor}\">{}</text>",
        label_y - 8.0,
        PLOT_HEIGHT - BOTTOM,
        escaped(label)
    );
}
