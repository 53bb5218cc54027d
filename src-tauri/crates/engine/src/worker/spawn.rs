//! Starting a worker process.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::ARGUMENT;

/// The program that is a worker when it is started with these arguments.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: PathBuf,
    pub arguments: Vec<OsString>,
}

impl Program {
    /// This very program, whose `main` must look for [`ARGUMENT`] before it does anything.
    #[must_use]
    pub fn this() -> Self {
        // Where the system does not tell, starting one fails, and says so.
        let mut path = std::env::current_exe().unwrap_or_default();
        // Replaced by an upgrade while it runs: what runs is still reached by this name.
        if cfg!(target_os = "linux") && !path.exists() {
            path = PathBuf::from("/proc/self/exe");
        }
        Self {
            path,
            arguments: vec![ARGUMENT.into()],
        }
    }

    /// With pipes, from the root folder, and without the environment: it holds secrets, and steers libraries.
    pub(super) fn spawn(&self) -> io::Result<Child> {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(
                KEPT.into_iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            command.current_dir("/").env("LANG", "C.UTF-8");
            // What it starts is ended with it; and a Ctrl-C in the terminal is for the caller alone.
            command.process_group(0);
        }
        on_the_lasting_thread(command)
    }
}

/// Where libraries are looked for, and which cards are to be used.
#[cfg(unix)]
const KEPT: [&str; 4] = [
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
];
/// Without some of these no Windows program starts.
#[cfg(not(unix))]
const KEPT: [&str; 6] = [
    "SystemRoot",
    "SystemDrive",
    "PATH",
    "TEMP",
    "TMP",
    "CUDA_VISIBLE_DEVICES",
];

type Order = (Command, Sender<io::Result<Child>>);

/// The kernel ends a worker when the thread that started it ends, and threads of a pool come and go: one that never ends
/// starts them all.
fn on_the_lasting_thread(command: Command) -> io::Result<Child> {
    static ORDERS: LazyLock<io::Result<Mutex<Sender<Order>>>> = LazyLock::new(|| {
        let (orders, taken) = channel::<Order>();
        std::thread::Builder::new()
            .name("worker-starter".to_owned())
            .spawn(move || {
                while let Ok((mut command, answer)) = taken.recv() {
                    // Whoever asked has gone, and the child's pipes with it: it ends.
                    let _ = answer.send(command.spawn());
                }
            })?;
        Ok(Mutex::new(orders))
    });
    let gone = || io::Error::other("the thread that starts workers has ended");
    let orders = ORDERS.as_ref().map_err(|_| gone())?;
    let (answer, answered) = channel();
    let orders = orders.lock().unwrap_or_else(PoisonError::into_inner);
    orders.send((command, answer)).map_err(|_| gone())?;
    drop(orders);
    answered.recv().map_err(|_| gone())?
}
