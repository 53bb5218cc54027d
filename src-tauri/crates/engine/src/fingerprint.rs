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
    /// The cores that this process may use, as the system writes them (`0-3,8`); `None` where it does not tell.
    #[serde(default)]
    pub affinity: Option<String>,
    /// The kernel driver of an NVIDIA device, where there is one.
    #[serde(default)]
    pub driver: Option<String>,
    pub runtime_version: Option<String>,
    /// The first 16 hex digits of SHA-256 over all of the above.
    pub digest: String,
}

/// The machine as it is before a measurement. A worker sees too little of it, so whoever starts one looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    pub fingerprint: Fingerprint,
    /// Busy cores over the last minute; `None` where the system does not tell.
    pub load: Option<f64>,
}

impl Environment {
    #[must_use]
    pub fn here() -> Self {
        Self {
            fingerprint: collect(None),
            load: load(),
        }
    }
}

impl Fingerprint {
    /// The same machine with this runtime.
    #[must_use]
    pub fn with_runtime(mut self, version: &str) -> Self {
        self.runtime_version = Some(version.to_owned());
        self.digest = digest(&self);
        self
    }
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
        affinity: affinity(),
        driver: driver(),
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

fn affinity() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    Some(line.trim().to_owned())
}

/// `NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  ...`
fn driver() -> Option<String> {
    let text = std::fs::read_to_string("/proc/driver/nvidia/version").ok()?;
    let version = text.lines().next()?.split_whitespace().find(|word| {
        word.contains('.') && word.starts_with(|first: char| first.is_ascii_digit())
    })?;
    Some(format!("NVIDIA {version}"))
}

/// Busy cores over the last minute; `None` where the system does not tell.
fn load() -> Option<f64> {
    // Windows answers 0 always.
    (!cfg!(windows)).then(|| System::load_average().one)
}

/// Of the named parts of two fingerprints, those that differ: name, here, there.
#[must_use]
pub fn differing(here: &Fingerprint, there: &Fingerprint) -> Vec<(&'static str, String, String)> {
    let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "not reported".to_owned());
    let parts = |of: &Fingerprint| {
        [
            ("cpu", of.cpu.clone()),
            ("cores", of.cores.to_string()),
            ("memory", format!("{} bytes", of.memory_bytes)),
            ("system", of.os.clone()),
            ("governor", told(&of.governor)),
            ("affinity", told(&of.affinity)),
            ("driver", told(&of.driver)),
            ("runtime", told(&of.runtime_version)),
        ]
    };
    let pairs = parts(here).into_iter().zip(parts(there));
    pairs
        .filter(|((_, here), (_, there))| here != there)
        .map(|((name, here), (_, there))| (name, here, there))
        .collect()
}

fn digest(of: &Fingerprint) -> String {
    let runtime = of.runtime_version.as_deref().unwrap_or("none");
    let governor = of.governor.as_deref().unwrap_or("unknown");
    let affinity = of.affinity.as_deref().unwrap_or("unknown");
    let driver = of.driver.as_deref().unwrap_or("none");
    let text = format!(
        "{}\n{}\n{}\n{}\n{governor}\n{affinity}\n{driver}\n{runtime}\n",
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
