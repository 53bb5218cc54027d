//! A private PostgreSQL cluster for one test: made with `initdb`, on a free port, gone with its value.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server; dropping it stops it and removes its files.
pub struct Cluster {
    server: Child,
    port: u16,
    bin: PathBuf,
    user: User,
    data: PathBuf,
    /// Of the cluster itself; a replica keeps its data in its own.
    folder: tempfile::TempDir,
}

impl Cluster {
    /// Starts a server of the installed PostgreSQL, or says what is missing.
    pub fn start() -> Result<Self, String> {
        Self::prepared(|bin, user, data| {
            let mut initdb = user.command(&bin.join("initdb"));
            initdb.args([
                "--auth=trust",
                "--username=drydock",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
                "-D",
            ]);
            run(initdb.arg(data))
        })
    }

    /// A streaming replica of this server, on a port of its own.
    pub fn replica(&self) -> Result<Self, String> {
        let port = self.port.to_string();
        Self::prepared(|bin, user, data| {
            let mut copy = user.command(&bin.join("pg_basebackup"));
            copy.args(["-h", "127.0.0.1", "-p", &port, "-U", "drydock"]);
            copy.args(["--checkpoint=fast", "--no-sync", "-X", "stream", "-R", "-D"]);
            run(copy.arg(data))
        })
    }

    fn prepared(
        make: impl FnOnce(&Path, &User, &Path) -> Result<(), String>,
    ) -> Result<Self, String> {
        let bin = binaries().ok_or("no PostgreSQL server found: install postgresql-15")?;
        let folder = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
        let user = unprivileged(folder.path())
            .map_err(|e| format!("cannot prepare {}: {e}", folder.path().display()))?;
        let data = folder.path().join("data");
        make(&bin, &user, &data)?;
        let port = free_port().map_err(|e| format!("no free port: {e}"))?;
        let server = spawn(&bin, &user, &data, folder.path(), port)?;
        let cluster = Self {
            server,
            port,
            bin,
            user,
            data,
            folder,
        };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    pub fn url(&self) -> String {
        format!("postgres://drydock@127.0.0.1:{}/postgres", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs statements as the owner of the cluster, in the database `postgres`.
    pub fn sql(&self, text: &str) -> Result<(), String> {
        let mut psql = self.user.command(&self.bin.join("psql"));
        psql.args(["-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", &self.url(), "-c"]);
        run(psql.arg(text))
    }

    /// Puts a file into the server's folder, readable by the server alone, and has the settings read again.
    pub fn configure(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.data.join(name);
        let written = std::fs::write(&path, text).and_then(|()| own(&path, &self.user));
        written.map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        self.sql("select pg_reload_conf()")
    }

    /// Ends the server as a power cut would: nothing is flushed, nobody is told.
    pub fn kill(&mut self) {
        // Its children notice that their parent is gone, and end too.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }

    /// Starts a killed server again on the same port and data, and waits until it answers.
    pub fn start_again(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        let lock = self.data.join("postmaster.pid");
        loop {
            self.server = spawn(
                &self.bin,
                &self.user,
                &self.data,
                self.folder.path(),
                self.port,
            )?;
            match self.wait_until_ready() {
                Ok(()) => return Ok(()),
                // Orphans of the killed server may hold its memory for a moment.
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => drop(std::fs::remove_file(&lock)),
            }
        }
    }

    fn wait_until_ready(&self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            let ready = self
                .user
                .command(&self.bin.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status();
            if ready.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("PostgreSQL did not become ready within 60 s".to_owned())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(bin: &Path, user: &User, data: &Path, socket: &Path, port: u16) -> Result<Child, String> {
    user.command(&bin.join("postgres"))
        .arg("-D")
        .arg(data)
        .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k"])
        .arg(socket)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("cannot start postgres: {e}"))
}

/// Debian keeps server programs off the PATH.
fn binaries() -> Option<PathBuf> {
    let debian = (13..=18)
        .rev()
        .map(|major| PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")));
    let on_path = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .unwrap_or_default();
    debian.chain(on_path).find(|dir| {
        ["initdb", "postgres", "pg_isready"]
            .iter()
            .all(|name| dir.join(name).is_file())
    })
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|e| format!("cannot run {command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// PostgreSQL refuses to run as root, so root runs it as somebody else.
struct User {
    ids: Option<(u32, u32)>,
}

impl User {
    #[cfg(unix)]
    fn command(&self, program: &Path) -> Command {
        use std::os::unix::process::CommandExt as _;
        let mut command = Command::new(program);
        command.current_dir("/");
        if let Some((uid, gid)) = self.ids {
            command.uid(uid).gid(gid);
        }
        command
    }

    #[cfg(not(unix))]
    fn command(&self, program: &Path) -> Command {
        Command::new(program)
    }
}

#[cfg(unix)]
fn own(path: &Path, user: &User) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    match user.ids {
        Some((uid, gid)) => std::os::unix::fs::chown(path, Some(uid), Some(gid)),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn own(_path: &Path, _user: &User) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn unprivileged(folder: &Path) -> io::Result<User> {
    use std::os::unix::fs::MetadataExt as _;
    if std::fs::metadata(folder)?.uid() != 0 {
        return Ok(User { ids: None });
    }
    let accounts = std::fs::read_to_string("/etc/passwd")?;
    let ids = ["postgres", "nobody"].iter().find_map(|name| {
        let mut fields = accounts
            .lines()
            .find(|line| line.split(':').next() == Some(name))?
            .split(':')
            .skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    if let Some((uid, gid)) = ids {
        std::os::unix::fs::chown(folder, Some(uid), Some(gid))?;
    }
    Ok(User { ids })
}

#[cfg(not(unix))]
fn unprivileged(_folder: &Path) -> io::Result<User> {
    Ok(User { ids: None })
}
