//! WebKitGTK turns the language "C" into `navigator.language === "C"`, which no `Intl` call accepts.

/// Starts this program again under a language that browsers know, if the environment names none.
#[cfg(target_os = "linux")]
pub fn prefer_a_real_language() {
    use std::os::unix::process::CommandExt as _;

    const MARK: &str = "DRYDOCK_LANGUAGE_SET";
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|key| std::env::var(key).ok().filter(|v| !v.is_empty()));
    let usable = named.is_some_and(|name| !matches!(name.split('.').next(), Some("C" | "POSIX")));
    if usable || std::env::var_os(MARK).is_some() {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        let error = std::process::Command::new(program)
            .args(std::env::args_os().skip(1))
            .env("LANG", "en_US.UTF-8")
            .env("LANGUAGE", "en_US")
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env(MARK, "1")
            .exec();
        // `exec` returns only when it failed; the window's own guard then does without.
        tracing::warn!(%error, "could not start again with a language set");
    }
}

#[cfg(not(target_os = "linux"))]
pub fn prefer_a_real_language() {}
