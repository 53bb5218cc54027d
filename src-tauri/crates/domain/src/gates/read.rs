//! Reading a gate file. Everything that is wrong with it is told at once, each with its line, column, field and value.

use toml::de::{DeTable, DeValue};

use super::error::GateFileError;
use super::file::{
    Against, Fallback, GateFile, GateLoad, GateScenario, GoldenGate, LatencyGate, MemoryGate,
    OpsetGate, ParityGate, Percentile, PlacementGate, RegressionGate, SignatureGate, SizeGate,
    ThroughputGate,
};
use super::section::{Section, Source, place};
use super::words::latency_id;

/// Far more than any gate file needs.
const BYTES_MAX: usize = 64 << 10;
/// A measurement longer than ten minutes is a mistake.
const DURATION_MS_MAX: i64 = 600_000;
const PROVIDERS: [&str; 6] = ["cpu", "cuda", "tensorrt", "directml", "coreml", "webgpu"];
const PORTS: &str = "a list of texts, each \"name: type[dims]\", such as [\"x: float32[N, 4]\"]";

/// Reads a gate file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn parse(text: &str) -> Result<GateFile, Vec<GateFileError>> {
    let whole = |message: String| {
        vec![GateFileError {
            line: 1,
            column: 1,
            field: String::new(),
            value: String::new(),
            message,
        }]
    };
    if text.len() > BYTES_MAX {
        return Err(whole(format!(
            "a gate file has at most {BYTES_MAX} bytes; this one has {}",
            text.len()
        )));
    }
    let root = DeTable::parse(text).map_err(|error| {
        let (line, column) = place(text, error.span().map_or(0, |span| span.start));
        vec![GateFileError {
            line,
            column,
            field: String::new(),
            value: String::new(),
            message: format!("this is no TOML: {}", error.message().replace('\n', ", ")),
        }]
    })?;
    let source = Source::new(text);
    let file = read(&source, root.get_ref());
    let errors = source.into_errors();
    if !errors.is_empty() {
        return Err(errors);
    }
    if file == GateFile::empty() {
        return Err(whole(
            "this gate file asks nothing; add a section such as [size] or [[latency]]".to_owned(),
        ));
    }
    Ok(file)
}

fn read<'a>(source: &Source<'a>, root: &DeTable<'a>) -> GateFile {
    let mut top = Section::new(source, "", root);
    let file = GateFile {
        size: top.sub("size").map(size),
        opset: top.sub("opset").map(opset),
        signature: top.sub("signature").map(signature),
        placement: top.sub("placement").map(placement),
        golden: top.sub("golden").map(golden),
        parity: top.sub("parity").and_then(parity),
        latency: latencies(&mut top),
        throughput: top.sub("throughput").and_then(throughput),
        memory: top.sub("memory").and_then(memory),
        regression: top.sub("regression").map(regression),
    };
    top.done();
    file
}

fn size(mut section: Section<'_, '_>) -> SizeGate {
    let max = section.integer("max_bytes", |n| n > 0, "a whole number of bytes above 0");
    section.done();
    max.map_or_else(SizeGate::default, |max| SizeGate {
        max_bytes: max.unsigned_abs(),
    })
}

fn opset(mut section: Section<'_, '_>) -> OpsetGate {
    let max = section.integer(
        "max",
        |n| n > 0,
        "the number of an operator set, such as 21",
    );
    let domains = section.texts(
        "domains",
        "a list of domains, such as [\"ai.onnx\", \"ai.onnx.ml\"]",
    );
    if max.is_none() && domains.is_none() {
        section.lacks("[opset] must hold max or domains, else it asks nothing");
    }
    section.done();
    OpsetGate { max, domains }
}

fn signature(mut section: Section<'_, '_>) -> SignatureGate {
    let gate = SignatureGate {
        inputs: section.texts("inputs", PORTS),
        outputs: section.texts("outputs", PORTS),
        same_as: against(&mut section, "same_as"),
    };
    if gate.inputs.is_none() && gate.outputs.is_none() && gate.same_as.is_none() {
        section.lacks("[signature] must hold inputs, outputs or same_as, else it asks nothing");
    }
    section.done();
    gate
}

fn placement(mut section: Section<'_, '_>) -> PlacementGate {
    let provider = section.word("provider", &PROVIDERS).unwrap_or_default();
    let allowed = section.word("fallback", &["fail", "allow"]) == Some(1);
    section.done();
    PlacementGate {
        provider: PROVIDERS[provider].to_owned(),
        fallback: if allowed {
            Fallback::Allow
        } else {
            Fallback::Fail
        },
    }
}

/// `rtol` and `atol`, by default the golden ones.
fn tolerances(section: &mut Section<'_, '_>) -> (f64, f64) {
    let plain = GoldenGate::default();
    let mut tolerance =
        |key| section.number(key, |n| n >= 0.0, "a number of at least 0, such as 1e-5");
    (
        tolerance("rtol").unwrap_or(plain.rtol),
        tolerance("atol").unwrap_or(plain.atol),
    )
}

fn golden(mut section: Section<'_, '_>) -> GoldenGate {
    let (rtol, atol) = tolerances(&mut section);
    section.done();
    GoldenGate { rtol, atol }
}

fn parity(mut section: Section<'_, '_>) -> Option<ParityGate> {
    let data = section.text(
        "data",
        "the path of a data file, such as \"parity.parquet\"",
    );
    let (rtol, atol) = tolerances(&mut section);
    let share = section.number(
        "share",
        |n| n > 0.0 && n <= 1.0,
        "a share above 0 and at most 1, such as 0.999",
    );
    if data.is_none() {
        section.lacks("[parity] must name its data: data = \"parity.parquet\"");
    }
    section.done();
    Some(ParityGate {
        data: data?,
        rtol,
        atol,
        share: share.unwrap_or(1.0),
    })
}

fn latencies(top: &mut Section<'_, '_>) -> Vec<LatencyGate> {
    let mut gates: Vec<LatencyGate> = Vec::new();
    for mut section in top.list("latency") {
        let plain = LatencyGate::default();
        let gate = LatencyGate {
            percentile: percentile(&mut section),
            limit_ms: section
                .number("limit_ms", |n| n > 0.0, "a number of milliseconds above 0")
                .unwrap_or(plain.limit_ms),
            load: load(&mut section),
        };
        if gates.iter().any(|g| latency_id(g) == latency_id(&gate)) {
            section.lacks(
                "this [[latency]] asks the same percentile under the same load as one before it",
            );
        } else {
            gates.push(gate);
        }
        section.done();
    }
    gates
}

fn percentile(section: &mut Section<'_, '_>) -> Percentile {
    let is = |p: &Percentile, n: f64| (p.percent() - n).abs() < 1e-9;
    let found = section.number(
        "percentile",
        |n| Percentile::ALL.iter().any(|p| is(p, n)),
        "one of 50, 90, 95, 99, 99.9, 99.99",
    );
    found
        .and_then(|n| Percentile::ALL.into_iter().find(|p| is(p, n)))
        .unwrap_or(Percentile::P99)
}

fn threads(section: &mut Section<'_, '_>) -> Option<u32> {
    let found = section.integer(
        "threads",
        |n| (0..=1024).contains(&n),
        "a whole number of threads from 1 to 1024, or 0 for every core",
    );
    found.and_then(|n| n.try_into().ok())
}

fn duration(section: &mut Section<'_, '_>) -> Option<u32> {
    let found = section.integer(
        "duration_ms",
        |n| (100..=DURATION_MS_MAX).contains(&n),
        "a whole number of milliseconds from 100 to 600000",
    );
    found.and_then(|n| n.try_into().ok())
}

fn load(section: &mut Section<'_, '_>) -> GateLoad {
    let words = ["single-stream", "server", "offline", "replay"];
    let scenario = section.word("scenario", &words).unwrap_or(0);
    let rate = section.number(
        "rate_per_s",
        |n| n > 0.0 && n <= 1e7,
        "a number of arrivals a second above 0",
    );
    let arrivals = section.text("arrivals", "the path of a file with timestamps");
    let batch = section.integer(
        "batch",
        |n| (1..=1_000_000).contains(&n),
        "a whole number of rows from 1 to 1000000",
    );
    let scenario = match (scenario, rate, arrivals) {
        (0, None, None) => GateScenario::SingleStream,
        (1, Some(rate_per_s), None) => GateScenario::Server { rate_per_s },
        (2, None, None) => GateScenario::Offline,
        (3, None, Some(arrivals)) => GateScenario::Replay { arrivals },
        (index, _, _) => {
            let word = words[index];
            section.lacks(match index {
                1 => "the server scenario wants rate_per_s and no arrivals".to_owned(),
                3 => "the replay scenario wants arrivals = \"file\" and no rate_per_s".to_owned(),
                _ => format!("the {word} scenario takes neither rate_per_s nor arrivals"),
            });
            GateScenario::SingleStream
        }
    };
    let plain = GateLoad::default();
    GateLoad {
        scenario,
        threads: threads(section).unwrap_or(plain.threads),
        batch: batch.and_then(|n| n.try_into().ok()),
        duration_ms: duration(section).unwrap_or(plain.duration_ms),
    }
}

fn throughput(mut section: Section<'_, '_>) -> Option<ThroughputGate> {
    let min = section.number(
        "min_per_s",
        |n| n > 0.0,
        "a number of rows a second above 0",
    );
    let load = load(&mut section);
    if min.is_none() {
        section.lacks("[throughput] must say its limit: min_per_s = 1000");
    }
    section.done();
    Some(ThroughputGate {
        min_per_s: min?,
        load,
    })
}

fn memory(mut section: Section<'_, '_>) -> Option<MemoryGate> {
    let max = section.integer(
        "peak_rss_max_bytes",
        |n| n > 0,
        "a whole number of bytes above 0",
    );
    if max.is_none() {
        section.lacks("[memory] must say its limit: peak_rss_max_bytes = 512_000_000");
    }
    section.done();
    Some(MemoryGate {
        peak_rss_max_bytes: max?.unsigned_abs(),
    })
}

fn regression(mut section: Section<'_, '_>) -> RegressionGate {
    let plain = RegressionGate::default();
    let gate = RegressionGate {
        against: against(&mut section, "against").unwrap_or(plain.against),
        percentile: percentile(&mut section),
        margin_percent: section
            .number(
                "margin_percent",
                |n| n >= 0.0,
                "a number of percent of at least 0",
            )
            .unwrap_or(plain.margin_percent),
        significance: section
            .number(
                "significance",
                |n| (0.0001..=0.2).contains(&n),
                "a number from 0.0001 to 0.2, such as 0.01",
            )
            .unwrap_or(plain.significance),
        threads: threads(&mut section).unwrap_or(plain.threads),
        duration_ms: duration(&mut section).unwrap_or(plain.duration_ms),
    };
    section.done();
    gate
}

/// `"Production"`, or the number of a version.
fn against(section: &mut Section<'_, '_>, key: &'static str) -> Option<Against> {
    let value = section.take(key)?;
    let found = match value.get_ref() {
        DeValue::String(text) if text.eq_ignore_ascii_case("production") => {
            Some(Against::Production)
        }
        DeValue::Integer(number) => number
            .as_str()
            .parse()
            .ok()
            .filter(|n| *n > 0)
            .map(Against::Version),
        _ => None,
    };
    if found.is_none() {
        section.refuse(key, value, "\"Production\" or the number of a version");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::EXAMPLE;

    fn told(text: &str) -> Vec<String> {
        parse(text)
            .expect_err("this gate file is wrong")
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn the_example_asks_what_is_asked_without_a_file() {
        assert_eq!(parse(EXAMPLE), Ok(GateFile::default()));
        // What its comments offer is right as well.
        let offered: String = EXAMPLE
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n");
        let file = parse(&offered).expect("the example's comments are right");
        assert!(file.parity.is_some() && file.memory.is_some() && file.regression.is_some());
        assert!(file.opset.is_some() && file.signature.is_some() && file.throughput.is_some());
        assert_eq!(file.latency.len(), 3);
    }

    /// What `docs/gates.md` shows is right, and shows every gate.
    #[test]
    fn the_documented_file_is_read() {
        let page = include_str!("../../../../../docs/gates.md");
        let file = page
            .split("```toml\n")
            .nth(1)
            .and_then(|rest| rest.split("```").next())
            .expect("the page has an example");
        let file = parse(file).unwrap();
        let all = crate::gates::asked(&file);
        assert_eq!(all.len(), 13, "{all:?}");
    }

    #[test]
    fn keys_left_out_have_their_defaults() {
        let file = parse("[size]\n[[latency]]\n[[latency]]\npercentile = 99.9\nlimit_ms = 9\nscenario = \"server\"\nrate_per_s = 400\nthreads = 4\nbatch = 8\n").unwrap();
        assert_eq!(file.size, Some(SizeGate::default()));
        assert_eq!(file.latency[0], LatencyGate::default());
        let second = &file.latency[1];
        assert_eq!(
            (second.percentile, second.limit_ms),
            (Percentile::P999, 9.0)
        );
        assert_eq!(
            second.load.scenario,
            GateScenario::Server { rate_per_s: 400.0 }
        );
        assert_eq!((second.load.threads, second.load.batch), (4, Some(8)));
        assert_eq!(file.golden, None);
        assert_eq!(file.loads().len(), 2);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_its_place() {
        assert_eq!(
            told("[size]\nmax_byte = 10\n\n[golden]\nrtol = -1\natol = \"small\"\n"),
            [
                "line 2, column 1: [size] has no max_byte; is max_bytes meant?",
                "line 5, column 8: golden.rtol must be a number of at least 0, such as 1e-5, not -1",
                "line 6, column 8: golden.atol must be a number of at least 0, such as 1e-5, not \"small\"",
            ]
        );
        assert_eq!(
            told("[latncy]\nlimit_ms = 5\n"),
            ["line 1, column 2: a gate file has no latncy; is latency meant?"]
        );
        assert_eq!(
            told("[placement]\nprovider = \"cudaa\"\n"),
            [
                "line 2, column 12: placement.provider must be one of \"cpu\", \"cuda\", \"tensorrt\", \"directml\", \"coreml\", \"webgpu\", not \"cudaa\"; is \"cuda\" meant?"
            ]
        );
        assert_eq!(
            told("[[latency]]\n[[latency]]\nlimit_ms = 0.0\npercentile = 98\n"),
            [
                "line 3, column 1: this [[latency]] asks the same percentile under the same load as one before it",
                "line 3, column 12: latency[1].limit_ms must be a number of milliseconds above 0, not 0.0",
                "line 4, column 14: latency[1].percentile must be one of 50, 90, 95, 99, 99.9, 99.99, not 98",
            ]
        );
    }

    #[test]
    fn what_belongs_together_is_asked_together() {
        for (text, says) in [
            ("[[latency]]\nscenario = \"server\"\n", "wants rate_per_s"),
            ("[[latency]]\nrate_per_s = 3\n", "takes neither"),
            ("[[latency]]\nscenario = \"replay\"\n", "wants arrivals"),
            ("[parity]\nshare = 0.9\n", "must name its data"),
            ("[parity]\ndata = \"x\"\nshare = 2\n", "at most 1"),
            ("[opset]\n", "asks nothing"),
            ("[signature]\n", "asks nothing"),
            ("[throughput]\n", "min_per_s = 1000"),
            ("[memory]\n", "peak_rss_max_bytes"),
            (
                "[regression]\nagainst = \"Staging\"\n",
                "\"Production\" or the number",
            ),
            ("size = 3\n", "write [size] on a line of its own"),
            ("", "asks nothing"),
            ("[size\n", "no TOML"),
            ("[size]\nmax_bytes = 1\nmax_bytes = 2\n", "no TOML"),
        ] {
            let errors = told(text);
            assert!(errors[0].contains(says), "{text:?}: {errors:?}");
        }
    }

    /// Whatever is typed, there is an answer.
    #[test]
    fn broken_texts_are_refused_and_never_panic() {
        for cut in 0..EXAMPLE.len() {
            if EXAMPLE.is_char_boundary(cut) {
                let _ = parse(&EXAMPLE[..cut]);
            }
        }
        let text = "[size]\n# größer\nmax_bytes = \"größer\"\n";
        assert_eq!(
            told(text),
            [
                "line 3, column 13: size.max_bytes must be a whole number of bytes above 0, not \"größer\""
            ]
        );
    }
}
