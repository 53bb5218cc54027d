//! How much memory this process has, as the system tells it. In a worker process, which does nothing else, these are the
//! figures of a model; in a busy process they are not.

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

/// Resident memory, bytes; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ProcessMemory {
    #[specta(type = Option<Number>)]
    pub resident_bytes: Option<u64>,
    /// The most that it had since it began, or since [`forget_peak`].
    #[specta(type = Option<Number>)]
    pub peak_bytes: Option<u64>,
}

/// Reads `VmRSS` and `VmHWM` of `/proc/self/status`; elsewhere than on Linux nothing is told.
#[must_use]
pub fn now() -> ProcessMemory {
    std::fs::read_to_string("/proc/self/status")
        .map(|text| of_status(&text))
        .unwrap_or_default()
}

/// Lets the peak begin anew from what is resident now, where the kernel allows it (5 in `/proc/self/clear_refs`).
pub fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn of_status(text: &str) -> ProcessMemory {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        kib.checked_mul(1024)
    };
    ProcessMemory {
        resident_bytes: field("VmRSS:"),
        peak_bytes: field("VmHWM:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_a_process_is_read() {
        let text = "Name:\tdrydock\nVmPeak:\t  900 kB\nVmHWM:\t    512 kB\nVmRSS:\t    384 kB\n";
        let read = of_status(text);
        assert_eq!(
            (read.resident_bytes, read.peak_bytes),
            (Some(384 * 1024), Some(512 * 1024))
        );
        assert_eq!(of_status("VmRSS:\tmany kB\n"), ProcessMemory::default());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_this_process_takes_is_seen() {
        let before = now().resident_bytes.unwrap_or(0);
        let block = vec![1_u8; 64 << 20];
        let after = now().resident_bytes.unwrap_or(0);
        assert!(
            after - before > 60 << 20,
            "{before} to {after} with {} bytes more",
            block.len()
        );
    }
}
