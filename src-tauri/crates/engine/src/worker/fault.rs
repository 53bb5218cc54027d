//! From how a worker ended, and what it said last, to an error that a person can act on.

use std::process::ExitStatus;

use super::Limits;
use crate::EngineError;

/// What the runtime, the C++ library and Rust say where memory was refused.
const NO_MEMORY: [&str; 5] = [
    "bad_alloc",
    "Failed to allocate memory",
    "memory allocation of",
    "Cannot allocate memory",
    "bad_array_new_length",
];

/// A failure of a job that the limit on memory caused is told as such.
pub(super) fn told(error: EngineError, limits: &Limits) -> EngineError {
    let (EngineError::Run { reason } | EngineError::Load { reason, .. }) = &error else {
        return error;
    };
    if !is_no_memory(reason) {
        return error;
    }
    EngineError::OutOfMemory {
        limit_bytes: limits.memory_bytes,
        said: asked_for(reason).unwrap_or_else(|| first_line(reason)),
    }
}

/// `Expand asked for 4398046511104 bytes`, out of what the runtime says with its own source lines around it.
fn asked_for(reason: &str) -> Option<String> {
    let word_after = |words: &str| {
        let rest = &reason[reason.rfind(words)? + words.len()..];
        rest.split_whitespace().next()
    };
    let operator = word_after("while running ")?;
    let bytes: u64 = word_after("requested buffer of size ")?.parse().ok()?;
    Some(format!("{operator} asked for {bytes} bytes"))
}

fn is_no_memory(text: &str) -> bool {
    NO_MEMORY.iter().any(|words| text.contains(words))
}

/// Why the worker is gone.
pub(super) fn ended(status: Option<ExitStatus>, said: &str, limits: &Limits) -> EngineError {
    if let Some(line) = said.lines().rev().find(|line| is_no_memory(line)) {
        return EngineError::OutOfMemory {
            limit_bytes: limits.memory_bytes,
            said: first_line(line),
        };
    }
    let said = last_line(said);
    match status.and_then(signal) {
        Some("SIGXFSZ") => EngineError::Sandbox {
            reason: "it tried to write a file, which this job may not".to_owned(),
        },
        Some("SIGXCPU") => EngineError::OutOfTime {
            what: "of processor time".to_owned(),
            limit_s: limits.cpu.as_secs_f64(),
        },
        _ => EngineError::Crashed {
            how: how(status),
            said,
        },
    }
}

fn how(status: Option<ExitStatus>) -> String {
    let Some(status) = status else {
        return "stopped answering".to_owned();
    };
    match (signal(status), status.code()) {
        (Some(signal), _) => format!("was killed by {signal} ({})", meaning(signal)),
        (None, Some(code)) => format!("ended with status {code} before it answered"),
        (None, None) => format!("ended: {status}"),
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<&'static str> {
    use std::os::unix::process::ExitStatusExt as _;
    let name = match status.signal()? {
        libc::SIGHUP => "SIGHUP",
        libc::SIGINT => "SIGINT",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGILL => "SIGILL",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGKILL => "SIGKILL",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGALRM => "SIGALRM",
        libc::SIGTERM => "SIGTERM",
        libc::SIGUSR1 => "SIGUSR1",
        libc::SIGUSR2 => "SIGUSR2",
        libc::SIGXCPU => "SIGXCPU",
        libc::SIGXFSZ => "SIGXFSZ",
        libc::SIGSYS => "SIGSYS",
        _ => "an unusual signal",
    };
    Some(name)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<&'static str> {
    None
}

fn meaning(signal: &str) -> &'static str {
    match signal {
        "SIGSEGV" => "it reached outside its memory, or its stack overflowed",
        "SIGABRT" => "it gave up on itself",
        "SIGBUS" => "a mapped file became shorter, or memory was misaddressed",
        "SIGILL" => "an instruction that this processor does not know",
        "SIGFPE" => "an integer division that has no result",
        "SIGKILL" => "from outside: the system may be short of memory",
        "SIGSYS" => "a system call that is not allowed",
        _ => "from outside",
    }
}

/// Enough to know it by; the whole stands in the log.
const SAID_CHARS_MAX: usize = 300;

fn last_line(said: &str) -> String {
    let telling = |line: &&str| !line.trim().is_empty() && !line.starts_with("note: ");
    let line = said.lines().rev().find(telling);
    first_line(line.unwrap_or_default().trim())
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(SAID_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asked_for_the_memory_is_told() {
        let reason = "Non-zero status code returned while running Expand node. Name:'Expand_y' Status Message: \
            /src/bfc_arena.cc:360 Failed to allocate memory for requested buffer of size 4398046511104";
        let error = EngineError::Run {
            reason: reason.to_owned(),
        };
        assert_eq!(
            told(error, &Limits::default())
                .to_string()
                .split_once('(')
                .and_then(|(_, rest)| rest.split_once(')'))
                .map(|(said, _)| said),
            Some("Expand asked for 4398046511104 bytes")
        );
        let other = EngineError::Run {
            reason: "an index".to_owned(),
        };
        assert!(matches!(
            told(other, &Limits::default()),
            EngineError::Run { .. }
        ));
    }

    #[test]
    fn the_line_that_tells_is_kept_of_what_was_said() {
        let said =
            "\nmemory allocation of 1048576 bytes failed\nnote: run with `RUST_BACKTRACE=1`\n";
        let error = ended(None, said, &Limits::default());
        assert!(
            matches!(&error, EngineError::OutOfMemory { said, .. } if said.starts_with("memory allocation")),
            "{error}"
        );
        let error = ended(None, "a\nb\nnote: c\n", &Limits::default());
        assert!(
            error.to_string().contains("stopped answering (b)"),
            "{error}"
        );
    }
}
