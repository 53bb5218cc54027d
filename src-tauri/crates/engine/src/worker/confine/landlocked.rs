//! Landlock: the worker sees its model, ONNX Runtime and the system's libraries, may change nothing, and has no network.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath,
    PathFd, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus, Scope,
};

use crate::worker::wire::Hello;

/// The newest rules that are asked for; an older kernel keeps those that it knows.
const NEWEST: ABI = ABI::V6;

/// Where libraries lie, and what the runtime asks about the processor.
const SYSTEM: [&str; 11] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system",
    "/dev/urandom",
];
/// What a graphics driver opens beside.
const DRIVERS: [&str; 8] = [
    "/dev", "/proc", "/sys", "/etc", "/usr", "/opt", "/run", "/var/lib",
];

pub(super) fn restrict(hello: &Hello) -> Result<String, String> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let mut places: Vec<(PathBuf, BitFlags<AccessFs>)> = Vec::new();
    let mut allow = |path: &Path, access| places.push((path.to_owned(), access));
    for place in SYSTEM {
        allow(Path::new(place), read);
    }
    for place in hello
        .reads
        .iter()
        .chain(hello.library.parent().map(Path::to_owned).as_ref())
    {
        allow(place, read);
    }
    for place in std::env::split_paths(&std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default()) {
        allow(&place, read);
    }
    for place in &hello.writes {
        allow(place, AccessFs::from_all(NEWEST) & !AccessFs::Execute);
    }
    if hello.gpu {
        for place in DRIVERS {
            allow(Path::new(place), read);
        }
        let device = read | AccessFs::WriteFile | AccessFs::IoctlDev;
        allow(Path::new("/dev"), device);
        allow(
            Path::new("/dev/shm"),
            AccessFs::from_all(NEWEST) & !AccessFs::Execute,
        );
    }
    match enforce(&places) {
        Ok(RulesetStatus::FullyEnforced) => {
            let writes = match (hello.gpu, hello.writes.is_empty()) {
                (true, _) => "writes to the card and where its job keeps files",
                (false, true) => "writes nothing",
                (false, false) => "writes where its job keeps files",
            };
            Ok(format!(
                "reads its model and libraries, {writes}, no network"
            ))
        }
        Ok(RulesetStatus::PartiallyEnforced) => Ok("as far as this kernel knows it".to_owned()),
        Ok(RulesetStatus::NotEnforced) => Err("not on this kernel".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn enforce(
    places: &[(PathBuf, BitFlags<AccessFs>)],
) -> Result<RulesetStatus, landlock::RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    for (path, access) in places {
        // What is not there needs no rule.
        let Ok(place) = PathFd::new(path) else {
            continue;
        };
        let access = if path.is_dir() {
            *access
        } else {
            *access & AccessFs::from_file(NEWEST)
        };
        ruleset = ruleset.add_rule(PathBeneath::new(place, access))?;
    }
    Ok(ruleset.restrict_self()?.ruleset)
}
