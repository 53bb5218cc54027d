use super::*;
use crate::gates::facts::{
    FilesFact, GraphFact, Histogram, LoadedFact, MemoryFact, OpsetFact, PercentileFact,
    PlacementFact, PortFact,
};
use crate::gates::parse;

fn spread(low: f64, value: f64, high: f64) -> Spread {
    Spread { value, low, high }
}

fn load_fact(p99: Option<Spread>) -> LoadFact {
    LoadFact {
        samples: 24_000,
        warmup_runs: 10,
        duration_ms: 1500.0,
        confidence: 0.99,
        batch: 1,
        inputs: "logged input example".to_owned(),
        percentiles: vec![PercentileFact {
            label: "p99".to_owned(),
            bound: p99,
            refused: p99
                .is_none()
                .then(|| "refused: needs 662 samples, has 200".to_owned()),
        }],
        throughput_per_s: Some(spread(950.0, 1000.0, 1050.0)),
        doubts: Vec::new(),
        histogram: Histogram::default(),
    }
}

fn graph(opset: i64, dims: &[&str]) -> GraphFact {
    let port = |name: &str| PortFact {
        name: name.to_owned(),
        element_type: "float32".to_owned(),
        dims: dims.iter().map(|dim| (*dim).to_owned()).collect(),
    };
    GraphFact {
        of: None,
        opsets: vec![OpsetFact {
            domain: "ai.onnx".to_owned(),
            version: opset,
        }],
        inputs: vec![port("x")],
        outputs: vec![port("y")],
    }
}

/// Everything measured, and well.
fn facts(file: &GateFile) -> Facts {
    Facts {
        files: Fact::Measured(FilesFact {
            files: 3,
            digest: "ab".repeat(32),
            registered: true,
        }),
        size_bytes: Fact::Measured(4_840_000),
        graph: Fact::Measured(graph(18, &["N", "4"])),
        same_as: Fact::Measured(graph(17, &["N", "4"])),
        loaded: Fact::Measured(LoadedFact { load_ms: 212.4 }),
        placement: Fact::Measured(PlacementFact {
            requested: vec!["cpu".to_owned()],
            placed: vec![("cpu".to_owned(), 61)],
            fell_back_to_cpu: false,
        }),
        golden: Fact::Measured(GoldenFact {
            outputs: 2,
            elements: 40,
            outside: 0,
            max_abs: Some(3.1e-7),
            rtol: 1e-5,
            atol: 1e-6,
        }),
        parity: Fact::Measured(ParityFact {
            data: "p.parquet".to_owned(),
            data_sha256: "ef".repeat(32),
            rows: 1_000_000,
            elements: 4_000_000,
            outside: 400,
            max_abs: None,
            worst_row: Some(77_000),
        }),
        loads: file
            .loads()
            .into_iter()
            .map(|load| LoadRun {
                load: load.key(),
                result: Fact::Measured(load_fact(Some(spread(3.7, 3.8, 3.94)))),
            })
            .collect(),
        memory: Fact::Measured(MemoryFact {
            peak_rss_bytes: 38_400_000,
        }),
        regression: Fact::Measured(RegressionFact {
            against: "v12, Production".to_owned(),
            against_digest: "cd".repeat(32),
            samples: 24_000,
            value_ms: 3.8,
            against_ms: 4.09,
            change: spread(-0.117, -0.071, -0.024),
            method: "bootstrap".to_owned(),
            seed: 7,
        }),
    }
}

const EVERYTHING: &str = r#"
[size]
[opset]
max = 18
domains = ["ai.onnx"]
[signature]
same_as = "Production"
inputs = ["x:float32[N,4]"]
[placement]
[golden]
[parity]
data = "p.parquet"
share = 0.9999
[[latency]]
[throughput]
min_per_s = 900
[memory]
peak_rss_max_bytes = 64_000_000
[regression]
"#;

fn line(checks: &[GateCheck], id: &str) -> GateCheck {
    checks.iter().find(|check| check.id == id).unwrap().clone()
}

fn judged(text: &str, change: impl FnOnce(&mut Facts)) -> Vec<GateCheck> {
    let file = parse(text).unwrap();
    let mut facts = facts(&file);
    change(&mut facts);
    judge(&file, &facts)
}

#[test]
fn all_that_is_held_passes_in_the_order_of_cost() {
    let checks = judged(EVERYTHING, |_| {});
    let ids: Vec<&str> = checks.iter().map(|check| check.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "digest",
            "size",
            "opset",
            "signature",
            "load",
            "provider",
            "golden",
            "parity",
            "latency_p99",
            "throughput",
            "memory",
            "regression"
        ]
    );
    assert_eq!(verdict(&checks), Verdict::Pass, "{checks:#?}");
    let p99 = line(&checks, "latency_p99");
    assert_eq!(
        (p99.measured.as_str(), p99.limit.as_str()),
        ("3.800 ms", "≤ 5 ms")
    );
    assert_eq!(p99.title, "Latency p99, single stream");
    assert_eq!(line(&checks, "golden").limit, "rtol 1e-5, atol 1e-6");
    assert_eq!(line(&checks, "regression").measured, "−7.1 %");
}

#[test]
fn what_was_not_measured_never_passes() {
    let checks = judge(&parse(EVERYTHING).unwrap(), &Facts::default());
    assert!(
        checks
            .iter()
            .all(|check| check.verdict == Verdict::Inconclusive),
        "{checks:#?}"
    );
    assert_eq!(verdict(&checks), Verdict::Inconclusive);
}

/// A figure between its bounds: below the limit, above it, astride.
#[test]
fn a_bound_astride_the_limit_decides_nothing() {
    for (low, value, high, wanted) in [
        (3.7, 3.8, 3.94, Verdict::Pass),
        (4.9, 4.95, 5.0, Verdict::Pass),
        (4.8, 4.9, 5.1, Verdict::Inconclusive),
        (4.9, 5.1, 5.2, Verdict::Inconclusive),
        (5.0, 5.1, 5.2, Verdict::Inconclusive),
        (5.01, 5.1, 5.2, Verdict::Fail),
    ] {
        let checks = judged("[[latency]]\nlimit_ms = 5\n", |facts| {
            facts.loads[0].result = Fact::Measured(load_fact(Some(spread(low, value, high))));
        });
        assert_eq!(
            line(&checks, "latency_p99").verdict,
            wanted,
            "{low} {value} {high}"
        );
    }
    for (low, high, wanted) in [
        (0.06, 0.12, Verdict::Fail),
        (0.04, 0.12, Verdict::Inconclusive),
        (-0.02, 0.05, Verdict::Pass),
    ] {
        let checks = judged(EVERYTHING, |facts| {
            if let Fact::Measured(fact) = &mut facts.regression {
                fact.change = spread(low, f64::midpoint(low, high), high);
            }
        });
        assert_eq!(line(&checks, "regression").verdict, wanted, "{low} {high}");
    }
    for (min, wanted) in [
        (950, Verdict::Pass),
        (1000, Verdict::Inconclusive),
        (1051, Verdict::Fail),
    ] {
        let checks = judged(&format!("[throughput]\nmin_per_s = {min}\n"), |_| {});
        assert_eq!(line(&checks, "throughput").verdict, wanted, "{min}");
    }
}

#[test]
fn too_few_samples_and_doubtful_ones_are_inconclusive() {
    let checks = judged("[[latency]]\n", |facts| {
        facts.loads[0].result = Fact::Measured(load_fact(None));
    });
    let p99 = line(&checks, "latency_p99");
    assert_eq!(p99.verdict, Verdict::Inconclusive);
    assert!(
        p99.detail.contains("needs 662 samples, has 200"),
        "{}",
        p99.detail
    );
    for (limit, wanted) in [(5, Verdict::Inconclusive), (1, Verdict::Fail)] {
        let checks = judged(&format!("[[latency]]\nlimit_ms = {limit}\n"), |facts| {
            let mut fact = load_fact(Some(spread(3.7, 3.8, 3.94)));
            fact.doubts.push("two modes".to_owned());
            facts.loads[0].result = Fact::Measured(fact);
        });
        let p99 = line(&checks, "latency_p99");
        assert_eq!(p99.verdict, wanted);
        assert!(p99.detail.contains("two modes"));
    }
}

#[test]
fn each_failure_names_what_broke() {
    type Change = fn(&mut Facts);
    let cases: [(&str, Change, &str); 8] = [
        (
            "size",
            |f| f.size_bytes = Fact::Measured(300_000_000),
            "all files",
        ),
        (
            "opset",
            |f| f.graph = Fact::Measured(graph(21, &["N", "4"])),
            "opset 21 is newer than 18",
        ),
        (
            "signature",
            |f| f.graph = Fact::Measured(graph(18, &["N", "5"])),
            "input 1 is x: float32[N, 5], not x: float32[N, 4]",
        ),
        (
            "load",
            |f| f.loaded = Fact::Failed("no kernel for Foo".to_owned()),
            "no kernel for Foo",
        ),
        (
            "provider",
            |f| {
                if let Fact::Measured(p) = &mut f.placement {
                    p.placed.push(("cuda".to_owned(), 2));
                }
            },
            "fell back",
        ),
        (
            "golden",
            |f| {
                if let Fact::Measured(g) = &mut f.golden {
                    g.outside = 1;
                    g.max_abs = None;
                }
            },
            "2 outputs",
        ),
        (
            "parity",
            |f| {
                if let Fact::Measured(p) = &mut f.parity {
                    p.outside = 401;
                }
            },
            "worst in row 77,000",
        ),
        (
            "memory",
            |f| {
                f.memory = Fact::Measured(MemoryFact {
                    peak_rss_bytes: 65_000_000,
                });
            },
            "worker",
        ),
    ];
    for (id, change, says) in cases {
        let checks = judged(EVERYTHING, change);
        let found = line(&checks, id);
        assert_eq!(found.verdict, Verdict::Fail, "{id}: {found:?}");
        assert!(found.detail.contains(says), "{id}: {}", found.detail);
        assert_eq!(verdict(&checks), Verdict::Fail);
    }
}

#[test]
fn no_other_version_is_no_pass() {
    let checks = judged(EVERYTHING, |facts| {
        let none = "no version stands in Production".to_owned();
        facts.same_as = Fact::Missing(none.clone());
        facts.regression = Fact::Missing(none);
    });
    for id in ["signature", "regression"] {
        let found = line(&checks, id);
        assert_eq!(found.verdict, Verdict::Inconclusive);
        assert!(found.detail.contains("no version stands in Production"));
    }
}

#[test]
fn a_fallback_passes_only_where_it_is_allowed() {
    let mixed = |placed: &[(&str, u32)]| {
        Fact::Measured(PlacementFact {
            requested: vec!["cuda".to_owned(), "cpu".to_owned()],
            placed: placed.iter().map(|(p, n)| ((*p).to_owned(), *n)).collect(),
            fell_back_to_cpu: placed.iter().any(|(p, _)| *p == "cpu"),
        })
    };
    for (fallback, placed, wanted) in [
        ("fail", vec![("cuda", 61)], Verdict::Pass),
        ("fail", vec![("cuda", 58), ("cpu", 3)], Verdict::Fail),
        ("allow", vec![("cuda", 58), ("cpu", 3)], Verdict::Pass),
        ("allow", vec![("cpu", 61)], Verdict::Fail),
        ("fail", vec![], Verdict::Pass),
    ] {
        let text = format!("[placement]\nprovider = \"cuda\"\nfallback = \"{fallback}\"\n");
        let checks = judged(&text, |facts| facts.placement = mixed(&placed));
        assert_eq!(
            line(&checks, "provider").verdict,
            wanted,
            "{fallback} {placed:?}"
        );
    }
}
