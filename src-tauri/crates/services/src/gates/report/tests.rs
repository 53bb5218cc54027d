use domain::gates::{
    Fact, Facts, FilesFact, GateFile, GoldenFact, Histogram, LoadFact, LoadRun, LoadedFact,
    PercentileFact, PlacementFact, Spread, judge, verdict,
};
use engine::Fingerprint;

use super::*;
use crate::gates::evidence::{EvidenceSubject, FORMAT};
use crate::gates::{GateFileOrigin, GateFileRef};
use crate::models::ModelFile;

/// Two percentiles with their bounds, and one that had too few samples.
fn load() -> LoadFact {
    let bound = |label: &str, value: f64| PercentileFact {
        label: label.to_owned(),
        bound: Some(Spread {
            value,
            low: value * 0.97,
            high: value * 1.04,
        }),
        refused: None,
    };
    LoadFact {
        samples: 2_400,
        warmup_runs: 12,
        duration_ms: 1500.0,
        confidence: 0.99,
        batch: 1,
        inputs: "logged input example".to_owned(),
        percentiles: vec![
            bound("p50", 2.46),
            bound("p99", 3.8),
            PercentileFact {
                label: "p99.9".to_owned(),
                bound: None,
                refused: Some("refused: needs 6636 samples, has 2400".to_owned()),
            },
        ],
        throughput_per_s: None,
        doubts: Vec::new(),
        histogram: Histogram {
            edges_ms: vec![1.9, 2.2, 2.6, 3.1, 3.8, 4.6],
            counts: vec![120, 1_400, 700, 160, 20],
        },
    }
}

fn facts(file: &GateFile) -> Facts {
    Facts {
        files: Fact::Measured(FilesFact {
            files: 1,
            digest: "2a".repeat(32),
            registered: true,
        }),
        size_bytes: Fact::Measured(4_840_000),
        loaded: Fact::Measured(LoadedFact { load_ms: 212.0 }),
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
        loads: vec![LoadRun {
            load: file.latency[0].load.key(),
            result: Fact::Measured(load()),
        }],
        ..Facts::default()
    }
}

/// Evidence of a model with a name that attacks, measured by nobody.
fn sample(model: &str) -> Evidence {
    let file = GateFile::default();
    let text = "# p99 as the desk asked\n[size]\n[placement]\n[golden]\n[[latency]]\n".to_owned();
    let facts = facts(&file);
    let checks = judge(&file, &facts);
    Evidence {
        format: FORMAT,
        report_id: "0193a0c2-0000-7000-8000-000000000001".to_owned(),
        subject: EvidenceSubject {
            model: model.to_owned(),
            version: Some(14),
            digest: "2a".repeat(32),
            files: vec![ModelFile {
                path: "model.onnx".to_owned(),
                size_bytes: 4_840_000,
                sha256: "2b".repeat(32),
            }],
        },
        verdict: verdict(&checks),
        checks,
        facts,
        gate_file: GateFileRef {
            origin: GateFileOrigin::Registry,
            revision: Some(3),
            sha256: crate::gates::chosen::sha256(&text),
            file_name: None,
        },
        gate_file_text: text,
        seed: 7,
        fingerprint: Fingerprint {
            cpu: "Test CPU".to_owned(),
            cores: 16,
            memory_bytes: 34_359_738_368,
            os: "Linux".to_owned(),
            governor: None,
            affinity: None,
            driver: None,
            runtime_version: Some("1.30.0".to_owned()),
            digest: "3d2dbb41".to_owned(),
        },
        drydock: "0.1.0".to_owned(),
        started_at_ms: 1_795_871_109_000,
        took_ms: 1_840,
    }
}

const FORMATS: [ReportFormat; 4] = [
    ReportFormat::Html,
    ReportFormat::Json,
    ReportFormat::Csv,
    ReportFormat::Markdown,
];

/// `DRYDOCK_WRITE_GOLDEN=1` writes them anew; look at them before they are committed.
#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let evidence = sample("regime-classifier");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gates/report/golden");
    for format in FORMATS {
        let path = folder.join(format!("report.{}", format.ending()));
        let made = written(&evidence, format);
        if std::env::var_os("DRYDOCK_WRITE_GOLDEN").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &made).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap();
        assert!(made == kept, "{} is not what is made now", path.display());
    }
}

/// What was kept and read again makes the same report as what was measured.
#[test]
fn evidence_survives_being_kept() {
    let evidence = sample("regime-classifier");
    let again: Evidence = serde_json::from_str(&serde_json::to_string(&evidence).unwrap()).unwrap();
    assert_eq!(again, evidence);
    for format in FORMATS {
        assert_eq!(written(&again, format), written(&evidence, format));
    }
    let hash = content_sha256(&evidence);
    assert_eq!(
        hash,
        hex::encode(Sha256::digest(written(&again, ReportFormat::Json)))
    );
    for format in [
        ReportFormat::Html,
        ReportFormat::Csv,
        ReportFormat::Markdown,
    ] {
        assert!(written(&evidence, format).contains(&hash));
    }
}

#[test]
fn a_name_that_attacks_stays_text() {
    let name = "=x<script>alert('1')</script>\"&|`**b**`";
    let mut evidence = sample(name);
    evidence
        .gate_file_text
        .push_str("# </pre><img src=x onerror=alert(1)>\n");
    evidence.checks[0].detail = "=cmd|' /C calc'!A0".to_owned();
    evidence.facts.loads[0].load = "</h2><script>1</script>".to_owned();
    let html = written(&evidence, ReportFormat::Html);
    assert!(
        !html.contains("<script") && !html.contains("<img"),
        "{html}"
    );
    assert!(html.contains("=x&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;|`**b**`"));
    assert_eq!(html.matches("</pre>").count(), 1);
    let markdown = written(&evidence, ReportFormat::Markdown);
    assert!(!markdown.contains("<script") && markdown.contains("&lt;script&gt;"));
    let rows = markdown.lines().filter(|line| line.starts_with("| PASS"));
    assert!(rows.clone().count() > 0);
    for row in rows {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 7, "{row}");
    }
    let csv = written(&evidence, ReportFormat::Csv);
    assert!(csv.contains("'=cmd|' /C calc'!A0"), "{csv}");
    assert_eq!(
        file_name(&evidence, ReportFormat::Html),
        "x-script-alert--1----script-------b-v14-gates-pass.html"
    );
}

#[test]
fn the_form_follows_the_name() {
    for (name, format) in [
        ("a.html", ReportFormat::Html),
        ("b.JSON", ReportFormat::Json),
        ("c.md", ReportFormat::Markdown),
    ] {
        assert_eq!(ReportFormat::of_path(Path::new(name)).unwrap(), format);
    }
    let error = ReportFormat::of_path(Path::new("report.pdf"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("report.pdf") && error.contains(".html"),
        "{error}"
    );
}
