//! The worker's side: confined first, then one job after the other until the caller is gone.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::frame::{self, Kind};
use super::wire::{Failure, Hello, Ready};
use super::{confine, fault};
use crate::job::{Bench, Handler};
use crate::job::{pack, unpack};
use crate::{CancelToken, EngineError};

/// What a program is started with to be a worker.
pub const ARGUMENT: &str = "worker";
/// A tensor may fill the memory that a worker may use; the caller is trusted with it.
const REQUEST_BYTES_MAX: u64 = u64::MAX;
/// Graphs in graphs are walked by recursion, also in the runtime.
const STACK_BYTES: usize = 64 << 20;

/// Serves the caller at the other end of standard input and output. Nothing else of the program may have begun.
#[must_use]
pub fn serve(jobs: Vec<Handler>) -> ExitCode {
    match serve_pipes(jobs) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // To whoever started this by hand; a caller reads it from there too.
            eprintln!(
                "a worker is started by Drydock, which speaks to it through its standard input: {error}"
            );
            ExitCode::from(3)
        }
    }
}

fn serve_pipes(jobs: Vec<Handler>) -> io::Result<()> {
    let (mut from, to) = confine::pipes()?;
    let hello = match frame::read(&mut from, REQUEST_BYTES_MAX)? {
        Some((Kind::Hello, bytes)) => unpack::<Hello>(&bytes).map_err(io::Error::other)?,
        _ => return Err(io::Error::other("it was not greeted")),
    };
    let ready = Ready {
        protections: confine::confine(&hello),
    };
    let out = Out(Arc::new(Mutex::new(to)));
    out.write(Kind::Ready, &[&pack(&ready).map_err(io::Error::other)?])?;
    let (calls, waiting) = channel::<(Vec<u8>, CancelToken)>();
    std::thread::Builder::new()
        .name("job".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || work(&jobs, &hello, &waiting, &out))?;
    let mut cancel = CancelToken::default();
    while let Some((kind, content)) = frame::read(&mut from, REQUEST_BYTES_MAX)? {
        match kind {
            Kind::Call => {
                cancel = CancelToken::default();
                if calls.send((content, cancel.clone())).is_err() {
                    return Err(io::Error::other("the thread that works has ended"));
                }
            }
            Kind::Cancel => cancel.cancel(),
            _ => return Err(io::Error::other("a frame that is not for a worker")),
        }
    }
    // The caller is gone. A job under way would hold the process up, for nobody.
    std::process::exit(0)
}

#[derive(Clone)]
struct Out(Arc<Mutex<File>>);

impl Out {
    fn write(&self, kind: Kind, parts: &[&[u8]]) -> io::Result<()> {
        let mut to = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        frame::write(&mut *to, kind, parts)
    }
}

fn work(jobs: &[Handler], hello: &Hello, waiting: &Receiver<(Vec<u8>, CancelToken)>, out: &Out) {
    let mut bench = Bench::new(Some(hello.library.clone()));
    while let Ok((call, cancel)) = waiting.recv() {
        let (cpu_s, call) = call.split_at(8.min(call.len()));
        confine::grant_cpu(cpu_s);
        let answer = catch_unwind(AssertUnwindSafe(|| {
            one(jobs, call, &mut bench, out, &cancel)
        }));
        let answer = answer.unwrap_or_else(|panic| Err(panicked(panic.as_ref())));
        let sent = match answer {
            Ok(answer) => out.write(Kind::Answer, &[&answer]),
            Err(error) => {
                let failure = Failure::from(fault::told(error, &hello.limits));
                let packed = pack(&failure).unwrap_or_default();
                out.write(Kind::Failed, &[&packed])
            }
        };
        if sent.is_err() {
            std::process::exit(0);
        }
    }
}

fn one(
    jobs: &[Handler],
    call: &[u8],
    bench: &mut Bench,
    out: &Out,
    cancel: &CancelToken,
) -> Result<Vec<u8>, EngineError> {
    let end = call.iter().position(|byte| *byte == 0);
    let (name, request) = call.split_at(end.unwrap_or(call.len()));
    let job = jobs.iter().find(|job| job.name.as_bytes() == name);
    let job = job.ok_or_else(|| {
        EngineError::run(format!(
            "this worker knows no job '{}'; it is of another version",
            String::from_utf8_lossy(name)
        ))
    })?;
    let mut tell = |step: Vec<u8>| drop(out.write(Kind::Progress, &[&step]));
    job.run(
        request.get(1..).unwrap_or_default(),
        bench,
        &mut tell,
        cancel,
    )
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> EngineError {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    EngineError::run(format!(
        "the job gave up: {}",
        text.unwrap_or("no reason given")
    ))
}
