//! The machine that a figure was measured on. Figures of two different machines are not compared in silence.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use specta_typescript::Number;
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Fingerprint {
    /// The processor's own name.
    pub cpu: String,
    /// Logical cores.
    pub cores: u32,
    #[specta(type = Number)]
    pub memory_bytes: u64,
    pub os: String,
    /// The frequency governor of the first core, where the system tells: `powersave` measures slower than `performance`.
    pub governor: Option<String>,
    pub runtime_version: Option<String>,
    /// The first 16 hex digits of SHA-256 over all of the above.
    pub digest: String,
}

/// What this machine calls itself on the network.
#[must_use]
pub fn host_name() -> String {
    System::host_name().unwrap_or_else(|| "this machine".to_owned())
}

/// Reads the machine. Takes a few milliseconds.
#[must_use]
pub fn collect(runtime_version: Option<&str>) -> Fingerprint {
    let wanted = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(wanted);
    let cpu = system.cpus().first().map_or("", |cpu| cpu.brand()).trim();
    let fingerprint = Fingerprint {
        cpu: if cpu.is_empty() {
            System::cpu_arch()
        } else {
            cpu.to_owned()
        },
        cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
        memory_bytes: system.total_memory(),
        os: System::long_os_version().unwrap_or_else(|| std::env::consts::OS.to_owned()),
        governor: governor(),
        runtime_version: runtime_version.map(str::to_owned),
        digest: String::new(),
    };
    Fingerprint {
        digest: digest(&fingerprint),
        ..fingerprint
    }
}

fn governor() -> Option<String> {
    let text =
        std::fs::read_to_string("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn digest(of: &Fingerprint) -> String {
    let runtime = of.runtime_version.as_deref().unwrap_or("none");
    let governor = of.governor.as_deref().unwrap_or("unknown");
    let text = format!(
        "{}\n{}\n{}\n{}\n{governor}\n{runtime}\n",
        of.cpu, of.cores, of.memory_bytes, of.os
    );
    hex::encode(&Sha256::digest(text)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_follows_what_it_covers() {
        let here = collect(Some("1.30.0"));
        assert_eq!(
            here,
            collect(Some("1.30.0")),
            "the same machine has the same fingerprint"
        );
        assert_ne!(here.digest, collect(None).digest);
        assert!(!here.cpu.is_empty() && here.cores > 0 && here.memory_bytes > 0);
        assert_eq!(here.digest.len(), 16);
    }
}
