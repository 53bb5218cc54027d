//! `drydock`: the headless shell. The same services as the window, for terminals, scripts and CI.
//!
//! Results go to stdout (`--json` for machines), progress and errors to stderr. Exit codes: 0 pass, 1 fail,
//! 2 inconclusive, 3 wrong use or an I/O error.

mod args;
mod commands;
mod out;
mod words;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use crate::args::{Cli, Command};
use crate::out::Exit;

fn main() -> ExitCode {
    // Before anything else begins: a worker runs one model after the other, for the process that started it.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == engine::worker::ARGUMENT)
    {
        return engine::worker::serve(engine::job::list());
    }
    services::memory::give_back_early();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 3 } else { 0 });
        }
    };
    log_to_stderr(&cli.command);
    // Inspection needs no runtime: reading a file must not pay for threads.
    if let Command::Inspect(inspect) = &cli.command
        && let Some(path) = inspect.local_file()
    {
        return out::finish(commands::inspect::file(&path, cli.json), cli.json);
    }
    if let Command::Conformance(cases) = &cli.command {
        return out::finish(commands::conformance::run(cases, cli.json), cli.json);
    }
    if let Command::Diff(diff) = &cli.command
        && let Some((left, right)) = diff.local_files()
    {
        return out::finish(commands::diff::files(&left, &right, cli.json), cli.json);
    }
    // An account without a home folder has chosen nothing.
    if let Ok(file) = services::runtime::RuntimeFile::of_this_user() {
        file.apply();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return out::finish(Err(error.into()), cli.json),
    };
    let result: anyhow::Result<Exit> = runtime.block_on(commands::run(&cli));
    let code = out::finish(result, cli.json);
    runtime.shutdown_background();
    code
}

/// Servers tell what they do; commands only what went wrong.
fn log_to_stderr(command: &Command) {
    let serves = matches!(command, Command::Server(_) | Command::Serve(_));
    let usual = if serves {
        "warn,services=info,http=info"
    } else {
        "warn"
    };
    let filter = EnvFilter::try_from_env("DRYDOCK_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
