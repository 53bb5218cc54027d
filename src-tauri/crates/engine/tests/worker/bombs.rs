//! Native code that would take the app with it: a job that does what a broken operator or library might.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use engine::job::{Bench, Job};
use engine::{CancelToken, EngineError};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Bomb {
    Signal(i32),
    NullPointer,
    StackOverflow,
    Abort,
    Exit(i32),
    Panic,
    Spin,
    Sleep,
    Stop,
    Garbage(Vec<u8>),
    FloodOutput,
    FloodProgress,
    OneLargeAllocation,
    ManyAllocations,
    SharedMemory,
    Threads,
    LeaveChild,
    ClosePipes,
    WriteFile(PathBuf),
    ReadFile(PathBuf),
    StartProgram,
    Connect,
    SignalCaller,
}

impl Job for Bomb {
    const NAME: &'static str = "bomb";
    type Progress = u64;
    type Answer = ();

    fn reads(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn run(
        self,
        _: &mut Bench,
        progress: &mut dyn FnMut(u64),
        _: &CancelToken,
    ) -> Result<(), EngineError> {
        match self {
            Self::Signal(_)
            | Self::NullPointer
            | Self::Stop
            | Self::Garbage(_)
            | Self::SharedMemory
            | Self::LeaveChild
            | Self::ClosePipes
            | Self::SignalCaller => self.native(),
            Self::WriteFile(path) => denied(std::fs::write(path, [0; 64])),
            Self::ReadFile(path) => denied(std::fs::read(path).map(drop)),
            Self::StartProgram => {
                denied(std::process::Command::new("/bin/true").status().map(drop))
            }
            Self::Connect => denied(std::net::TcpStream::connect("127.0.0.1:9").map(drop)),
            other => other.blow_up(progress),
        }
    }
}

fn denied(done: std::io::Result<()>) -> Result<(), EngineError> {
    done.map_err(|error| EngineError::Run {
        reason: error.to_string(),
    })
}

#[allow(unconditional_recursion)]
fn deeper(depth: u64) -> u64 {
    let here = std::hint::black_box([depth; 512]);
    here[7] + deeper(std::hint::black_box(depth + 1))
}

fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

impl Bomb {
    fn blow_up(self, progress: &mut dyn FnMut(u64)) -> Result<(), EngineError> {
        match self {
            Self::StackOverflow => Err(EngineError::Run {
                reason: deeper(0).to_string(),
            }),
            Self::Abort => std::process::abort(),
            Self::Exit(code) => std::process::exit(code),
            Self::Panic => panic!("a bomb"),
            Self::FloodOutput => loop {
                // What native code prints: not through the frames.
                let _ = std::io::stdout().write_all(&[b'x'; 65536]);
            },
            Self::FloodProgress => loop {
                progress(0);
            },
            Self::OneLargeAllocation => {
                let block = vec![1_u8; 1 << 46];
                Err(EngineError::Run {
                    reason: block.len().to_string(),
                })
            }
            Self::ManyAllocations => {
                let mut blocks = Vec::new();
                loop {
                    blocks.push(std::hint::black_box(vec![1_u8; 1 << 20]));
                }
            }
            Self::Threads => {
                for _ in 0..10_000 {
                    let _ = std::thread::Builder::new()
                        .stack_size(16 << 10)
                        .spawn(|| spin_slowly());
                }
                spin_slowly()
            }
            Self::Sleep => spin_slowly(),
            _ => spin(),
        }
    }

    #[allow(unsafe_code)]
    fn native(self) -> Result<(), EngineError> {
        match self {
            // SAFETY: signals this process, which is there to be ended.
            Self::Signal(signal) => unsafe {
                libc::signal(signal, libc::SIG_DFL);
                libc::raise(signal);
            },
            // SAFETY: there is none; that is the test.
            Self::NullPointer => unsafe {
                std::ptr::null_mut::<u64>()
                    .wrapping_add(1)
                    .write_volatile(7);
            },
            // SAFETY: as for any signal.
            Self::Stop => unsafe {
                libc::kill(libc::getpid(), libc::SIGSTOP);
                // It takes a moment to stop all threads.
                spin_slowly();
            },
            Self::Garbage(bytes) => {
                // One of these descriptors is the pipe to the caller.
                for descriptor in 3..8 {
                    // SAFETY: writes bytes that outlive the call, to whatever is there.
                    unsafe { libc::write(descriptor, bytes.as_ptr().cast(), bytes.len()) };
                }
                spin_slowly()
            }
            Self::SharedMemory => {
                let size = 4 << 30;
                let (access, kind) = (
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                );
                // SAFETY: new memory, of which only what the map holds is written.
                unsafe {
                    let start = libc::mmap(std::ptr::null_mut(), size, access, kind, -1, 0);
                    assert_ne!(start, libc::MAP_FAILED);
                    for page in (0..size).step_by(4096) {
                        start.cast::<u8>().add(page).write_volatile(1);
                    }
                }
            }
            // SAFETY: the child only sleeps, and the parent ends at once.
            Self::LeaveChild => unsafe {
                if libc::fork() == 0 {
                    libc::sleep(60);
                }
                libc::_exit(9);
            },
            // SAFETY: closes the pipes under whoever has them, as native code can.
            Self::ClosePipes => unsafe {
                libc::syscall(libc::SYS_close_range, 3, 100, 0);
                spin_slowly();
            },
            // SAFETY: a signal that does nothing to a process that runs.
            Self::SignalCaller => unsafe {
                if libc::kill(libc::getppid(), libc::SIGCONT) != 0 {
                    return denied(Err(std::io::Error::last_os_error()));
                }
            },
            _ => {}
        }
        Ok(())
    }
}

fn spin_slowly() -> ! {
    let long = Instant::now() + Duration::from_secs(3600);
    loop {
        std::thread::sleep(long - Instant::now());
    }
}
