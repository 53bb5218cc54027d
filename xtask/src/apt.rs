//! System packages: installed with apt-get where that is allowed, else named.

use std::path::Path;
use std::process::exit;

use anyhow::Result;

use crate::tools::{Paths, command, quiet, seconds, step, version_of};

/// Window, driver and virtual screen; what compiles against them; what the tests draw with.
const PACKAGES: &[&str] = &[
    "build-essential",
    "dbus",
    "dbus-x11",
    "desktop-file-utils",
    "file",
    "fonts-dejavu-core",
    "imagemagick",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
    "libssl-dev",
    "libwebkit2gtk-4.1-dev",
    "libxdo-dev",
    "nginx-light",
    "pkg-config",
    "python3-venv",
    "webkit2gtk-driver",
    "xauth",
    "xdotool",
    "xvfb",
];

/// The packages that are not installed; empty on a system without dpkg, where nobody can tell.
pub fn missing() -> Vec<&'static str> {
    let mut missing: Vec<&str> = PACKAGES
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect();
    if !has_postgres() {
        missing.push("postgresql");
    }
    missing
}

pub fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists() && version_of("dpkg-query", &["--version"]).is_some()
}

fn is_installed(package: &str) -> bool {
    command(
        "dpkg-query",
        Path::new("/"),
        &["-W", "-f", "${db:Status-Status}", package],
    )
    .output()
    .is_ok_and(|said| said.stdout == b"installed")
}

/// Any server from 15 on will do: the store's conformance test runs its own cluster with it.
pub fn has_postgres() -> bool {
    version_of("initdb", &["--version"]).is_some()
        || (15..30)
            .any(|major| Path::new(&format!("/usr/lib/postgresql/{major}/bin/initdb")).exists())
}

fn is_root() -> bool {
    version_of("id", &["-u"]).is_some_and(|uid| uid == "0")
}

/// Installs what is missing, or says exactly what to install and ends with status 3.
pub fn ensure(paths: &Paths) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !is_debian() {
        if version_of("pkg-config", &["--modversion", "webkit2gtk-4.1"]).is_none() {
            refuse(
                "Drydock needs WebKitGTK 4.1 and the tools that go with it. On Debian and Ubuntu these packages hold them:\n ",
                PACKAGES,
            );
        }
        return Ok(());
    }
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() {
        refuse(
            "These system packages are missing. Install them, then run this again:\n  sudo apt-get install -y --no-install-recommends",
            &missing,
        );
    }
    step(
        "system packages",
        &format!("installing {}", missing.join(" ")),
    );
    quiet(paths, "apt-update", apt(paths, &["update"]))?;
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(&missing);
    let took = quiet(paths, "apt-install", apt(paths, &args))?;
    step(
        "system packages",
        &format!("{} installed in {}", missing.len(), seconds(took)),
    );
    Ok(())
}

fn apt(paths: &Paths, args: &[&str]) -> std::process::Command {
    let mut apt = command("apt-get", &paths.root, args);
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}

fn refuse(sentence: &str, packages: &[&str]) -> ! {
    println!("{sentence} {}", packages.join(" "));
    exit(3)
}
