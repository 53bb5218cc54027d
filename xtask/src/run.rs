//! `cargo xtask run`: the whole way of a model, from a training script to a prediction, then the window on it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::build::{self, Binaries};
use crate::demo::{Cli, Server, at, number, text};
use crate::tools::{Paths, command, limited, quiet, seconds, stdout_of, step};
use crate::{onnxruntime, python, setup};

const TOUR_LIMIT: Duration = Duration::from_secs(180);

#[derive(Args)]
pub struct RunArgs {
    /// Build with optimisation: several minutes more when cold
    #[arg(long)]
    release: bool,
    /// Save screenshots of every tab under target/tour/ and end, even where there is a display
    #[arg(long)]
    tour: bool,
}

pub fn run(paths: &Paths, args: &RunArgs) -> Result<()> {
    let began = Instant::now();
    let mut built = None;
    setup::ensure(paths, setup::Needs::Tour, || {
        built = Some(build::binaries(paths, args.release)?);
        Ok(())
    })?;
    let binaries = built.context("nothing was built")?;
    let runtime = onnxruntime::ensure(paths)?;
    let data_dir = paths.target.join("demo");
    walk(paths, &binaries, &runtime, &data_dir)?;
    open_window(paths, &binaries, &runtime, &data_dir, args.tour, began)
}

/// Server, training, inspection, benchmark, gates, deployment, prediction: one line each, with its figure.
fn walk(paths: &Paths, binaries: &Binaries, runtime: &Path, data_dir: &Path) -> Result<()> {
    if data_dir.exists() {
        fs::remove_dir_all(data_dir)?;
    }
    let server = Server::start(
        paths,
        &binaries.cli,
        runtime,
        data_dir,
        &["--demo", "Regime demo"],
    )?;
    step(
        "server",
        &format!(
            "{} answers after {} ms",
            server.address,
            server.took.as_millis()
        ),
    );
    let made = train(paths, &server.address)?;
    let model = format!(
        "models:/{}/{}",
        text(&made, "/model")?,
        at(&made, "/version")?
    );
    let cli = Cli {
        paths,
        program: binaries.cli.clone(),
        runtime: runtime.into(),
        data_dir: data_dir.into(),
    };
    inspect(&cli, &model)?;
    benchmark(&cli, &model)?;
    gate(&cli, &model)?;
    let endpoint = deploy(&cli, &model)?;
    predict(paths, &server.address, &model, &endpoint)?;
    step(
        "server stopped",
        &format!("cleanly, {} ms after SIGTERM", server.stop()?.as_millis()),
    );
    Ok(())
}

fn example(paths: &Paths, script: &str, address: &str, args: &[&str]) -> Result<Value> {
    let python = python::MLFLOW_3
        .python(paths)
        .to_string_lossy()
        .into_owned();
    let file = paths
        .root
        .join("examples")
        .join(script)
        .to_string_lossy()
        .into_owned();
    let mut run = command(&python, &paths.root, &["-W", "ignore", &file]);
    run.args(args).env("MLFLOW_TRACKING_URI", address);
    let said = stdout_of(run)?;
    let last = said.lines().last().unwrap_or_default();
    serde_json::from_str(last)
        .with_context(|| format!("{script} ended without its JSON line: {last}"))
}

fn train(paths: &Paths, address: &str) -> Result<Value> {
    let made = example(paths, "train_regime.py", address, &[])?;
    let runs = at(&made, "/runs")?.as_array().map_or(0, Vec::len);
    let versions = at(&made, "/versions")?.as_array().map_or(0, Vec::len);
    step(
        "trained",
        &format!(
            "{runs} runs with the plain MLflow client in {} s",
            at(&made, "/seconds")?
        ),
    );
    step(
        "registered",
        &format!(
            "{} v1 to v{versions}, the newest is the best",
            text(&made, "/model")?
        ),
    );
    Ok(made)
}

fn inspect(cli: &Cli<'_>, model: &str) -> Result<()> {
    let (code, report) = cli.json(&["inspect", model])?;
    expect(code, &[0], "inspect", &report)?;
    let nodes = number(&report, "/nodeCount")?;
    let parameters = number(&report, "/parameterCount")?;
    step(
        "inspected",
        &format!(
            "{nodes} nodes, {parameters} parameters, read in {} us without running it",
            number(&report, "/tookUs")?
        ),
    );
    Ok(())
}

fn benchmark(cli: &Cli<'_>, model: &str) -> Result<()> {
    let (code, said) = cli.json(&["bench", model, "--duration", "2s"])?;
    expect(code, &[0], "bench", &said)?;
    let report = at(&said, "/report")?;
    let shown: Vec<String> = at(report, "/percentiles")?
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|p| {
            let bound = p["highMs"]
                .as_f64()
                .map_or_else(String::new, |high| format!(" (<= {high:.4})"));
            Some(format!(
                "{} {:.4} ms{bound}",
                p["label"].as_str()?,
                p["valueMs"].as_f64()?
            ))
        })
        .collect();
    let samples = number(report, "/samples")?;
    step(
        "benchmarked",
        &format!(
            "{}; {samples} samples, {:.0} rows/s",
            shown.join(", "),
            number(report, "/throughputPerS")?
        ),
    );
    Ok(())
}

fn gate(cli: &Cli<'_>, model: &str) -> Result<()> {
    let (code, report) = cli.json(&["gate", model])?;
    expect(code, &[0], "gate", &report)?;
    let checks = at(&report, "/checks")?
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let passed = checks.iter().filter(|c| c["verdict"] == "pass").count();
    step(
        "gates",
        &format!(
            "{} {passed} of {}",
            text(&report, "/verdict")?,
            checks.len()
        ),
    );
    for check in checks {
        let word = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
        step(
            "",
            &format!(
                "{:<13} {}: {} against {}",
                word("verdict"),
                word("title"),
                word("measured"),
                word("limit")
            ),
        );
    }
    Ok(())
}

/// Returns the address on which the new endpoint answers.
fn deploy(cli: &Cli<'_>, model: &str) -> Result<String> {
    let (code, outcome) = cli.json(&["deploy", model, "--reason", "demo tour"])?;
    expect(code, &[0], "deploy", &outcome)?;
    let address = text(&outcome, "/endpoint/address")?.to_owned();
    step(
        "deployed to staging",
        &format!("{} answers at {address}", text(&outcome, "/endpoint/name")?),
    );
    Ok(address)
}

fn predict(paths: &Paths, address: &str, model: &str, endpoint: &str) -> Result<()> {
    let said = example(
        paths,
        "predict_regime.py",
        address,
        &["--model", model, "--endpoint", endpoint],
    )?;
    let difference = number(&said, "/max_abs_difference")?;
    let figure = format!(
        "{} rows over HTTP in {:.1} ms; differs from Python onnxruntime by {difference:.1e} at most",
        at(&said, "/rows")?,
        number(&said, "/took_ms")?
    );
    step("predicted", &figure);
    if difference > 1e-6 {
        bail!("the endpoint and Python onnxruntime differ by {difference:e}, more than 1e-6");
    }
    Ok(())
}

fn expect(code: i32, allowed: &[i32], what: &str, said: &Value) -> Result<()> {
    if allowed.contains(&code) {
        return Ok(());
    }
    bail!("drydock {what} ended with {code}: {said:#}")
}

fn open_window(
    paths: &Paths,
    binaries: &Binaries,
    runtime: &Path,
    data_dir: &Path,
    tour: bool,
    began: Instant,
) -> Result<()> {
    let display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    let has_display = display || !cfg!(target_os = "linux");
    if has_display && !tour {
        step(
            "window",
            &format!(
                "opens on the demo workspace, {} after the start; close it to end",
                seconds(began.elapsed())
            ),
        );
        let mut window = command(
            &binaries.desktop.to_string_lossy(),
            &paths.root,
            &["--data-dir"],
        );
        window.arg(data_dir).env("DRYDOCK_ONNXRUNTIME", runtime);
        let status = window.status()?;
        if !status.success() {
            bail!("the window ended with {status}");
        }
        return Ok(());
    }
    take_pictures(paths, binaries, runtime, data_dir)?;
    step("done", &format!("{} in all", seconds(began.elapsed())));
    Ok(())
}

/// No display: a virtual one, the window driven through WebKitWebDriver, a picture of every tab.
fn take_pictures(
    paths: &Paths,
    binaries: &Binaries,
    runtime: &Path,
    data_dir: &Path,
) -> Result<()> {
    let pictures = paths.target.join("tour");
    fs::create_dir_all(&pictures)?;
    let mut tour = virtual_display(paths, TOUR_LIMIT, &["node", "tour.js"]);
    tour.env("DRYDOCK_DESKTOP", &binaries.desktop)
        .env("DRYDOCK_ONNXRUNTIME", runtime)
        .env("DRYDOCK_DATA_DIR", data_dir)
        .env("DRYDOCK_PICTURES", &pictures);
    // The message bus chatters; only what the tour itself says belongs on the screen.
    quiet(paths, "tour", tour)?;
    let said = fs::read_to_string(paths.target.join("logs/tour.log"))?;
    said.lines()
        .filter(|line| line.starts_with("picture ") || line.starts_with("traffic "))
        .for_each(|line| println!("{line}"));
    Ok(())
}

/// `program` in `tests/e2e`, on a message bus and a screen of its own.
pub fn virtual_display(paths: &Paths, limit: Duration, program: &[&str]) -> std::process::Command {
    virtual_display_with(paths, limit, SCREEN, program)
}

/// As on a desk, the screen outlives its last window: without `-noreset` Xvfb starts over whenever it goes, and for that
/// moment refuses the next one.
pub const SCREEN: &str = "-screen 0 1440x900x24 -noreset";

/// The same with more to say to Xvfb.
pub fn virtual_display_with(
    paths: &Paths,
    limit: Duration,
    screen: &str,
    program: &[&str],
) -> std::process::Command {
    let mut args = vec!["dbus-run-session", "--", "xvfb-run", "-a", "-s", screen];
    args.extend(program);
    let mut command = limited(limit, &paths.e2e(), &args);
    // No screen reader listens here, and looking for one costs time and fills the log.
    command.env("NO_AT_BRIDGE", "1");
    command
}
