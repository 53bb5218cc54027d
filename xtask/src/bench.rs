//! `cargo xtask bench`: measurements of a release build, one JSON file each under `target/bench/`.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::build::{self, Binaries};
use crate::run::{SCREEN, virtual_display_with};
use crate::tools::{Paths, limited, stdout_of, step};
use crate::{node, onnxruntime, python, s3, setup};

#[derive(Args)]
pub struct BenchArgs {
    /// Only these measurements: artifacts, inspect, layout, parity, tracking, growth, three-servers, overhead, window
    measurements: Vec<String>,
    /// A tenth of the data, for a look; the sizes stand in the result
    #[arg(long)]
    quick: bool,
}

/// The peers need most of it.
const LIMIT: Duration = Duration::from_secs(90 * 60);

/// Name, script under tests/bench/, and whether it needs a screen.
const MEASUREMENTS: &[(&str, &str, bool)] = &[
    ("artifacts", "artifacts.py", false),
    ("inspect", "inspect_large.py", false),
    ("layout", "layout.py", false),
    ("parity", "parity.py", false),
    ("tracking", "tracking.py", false),
    ("growth", "growth.py", false),
    ("three-servers", "three_servers.py", false),
    ("overhead", "overhead.py", false),
    ("window", "window_start.py", true),
];

pub fn bench(paths: &Paths, args: &BenchArgs) -> Result<()> {
    if let Some(unknown) = args
        .measurements
        .iter()
        .find(|m| !MEASUREMENTS.iter().any(|(name, ..)| name == m))
    {
        let names: Vec<_> = MEASUREMENTS.iter().map(|(name, ..)| *name).collect();
        bail!(
            "no measurement is called {unknown}; there are {}",
            names.join(", ")
        );
    }
    let chosen: Vec<_> = MEASUREMENTS
        .iter()
        .filter(|(name, ..)| {
            args.measurements.is_empty() || args.measurements.iter().any(|m| m == name)
        })
        .collect();
    let window = chosen.iter().any(|(.., on_screen)| *on_screen);
    let mut built = None;
    setup::ensure(paths, setup::Needs::Tour, || {
        built = Some(build::measured(paths, window)?);
        Ok(())
    })?;
    let binaries = built.context("nothing was built")?;
    python::PEERS.ensure(paths)?;
    s3::ensure_minio(paths)?;
    if chosen.iter().any(|(name, ..)| *name == "layout") {
        node::ensure(paths, &paths.root.join("tests/bench/layout"), "layout")?;
    }
    fs::create_dir_all(paths.target.join("bench"))?;
    for (name, script, on_screen) in chosen {
        measure(paths, &binaries, name, script, *on_screen, args.quick)?;
    }
    Ok(())
}

fn measure(
    paths: &Paths,
    binaries: &Binaries,
    name: &str,
    script: &str,
    on_screen: bool,
    quick: bool,
) -> Result<()> {
    let python = python::MLFLOW_3
        .python(paths)
        .to_string_lossy()
        .into_owned();
    let script = paths
        .root
        .join("tests/bench")
        .join(script)
        .to_string_lossy()
        .into_owned();
    let program = [python.as_str(), "-W", "ignore", &script];
    // The screen's memory lies in a file, so that reading it costs next to nothing.
    let frames = paths.target.join("bench/screen");
    fs::create_dir_all(&frames)?;
    let screen = format!("{SCREEN} -fbdir {}", frames.display());
    let mut run: Command = if on_screen {
        virtual_display_with(paths, LIMIT, &screen, &program)
    } else {
        limited(LIMIT, &paths.root, &program)
    };
    run.env("DRYDOCK_CLI", &binaries.cli)
        .env("DRYDOCK_DESKTOP", &binaries.desktop)
        .env("DRYDOCK_LOAD", &binaries.load)
        .env("DRYDOCK_MAKE_MODEL", &binaries.make_model)
        .env("DRYDOCK_OVERHEAD", &binaries.overhead)
        .env("DRYDOCK_BENCH_VENV", python::PEERS.folder(paths))
        .env("DRYDOCK_BENCH_QUICK", if quick { "1" } else { "0" })
        .env("DRYDOCK_ONNXRUNTIME", onnxruntime::library(paths)?)
        .env("DRYDOCK_MINIO", s3::minio(paths))
        .env("DRYDOCK_SCREEN", frames.join("Xvfb_screen0"))
        .env("DRYDOCK_BENCH_DIR", paths.target.join("bench"));
    let said = stdout_of(run)?;
    let last = said.lines().last().unwrap_or_default();
    let result: Value = serde_json::from_str(last)
        .with_context(|| format!("{name} ended without its JSON line: {last}"))?;
    let file = paths.target.join("bench").join(format!("{name}.json"));
    fs::write(&file, serde_json::to_vec_pretty(&result)?)?;
    for (key, value) in result.as_object().into_iter().flatten() {
        step(&format!("{name} {key}"), &value.to_string());
    }
    step("written", &file.display().to_string());
    Ok(())
}
