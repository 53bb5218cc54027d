//! `cargo xtask test`: everything that must hold, each part with its time, to the end, then one table.

use std::process::{Command, exit};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;

use crate::build::{self, Binaries, FEATURES, cargo};
use crate::count::{self, Count};
use crate::run::virtual_display;
use crate::tools::{Paths, command, digest, limited, seconds, shown};
use crate::{onnxruntime, python, s3, setup};

#[derive(Args)]
pub struct TestArgs {
    /// Only these parts (see the summary of a whole run for their names)
    parts: Vec<String>,
}

/// A hung window or server must not eat the whole budget of a build machine.
const PART_LIMIT: Duration = Duration::from_secs(15 * 60);

/// What one part came to.
struct Outcome {
    count: Count,
    note: String,
}

type Check = fn(&Stage<'_>) -> Result<Outcome>;

/// In the order of their price: what fails fast comes first.
const PARTS: &[(&str, Check)] = &[
    ("rustfmt", rustfmt),
    ("biome", |s| ui(s, "lint", count::one)),
    ("tsc", |s| ui(s, "typecheck", count::one)),
    ("vitest", |s| ui(s, "test", count::vitest)),
    ("clippy", clippy),
    ("cargo-deny", deny),
    ("cargo-test", cargo_test),
    ("openapi", openapi),
    ("onnx-nodes", onnx_nodes),
    ("mlflow-3.17", |s| clients(s, python::MLFLOW_3, SUITES)),
    ("mlflow-2.10", |s| clients(s, python::MLFLOW_2, SUITES)),
    ("mlflow-skinny", |s| {
        clients(s, python::MLFLOW_SKINNY, SKINNY_SUITES)
    }),
    ("requests", |s| clients(s, python::MLFLOW_3, REQUEST_SUITES)),
    ("team-3.17", |s| team(s, python::MLFLOW_3, SUITES)),
    ("team-2.10", |s| team(s, python::MLFLOW_2, SUITES)),
    ("team-skinny", |s| {
        team(s, python::MLFLOW_SKINNY, SKINNY_SUITES)
    }),
    ("s3-3.17", |s| clients(s, python::MLFLOW_3, S3_SUITES)),
    ("s3-2.10", |s| clients(s, python::MLFLOW_2, S3_SUITES)),
    ("import", import),
    ("kill-9", kill),
    ("window", window),
];

/// What only a bucket can do: parts past the server, and a push that is killed.
const S3_SUITES: &[&str] = &["test_artifacts.py"];

/// What every client must be able to do on every workspace.
const SUITES: &[&str] = &[
    "test_client.py",
    "test_registry.py",
    "test_autolog.py",
    "test_skinny.py",
    "test_wire.py",
    "test_traces.py",
];
/// Those that bring servers of their own: what is refused, what MLflow itself answered, what webhooks are told.
const REQUEST_SUITES: &[&str] = &[
    "test_webhooks.py",
    "test_bad_requests.py",
    "test_parity.py",
    "test_trace_rlike.py",
];
/// What the slim client can do: it has no numpy.
const SKINNY_SUITES: &[&str] = &["test_skinny.py"];

struct Stage<'a> {
    paths: &'a Paths,
    binaries: Binaries,
    runtime: std::path::PathBuf,
}

pub fn test(paths: &Paths, args: &TestArgs) -> Result<()> {
    let began = Instant::now();
    let wanted = |name: &str| args.parts.is_empty() || args.parts.iter().any(|p| p == name);
    if let Some(unknown) = args
        .parts
        .iter()
        .find(|p| !PARTS.iter().any(|(name, _)| name == p))
    {
        anyhow::bail!("no part is called {unknown}; there are {}", names());
    }
    header("setup");
    let mut built = None;
    setup::ensure(paths, setup::Needs::Tests, || {
        built = Some(build::binaries(paths, false)?);
        Ok(())
    })?;
    let runtime = onnxruntime::ensure(paths)?;
    let stage = Stage {
        paths,
        binaries: built.context("nothing was built")?,
        runtime,
    };
    let mut rows = Vec::new();
    for (name, check) in PARTS.iter().filter(|(name, _)| wanted(name)) {
        header(name);
        let began = Instant::now();
        let outcome = check(&stage).unwrap_or_else(|error| {
            println!("{error:#}");
            Outcome {
                count: Count {
                    passed: 0,
                    failed: 1,
                },
                note: "could not be run".to_owned(),
            }
        });
        println!(
            "--- {name}: {}, {}",
            if outcome.count.failed == 0 {
                "ok"
            } else {
                "FAILED"
            },
            seconds(began.elapsed())
        );
        rows.push((*name, outcome, began.elapsed()));
    }
    summary(&rows, began.elapsed());
    if rows.iter().any(|(_, outcome, _)| outcome.count.failed > 0) {
        exit(1);
    }
    Ok(())
}

fn names() -> String {
    PARTS
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}

fn header(name: &str) {
    println!(
        "\n=== {name} {}",
        "=".repeat(72_usize.saturating_sub(name.len()))
    );
}

fn summary(rows: &[(&str, Outcome, Duration)], took: Duration) {
    header("summary");
    println!(
        "{:<13} {:>7} {:>7} {:>9}",
        "part", "passed", "failed", "time"
    );
    let mut total = Count::default();
    for (name, outcome, took) in rows {
        let Count { passed, failed } = outcome.count;
        println!(
            "{name:<13} {passed:>7} {failed:>7} {:>9}  {}",
            seconds(*took),
            outcome.note
        );
        total.passed += passed;
        total.failed += failed;
    }
    println!(
        "{:<13} {:>7} {:>7} {:>9}",
        "all",
        total.passed,
        total.failed,
        seconds(took)
    );
    println!("\n{} passed, {} failed", total.passed, total.failed);
}

/// Runs and counts; a part that ends badly has failed, whatever it counted.
fn counted(command: Command, count: fn(&str) -> Count) -> Result<Outcome> {
    let said = shown(command)?;
    let mut count = count(&said.output);
    if !said.success {
        count.failed = count.failed.max(1);
    } else if count.passed == 0 {
        count.failed = 1;
        return Ok(Outcome {
            count,
            note: "ended well, but ran no test".to_owned(),
        });
    }
    Ok(Outcome {
        count,
        note: String::new(),
    })
}

/// A tool that says yes or no.
fn whole(command: Command) -> Result<Outcome> {
    let success = shown(command)?.success;
    Ok(Outcome {
        count: Count {
            passed: u32::from(success),
            failed: u32::from(!success),
        },
        note: String::new(),
    })
}

fn rustfmt(stage: &Stage<'_>) -> Result<Outcome> {
    whole(cargo(stage.paths, &["fmt", "--all", "--check"]))
}

fn clippy(stage: &Stage<'_>) -> Result<Outcome> {
    let mut args = vec!["clippy", "--locked", "--workspace", "--all-targets"];
    args.extend(FEATURES);
    args.extend(["--", "-D", "warnings"]);
    whole(cargo(stage.paths, &args))
}

/// Licences, bans and sources need only the lock file. Advisories need a database from the network: where it is out of
/// reach the summary says so, instead of a pass that nobody made.
fn deny(stage: &Stage<'_>) -> Result<Outcome> {
    let program = setup::cargo_deny(stage.paths)?
        .to_string_lossy()
        .into_owned();
    let mut outcome = whole(command(
        &program,
        &stage.paths.root,
        &["check", "bans", "licenses", "sources"],
    ))?;
    let advisories = shown(command(
        &program,
        &stage.paths.root,
        &["check", "advisories"],
    ))?;
    if advisories.success {
        outcome.count.passed += 1;
    } else if advisories
        .output
        .contains("failed to fetch advisory database")
    {
        "advisory database out of reach: advisories not checked".clone_into(&mut outcome.note);
    } else {
        outcome.count.failed += 1;
    }
    Ok(outcome)
}

/// Rust tests, among them the store on SQLite and a real PostgreSQL, and the one that writes `ui/src/bindings.ts` anew.
fn cargo_test(stage: &Stage<'_>) -> Result<Outcome> {
    let bindings = stage.paths.ui().join("src/bindings.ts");
    let before = digest(&[&bindings])?;
    let mut args = vec!["test", "--locked", "--workspace", "--no-fail-fast"];
    args.extend(FEATURES);
    let mut test = cargo(stage.paths, &args);
    test.env("DRYDOCK_ONNXRUNTIME", &stage.runtime)
        .env("DRYDOCK_PYTHON", python::MLFLOW_3.python(stage.paths))
        .env("DRYDOCK_MINIO", s3::minio(stage.paths))
        .env("DRYDOCK_S3_SECOND", s3::second(stage.paths));
    let mut outcome = counted(test, count::cargo)?;
    if digest(&[&bindings])? == before {
        outcome.count.passed += 1;
    } else {
        outcome.count.failed += 1;
        "ui/src/bindings.ts was out of date: it is written anew, commit it"
            .clone_into(&mut outcome.note);
    }
    Ok(outcome)
}

fn ui(stage: &Stage<'_>, script: &str, count: fn(&str) -> Count) -> Result<Outcome> {
    let mut npm = command("npm", &stage.paths.ui(), &["run", script]);
    npm.env("NO_COLOR", "1").env("CI", "true");
    counted(npm, count)
}

fn with_binaries(stage: &Stage<'_>, mut command: Command) -> Command {
    command
        .env("DRYDOCK_CLI", &stage.binaries.cli)
        .env("DRYDOCK_DESKTOP", &stage.binaries.desktop)
        .env("DRYDOCK_ONNXRUNTIME", &stage.runtime)
        .env("DRYDOCK_PYTHON", python::MLFLOW_3.python(stage.paths))
        .env("DRYDOCK_MINIO", s3::minio(stage.paths));
    command
}

fn pytest(stage: &Stage<'_>, venv: python::Venv, files: &[&str]) -> Vec<String> {
    let folder = stage.paths.root.join("tests/python");
    let mut args = vec![venv.python(stage.paths).to_string_lossy().into_owned()];
    args.extend(
        [
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-W",
            "ignore",
            "-v",
            "--durations=5",
        ]
        .map(str::to_owned),
    );
    args.extend(
        files
            .iter()
            .map(|f| folder.join(f).to_string_lossy().into_owned()),
    );
    args
}

/// The same suite for each client, against a real `drydock server`.
fn clients(stage: &Stage<'_>, venv: python::Venv, suites: &[&str]) -> Result<Outcome> {
    let args = pytest(stage, venv, suites);
    counted(
        with_binaries(stage, limited(PART_LIMIT, &stage.paths.root, &strs(&args))),
        count::pytest,
    )
}

/// The same again on a team's workspace: PostgreSQL, MinIO, three servers, nginx before them.
fn team(stage: &Stage<'_>, venv: python::Venv, suites: &[&str]) -> Result<Outcome> {
    let args = pytest(stage, venv, suites);
    let mut command = limited(PART_LIMIT, &stage.paths.root, &strs(&args));
    command.env("DRYDOCK_TEST_WORKSPACE", "team");
    counted(with_binaries(stage, command), count::pytest)
}

/// The description that `drydock openapi` prints, read by a validator that is not ours.
fn openapi(stage: &Stage<'_>) -> Result<Outcome> {
    let python = python::OPENAPI.python(stage.paths);
    let script = stage.paths.root.join("tests/python/check_openapi.py");
    let args = [python, script].map(|path| path.to_string_lossy().into_owned());
    counted(
        with_binaries(stage, limited(PART_LIMIT, &stage.paths.root, &strs(&args))),
        count::one,
    )
}

/// ONNX's own node cases, as the pinned onnx package of the older client carries them, each in a worker.
fn onnx_nodes(stage: &Stage<'_>) -> Result<Outcome> {
    let folder = python::MLFLOW_2.package(stage.paths, "onnx/backend/test/data/node")?;
    let expected = stage.paths.root.join("tests/conformance/expected.toml");
    let [program, folder, expected] =
        [&stage.binaries.cli, &folder, &expected].map(|path| path.to_string_lossy().into_owned());
    let args = [
        program.as_str(),
        "conformance",
        &folder,
        "--expected",
        &expected,
    ];
    counted(
        with_binaries(stage, limited(PART_LIMIT, &stage.paths.root, &args)),
        count::conformance,
    )
}

/// A real `mlflow server`, and folders that both clients wrote, brought in.
fn import(stage: &Stage<'_>) -> Result<Outcome> {
    let args = pytest(stage, python::MLFLOW_3, &["test_import.py"]);
    counted(
        with_binaries(stage, limited(PART_LIMIT, &stage.paths.root, &strs(&args))),
        count::pytest,
    )
}

/// `kill -9` of the server and of the window while a client logs.
fn kill(stage: &Stage<'_>) -> Result<Outcome> {
    let args = pytest(stage, python::MLFLOW_3, &["test_kill.py"]);
    counted(
        with_binaries(
            stage,
            virtual_display(stage.paths, PART_LIMIT, &strs(&args)),
        ),
        count::pytest,
    )
}

/// The real window, driven through WebKitWebDriver.
fn window(stage: &Stage<'_>) -> Result<Outcome> {
    let test = [
        "node",
        "--test",
        "--test-concurrency=1",
        "--test-reporter=spec",
        "window.test.js",
        "lab.test.js",
        "workspace.test.js",
        "runs.test.js",
        "team.test.js",
    ];
    counted(
        with_binaries(stage, virtual_display(stage.paths, PART_LIMIT, &test)),
        count::node,
    )
}

fn strs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{REQUEST_SUITES, S3_SUITES, SKINNY_SUITES, SUITES};

    #[test]
    fn every_python_suite_exists() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/python");
        let own = REQUEST_SUITES.iter().chain(S3_SUITES);
        let own = own.chain(&["test_import.py", "test_kill.py", "check_openapi.py"]);
        for file in SUITES.iter().chain(SKINNY_SUITES).chain(own) {
            assert!(folder.join(file).exists(), "{file}");
        }
    }
}
