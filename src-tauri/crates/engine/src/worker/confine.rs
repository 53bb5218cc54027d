//! What a worker takes from itself before it reads a model. It can only ever take more, never give back.

use std::fs::File;
use std::io;

use serde::{Deserialize, Serialize};

use super::wire::Hello;

#[cfg(target_os = "linux")]
mod landlocked;

/// One protection: whether it is on in this process, and what it means or why it is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Protection {
    pub name: String,
    pub on: bool,
    pub detail: String,
}

fn protection(name: &str, done: Result<String, String>) -> Protection {
    Protection {
        name: name.to_owned(),
        on: done.is_ok(),
        detail: done.unwrap_or_else(|reason| reason),
    }
}

/// The pipes to the caller, as files that nothing else knows. What native code prints goes to standard error instead; all
/// else that was inherited is closed.
#[cfg(unix)]
pub(super) fn pipes() -> io::Result<(File, File)> {
    use rustix::io::fcntl_dupfd_cloexec;
    use rustix::stdio;
    close_inherited();
    let from = fcntl_dupfd_cloexec(stdio::stdin(), 3)?;
    let to = fcntl_dupfd_cloexec(stdio::stdout(), 3)?;
    stdio::dup2_stdin(File::open("/dev/null")?)?;
    stdio::dup2_stdout(stdio::stderr())?;
    Ok((from.into(), to.into()))
}

#[cfg(windows)]
pub(super) fn pipes() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle as _;
    let from = io::stdin().as_handle().try_clone_to_owned()?;
    let to = io::stdout().as_handle().try_clone_to_owned()?;
    Ok((from.into(), to.into()))
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn close_inherited() {
    // SAFETY: closes descriptors that this process has not opened: it is the first thing that a worker does, and no Rust
    // value owns one beyond standard error yet. An older kernel refuses the call, and they stay open.
    let _ = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
}

#[cfg(all(unix, not(target_os = "linux")))]
fn close_inherited() {}

/// Takes everything that a job does not need.
#[cfg(target_os = "linux")]
pub(super) fn confine(hello: &Hello) -> Vec<Protection> {
    use rustix::process::{DumpableBehavior, Signal};
    use rustix::process::{getppid, set_dumpable_behavior, set_parent_process_death_signal};
    let mut all = limits(hello);
    let alone = set_parent_process_death_signal(Some(Signal::KILL));
    // The caller may have ended before that.
    if getppid().is_none_or(|parent| parent.as_raw_nonzero().get().cast_unsigned() != hello.caller)
    {
        std::process::exit(0);
    }
    all.push(protection(
        "dies with the app",
        alone
            .map(|()| "PR_SET_PDEATHSIG".to_owned())
            .map_err(|error| error.to_string()),
    ));
    all.push(protection(
        "memory hidden from other processes",
        set_dumpable_behavior(DumpableBehavior::NotDumpable)
            .map(|()| "PR_SET_DUMPABLE 0, no core files".to_owned())
            .map_err(|error| error.to_string()),
    ));
    all.push(protection("landlock", landlocked::restrict(hello)));
    all
}

#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn confine(hello: &Hello) -> Vec<Protection> {
    let mut all = limits(hello);
    all.push(protection("landlock", Err("only on Linux".to_owned())));
    all
}

#[cfg(not(unix))]
pub(super) fn confine(_: &Hello) -> Vec<Protection> {
    vec![
        protection("memory limit", Err("not on this system".to_owned())),
        protection("landlock", Err("only on Linux".to_owned())),
    ]
}

/// What the kernel holds this process to.
#[cfg(unix)]
fn limits(hello: &Hello) -> Vec<Protection> {
    use rustix::process::Resource;
    let memory = if hello.gpu {
        Err(
            "left to the watch on resident memory: graphics drivers reserve more than they use"
                .to_owned(),
        )
    } else {
        limit(Resource::Data, hello.limits.memory_bytes)
            .map(|()| format!("RLIMIT_DATA {} MiB", hello.limits.memory_bytes >> 20))
    };
    let files = if hello.gpu {
        // A driver makes files in shared memory, and the limit would end the process for it.
        Err("left to landlock: graphics drivers keep files in shared memory".to_owned())
    } else if hello.writes.is_empty() {
        limit(Resource::Fsize, 0).map(|()| "no file may grow".to_owned())
    } else {
        Err("this job writes files".to_owned())
    };
    let core = limit(Resource::Core, 0).map(|()| "RLIMIT_CORE 0".to_owned());
    vec![
        protection("memory limit", memory),
        protection("no writing", files),
        protection("no core files", core),
    ]
}

#[cfg(unix)]
fn limit(resource: rustix::process::Resource, value: u64) -> Result<(), String> {
    let value = Some(value);
    let limit = rustix::process::Rlimit {
        current: value,
        maximum: value,
    };
    rustix::process::setrlimit(resource, limit).map_err(|error| error.to_string())
}

/// `seconds` as eight bytes. The kernel ends a job that uses far more processor time than it may, even where its caller is held up; the caller
/// counts more finely.
#[cfg(unix)]
pub(super) fn grant_cpu(seconds: &[u8]) {
    use rustix::process::{Resource, Rlimit};
    let seconds = u64::from_le_bytes(seconds.try_into().unwrap_or([0xff; 8]));
    let used_s = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).tv_sec;
    let granted = Rlimit {
        current: Some(seconds.saturating_add(used_s.cast_unsigned() + 2)),
        maximum: None,
    };
    let _ = rustix::process::setrlimit(Resource::Cpu, granted);
}

#[cfg(not(unix))]
pub(super) fn grant_cpu(_: &[u8]) {}
