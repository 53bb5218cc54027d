//! Worker processes, really started: this test's own executable is the worker, as the app's is.
//!
//! Without the usual harness, whose output would stand in the pipe.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod basics;
mod bombs;
#[path = "../common/mod.rs"]
mod common;
mod measured;
mod models;
mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use engine::job::{self, handler};
use engine::worker::{ARGUMENT, Program, serve};
use engine::{Runtime, Workers};

/// A name and what must hold.
pub type Test = (&'static str, fn(&Workers));

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == ARGUMENT) {
        let mut jobs = job::list();
        jobs.push(handler::<bombs::Bomb>());
        return serve(jobs);
    }
    if let Err(error) = Runtime::locate(None) {
        println!("skipped: {error}");
        println!("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        return ExitCode::SUCCESS;
    }
    let filter = arguments.iter().find(|word| !word.starts_with('-'));
    let tests = [basics::TESTS, measured::TESTS, table::TESTS].concat();
    let wanted = |name: &str| filter.is_none_or(|filter| name.contains(filter.as_str()));
    let mut failed = 0;
    let mut passed = 0;
    for (name, test) in tests.into_iter().filter(|(name, _)| wanted(name)) {
        let began = Instant::now();
        let workers = Workers::new(Program::this());
        let held = catch_unwind(AssertUnwindSafe(|| test(&workers))).is_ok();
        let word = if held { "ok" } else { "FAILED" };
        println!(
            "test {name} ... {word} ({:.2} s)",
            began.elapsed().as_secs_f64()
        );
        if held { passed += 1 } else { failed += 1 }
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out"
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
