//! What a process uses, by the system's account.

use std::time::Duration;

/// Of one process, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Used {
    /// Resident pages that are its own: mapped files are the system's to drop.
    pub memory_bytes: u64,
    pub cpu: Duration,
    pub threads: u32,
}

impl Used {
    #[cfg(target_os = "linux")]
    pub(super) fn of(pid: u32) -> Option<Self> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Self::parse(&status, &stat)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(pid: u32) -> Option<Self> {
        use sysinfo::{Pid, ProcessesToUpdate, System};
        let pid = Pid::from_u32(pid);
        let mut system = System::new();
        system.refresh_processes(ProcessesToUpdate::Some(&[pid]), false);
        let process = system.process(pid)?;
        Some(Self {
            memory_bytes: process.memory(),
            cpu: Duration::from_millis(process.accumulated_cpu_time()),
            threads: 0,
        })
    }

    /// `proc_pid_status(5)` and `proc_pid_stat(5)`.
    #[cfg(target_os = "linux")]
    fn parse(status: &str, stat: &str) -> Option<Self> {
        let number = |name: &str| -> Option<u64> {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line[name.len()..].split_whitespace().next()?.parse().ok()
        };
        // The name of the program comes in parentheses and may hold anything.
        let after_name = stat.rsplit_once(')')?.1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks: u64 =
            fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        let a_second = rustix::param::clock_ticks_per_second().max(1);
        Some(Self {
            memory_bytes: (number("RssAnon:")? + number("RssShmem:")?) << 10,
            cpu: Duration::from_millis(ticks * 1000 / a_second),
            threads: u32::try_from(number("Threads:")?).ok()?,
        })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn this_process_is_seen() {
        let before = Used::of(std::process::id()).unwrap();
        assert!(
            before.memory_bytes > 1 << 20 && before.threads >= 1,
            "{before:?}"
        );
        let filled = vec![1_u8; 64 << 20];
        let after = Used::of(std::process::id()).unwrap();
        assert!(
            after.memory_bytes >= before.memory_bytes + (32 << 20),
            "{after:?}"
        );
        assert_eq!(filled[filled.len() - 1], 1);
        assert_eq!(Used::of(u32::MAX), None);
    }

    #[test]
    fn the_fields_are_those_of_the_manual() {
        let status = "Name:\ta) b\nRssAnon:\t    2048 kB\nRssFile:\t 99 kB\nRssShmem:\t       4 kB\nThreads:\t7\n";
        let stat = "42 (a) b) S 1 42 42 0 -1 4194560 500 0 0 0 150 50 0 0 20 0 7 0 100 1000 10";
        let used = Used::parse(status, stat).unwrap();
        assert_eq!((used.memory_bytes, used.threads), (2052 << 10, 7));
        let a_second = rustix::param::clock_ticks_per_second();
        assert_eq!(used.cpu, Duration::from_millis(200_000 / a_second));
    }
}
