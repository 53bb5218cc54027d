//! The one tool that sets up, runs, tests, measures and packs Drydock: `cargo xtask run | test | bench | bundle | doctor`.
//!
//! It only starts other programs (cargo, npm, pip, apt-get), each under its ordinary name, and says what they did.
#![allow(clippy::print_stdout)] // its output is its job

mod apt;
mod bench;
mod build;
mod bundle;
mod count;
mod demo;
mod doctor;
mod node;
mod onnxruntime;
mod python;
mod run;
mod s3;
mod setup;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Set up, run, test, measure and pack Drydock"
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build, train a real model, take it to a staging endpoint, then open the window on it
    Run(run::RunArgs),
    /// Everything that must hold before a change is merged, with one summary at the end
    Test(test::TestArgs),
    /// Measurements, written as JSON under target/bench/
    Bench(bench::BenchArgs),
    /// A release build and its .deb, with ONNX Runtime inside
    Bundle,
    /// Which tools are here, in which version, and what is missing
    Doctor,
}

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // In order with what was printed before it; without a backtrace: these are other programs' failures.
            println!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<()> {
    let args = Args::parse();
    let paths = tools::Paths::find()?;
    match args.command {
        Command::Run(args) => run::run(&paths, &args),
        Command::Test(args) => test::test(&paths, &args),
        Command::Bench(args) => bench::bench(&paths, &args),
        Command::Bundle => bundle::bundle(&paths),
        Command::Doctor => doctor::doctor(&paths),
    }
}
