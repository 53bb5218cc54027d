//! Every bomb with what must become of it, and the next job after each.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use engine::job::{RunJob, SampleInputs};
use engine::tensor::Data;
use engine::worker::Use;
use engine::{CancelToken, EngineError, Limits, ModelOptions, Tensor, Workers};
use onnx::fixtures;
use onnx::proto::ModelProto;

use crate::bombs::Bomb;
use crate::{Test, common, models};

pub const TESTS: &[Test] = &[
    ("native bombs cost one job each", native),
    ("models that are bombs cost one job each", of_models),
    ("hostile files are refused in the worker", of_files),
];

/// How long after its limit a bomb may still hold its caller.
const AFTER_LIMIT: Duration = Duration::from_secs(1);

/// What a bomb must become. Words that the error must hold.
#[derive(Debug, Clone, Copy)]
enum Becomes {
    Crash(&'static str),
    Memory,
    Time(&'static str),
    Sandbox(&'static str),
    Cancelled,
    /// An error of the run or of loading that names its cause.
    Error(&'static str),
    /// How far the runtime gets differs between its builds; memory, time or an error of its own.
    Any,
}

impl Becomes {
    fn holds(self, error: &EngineError) -> bool {
        let text = error.to_string();
        let memory = matches!(error, EngineError::OutOfMemory { .. });
        let own = matches!(error, EngineError::Run { .. } | EngineError::Load { .. });
        match self {
            Self::Crash(words) => {
                matches!(error, EngineError::Crashed { .. }) && text.contains(words)
            }
            Self::Memory => memory,
            Self::Time(words) => {
                matches!(error, EngineError::OutOfTime { .. }) && text.contains(words)
            }
            Self::Sandbox(words) => {
                matches!(error, EngineError::Sandbox { .. }) && text.contains(words)
            }
            Self::Cancelled => matches!(error, EngineError::Cancelled),
            Self::Error(words) => own && text.contains(words),
            Self::Any => memory || own || matches!(error, EngineError::OutOfTime { .. }),
        }
    }
}

/// Small, so that nothing here takes long: memory enough to load the runtime.
fn limits() -> Limits {
    Limits {
        memory_bytes: 384 << 20,
        cpu: Duration::from_secs(20),
        wall: Duration::from_secs(6),
        threads_max: 64,
    }
}

fn short() -> Limits {
    Limits {
        wall: Duration::from_millis(400),
        ..limits()
    }
}

/// The next job, after each: a real model, in the worker that is kept.
fn next_job_works(workers: &Workers, after: &str) {
    let job = RunJob {
        path: common::data().join("logreg.onnx"),
        options: quiet(),
        inputs: SampleInputs::Generated { rows: 1, seed: 7 },
    };
    let cancel = CancelToken::default();
    let answer = workers.call(
        &Use::warm("bombs").limits(limits()),
        &job,
        &mut |()| (),
        &cancel,
    );
    assert!(answer.is_ok(), "after {after}: {answer:?}");
}

fn quiet() -> ModelOptions {
    ModelOptions {
        warm_up_runs: 0,
        ..ModelOptions::default()
    }
}

/// Tells what became of it; `false` where that is not what must.
fn judge(
    name: &str,
    becomes: Becomes,
    error: &EngineError,
    took: Duration,
    limit: Duration,
) -> bool {
    let holds = becomes.holds(error) && took < limit + AFTER_LIMIT;
    let wanted = if holds {
        String::new()
    } else {
        format!(" BUT WAS TO BECOME {becomes:?} within {limit:?} and {AFTER_LIMIT:?}")
    };
    println!("  {name:<28} {:>5} ms  {error}{wanted}", took.as_millis());
    holds
}

// A table.
#[allow(clippy::too_many_lines)]
fn native(workers: &Workers) {
    let mut all = true;
    let elsewhere = tempfile::tempdir().unwrap();
    let secret = elsewhere.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let linux = cfg!(target_os = "linux");
    let frame = |kind: u8, length: u64| [&[kind][..], &length.to_le_bytes()].concat();
    let mut table: Vec<(&str, Bomb, Limits, Becomes)> = Vec::new();
    for (name, signal) in [
        ("SIGSEGV", libc::SIGSEGV),
        ("SIGABRT", libc::SIGABRT),
        ("SIGILL", libc::SIGILL),
        ("SIGBUS", libc::SIGBUS),
        ("SIGKILL", libc::SIGKILL),
        ("SIGFPE", libc::SIGFPE),
        ("SIGTRAP", libc::SIGTRAP),
        ("SIGTERM", libc::SIGTERM),
    ] {
        table.push((name, Bomb::Signal(signal), limits(), Becomes::Crash(name)));
    }
    let wall = Becomes::Time("0.4 s on the clock");
    table.extend([
        (
            "null pointer",
            Bomb::NullPointer,
            limits(),
            Becomes::Crash("SIGSEGV"),
        ),
        (
            "stack overflow",
            Bomb::StackOverflow,
            limits(),
            Becomes::Crash("overflow"),
        ),
        ("abort", Bomb::Abort, limits(), Becomes::Crash("SIGABRT")),
        (
            "exit 0 without an answer",
            Bomb::Exit(0),
            limits(),
            Becomes::Crash("status 0"),
        ),
        (
            "exit 7",
            Bomb::Exit(7),
            limits(),
            Becomes::Crash("status 7"),
        ),
        ("panic", Bomb::Panic, limits(), Becomes::Error("a bomb")),
        ("spinning", Bomb::Spin, short(), wall),
        ("sleeping", Bomb::Sleep, short(), wall),
        ("stopped by a signal", Bomb::Stop, short(), wall),
        ("flood of output", Bomb::FloodOutput, short(), wall),
        ("flood of progress", Bomb::FloodProgress, short(), wall),
        (
            "garbage",
            Bomb::Garbage(b"hello, world".to_vec()),
            limits(),
            Becomes::Crash("begins no frame"),
        ),
        (
            "a frame of exabytes",
            Bomb::Garbage(frame(6, 1 << 60)),
            limits(),
            Becomes::Crash("are the most"),
        ),
        (
            "a frame out of turn",
            Bomb::Garbage(frame(2, 0)),
            limits(),
            Becomes::Crash("Ready"),
        ),
        (
            "an error that is none",
            Bomb::Garbage(frame(7, 0)),
            limits(),
            Becomes::Error("cannot be read"),
        ),
        (
            "one large allocation",
            Bomb::OneLargeAllocation,
            limits(),
            Becomes::Memory,
        ),
        (
            "many allocations",
            Bomb::ManyAllocations,
            limits(),
            Becomes::Memory,
        ),
        (
            "a child left behind",
            Bomb::LeaveChild,
            limits(),
            Becomes::Crash("status 9"),
        ),
    ]);
    let spinning = Limits {
        cpu: Duration::from_millis(300),
        ..limits()
    };
    table.push((
        "processor time",
        Bomb::Spin,
        spinning,
        Becomes::Time("0.3 s of processor time"),
    ));
    if linux {
        let denied = Becomes::Error("denied");
        table.extend([
            (
                "shared memory",
                Bomb::SharedMemory,
                limits(),
                Becomes::Memory,
            ),
            (
                "ten thousand threads",
                Bomb::Threads,
                limits(),
                Becomes::Sandbox("threads"),
            ),
            (
                "closed pipes",
                Bomb::ClosePipes,
                limits(),
                Becomes::Crash("stopped answering"),
            ),
            (
                "writing a file",
                Bomb::WriteFile(elsewhere.path().join("new")),
                limits(),
                denied,
            ),
            ("reading a file", Bomb::ReadFile(secret), limits(), denied),
            ("starting a program", Bomb::StartProgram, limits(), denied),
            ("connecting", Bomb::Connect, limits(), denied),
            (
                "signalling the app",
                Bomb::SignalCaller,
                limits(),
                Becomes::Error("not permitted"),
            ),
        ]);
    }
    println!("  {} native bombs", table.len() + 1);
    for (name, bomb, limits, becomes) in table {
        let began = Instant::now();
        let cancel = CancelToken::default();
        let purpose = Use::warm("bombs").limits(limits);
        let error = workers
            .call(&purpose, &bomb, &mut |_| (), &cancel)
            .unwrap_err();
        all &= judge(name, becomes, &error, began.elapsed(), limits.wall);
        next_job_works(workers, name);
    }
    let (error, took) = cancelled(workers, &Bomb::Sleep);
    all &= judge(
        "sleeping through a cancel",
        Becomes::Cancelled,
        &error,
        took,
        Duration::ZERO,
    );
    next_job_works(workers, "a cancel");
    assert!(all, "not all became what they must");
}

/// The error, and how long after the cancel it came.
fn cancelled<J>(workers: &Workers, job: &J) -> (EngineError, Duration)
where
    J: engine::job::Job,
    J::Answer: std::fmt::Debug,
{
    let cancel = CancelToken::default();
    let later = cancel.clone();
    let asked = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        let at = Instant::now();
        later.cancel();
        at
    });
    let purpose = Use::warm("bombs").limits(limits());
    let error = workers
        .call(&purpose, job, &mut |_| (), &cancel)
        .unwrap_err();
    (error, asked.join().unwrap().elapsed())
}

fn run_of(path: PathBuf, model: Option<&ModelProto>) -> RunJob {
    let inputs = match model {
        // Ones, so that a shape that is computed from them is what the fixture says.
        Some(model) => SampleInputs::Given {
            inputs: vec![("x".to_owned(), one_of(model))],
            label: String::new(),
        },
        None => SampleInputs::Generated { rows: 1, seed: 7 },
    };
    RunJob {
        path,
        options: quiet(),
        inputs,
    }
}

fn one_of(model: &ModelProto) -> Tensor {
    use onnx::proto::tensor_proto::DataType;
    use onnx::proto::type_proto::Value;
    let kind = model.graph.as_ref().unwrap().input[0]
        .r#type
        .as_ref()
        .unwrap();
    let Some(Value::TensorType(tensor)) = &kind.value else {
        panic!("a tensor")
    };
    let data = match DataType::try_from(tensor.elem_type.unwrap()).unwrap() {
        DataType::Int64 => Data::Int64(vec![1]),
        DataType::String => Data::String(vec!["abcdefgh".to_owned()]),
        _ => Data::Float32(vec![1.0]),
    };
    Tensor::new(vec![1], data).unwrap()
}

// A table.
#[allow(clippy::too_many_lines)]
fn of_models(workers: &Workers) {
    let mut all = true;
    let exception = if cfg!(target_arch = "x86_64") {
        Becomes::Crash("SIGFPE")
    } else {
        Becomes::Any
    };
    let wall = Becomes::Time("0.4 s on the clock");
    let table = [
        ("Expand", models::expand(), limits(), Becomes::Memory),
        (
            "Tile",
            models::tile(),
            limits(),
            Becomes::Error("would require more"),
        ),
        ("Pad", models::pad(), limits(), Becomes::Memory),
        (
            "ConstantOfShape",
            models::constant_of_shape(),
            limits(),
            Becomes::Memory,
        ),
        (
            "folded while loading",
            models::folded(),
            limits(),
            Becomes::Memory,
        ),
        ("Range", models::range(), limits(), Becomes::Memory),
        ("Resize", models::resize(), limits(), Becomes::Any),
        ("OneHot", models::one_hot(), limits(), Becomes::Memory),
        (
            "a column times a row",
            models::outer_product(),
            limits(),
            Becomes::Memory,
        ),
        ("doubling", models::doubling(60), limits(), Becomes::Memory),
        (
            "doubling strings",
            models::doubling_strings(),
            limits(),
            Becomes::Memory,
        ),
        (
            "a growing loop",
            models::growing(),
            limits(),
            Becomes::Memory,
        ),
        ("an endless loop", models::endless(), short(), wall),
        ("loops in loops", models::loops_in_loops(8), short(), wall),
        (
            "the least integer by -1",
            models::divide_overflow(),
            limits(),
            exception,
        ),
        (
            "Div by zero",
            models::divide_by_zero("Div"),
            limits(),
            Becomes::Error("by zero"),
        ),
        (
            "Mod by zero",
            models::divide_by_zero("Mod"),
            limits(),
            Becomes::Error("by zero"),
        ),
        (
            "a function that calls itself",
            models::recursion(),
            limits(),
            Becomes::Any,
        ),
        (
            "nodes in a circle",
            models::circle(),
            limits(),
            Becomes::Any,
        ),
        (
            "an index far beyond",
            models::index_beyond(),
            limits(),
            Becomes::Error("out of data bounds"),
        ),
        (
            "a shape that cannot be",
            models::unreal_shape(),
            limits(),
            Becomes::Error("eshape"),
        ),
        (
            "more than 64 bits count",
            models::overflowing(),
            limits(),
            Becomes::Any,
        ),
    ];
    println!("  {} models", table.len() + 1);
    for (name, model, limits, becomes) in table {
        let (_folder, path) = common::saved(&model);
        let began = Instant::now();
        let job = run_of(path, Some(&model));
        let purpose = Use::warm("bombs").limits(limits);
        let answer = workers.call(&purpose, &job, &mut |()| (), &CancelToken::default());
        let error = answer.expect_err(name);
        all &= judge(name, becomes, &error, began.elapsed(), limits.wall);
        next_job_works(workers, name);
    }
    let (_folder, path) = common::saved(&models::endless());
    let (error, took) = cancelled(workers, &run_of(path, Some(&models::endless())));
    all &= judge(
        "an endless loop, cancelled",
        Becomes::Cancelled,
        &error,
        took,
        Duration::ZERO,
    );
    next_job_works(workers, "a cancelled loop");
    assert!(all, "not all became what they must");
}

/// Among them the runtime's markers for memory addresses, and external data out of the model's folder.
fn of_files(workers: &Workers) {
    let folder = tempfile::tempdir().unwrap();
    let mut hostile = fixtures::write_hostile(folder.path()).unwrap();
    hostile.retain(|file| file.path != Path::new(""));
    assert_eq!(hostile.len(), fixtures::HOSTILE_COUNT);
    for file in hostile {
        let purpose = Use::warm("bombs").limits(limits());
        let job = run_of(file.path.clone(), None);
        let error = workers
            .call(&purpose, &job, &mut |()| (), &CancelToken::default())
            .unwrap_err();
        assert!(
            matches!(error, EngineError::Model(_)),
            "{}: {error}",
            file.path.display()
        );
        assert!(
            error.to_string().contains(file.expect),
            "{}: {error}",
            file.path.display()
        );
    }
    next_job_works(workers, "hostile files");
}
