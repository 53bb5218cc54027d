//! A TCP proxy that does to a connection what bad networks and sick servers do.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What happens to the connections that are made while it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Every request is answered 500 without reaching the server.
    Error500,
    /// Bytes pass slowly: this long a pause after each 64 kB.
    Slow(Duration),
    /// The connection is cut after so many bytes from the client.
    CutUpload(u64),
    /// The connection is cut after so many bytes from the server.
    CutDownload(u64),
    /// One byte from the client is changed at this offset of its stream.
    FlipUpload(u64),
    /// One byte from the server is changed at this offset of its stream.
    FlipDownload(u64),
    /// The answer to every request is lost after the server has acted on it.
    LoseAnswers,
}

struct State {
    fault: Mutex<Fault>,
    /// How many more connections suffer; the rest pass whole.
    left: AtomicU64,
    uploaded_bytes: AtomicU64,
    stopped: AtomicBool,
}

/// A running proxy; dropping it closes its port.
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

impl Proxy {
    pub fn before(target: u16) -> Result<Self, String> {
        let listener =
            TcpListener::bind("127.0.0.1:0").map_err(|e| format!("no free port: {e}"))?;
        let port = listener
            .local_addr()
            .map_err(|e| format!("no port: {e}"))?
            .port();
        let state = Arc::new(State {
            fault: Mutex::new(Fault::None),
            left: AtomicU64::new(0),
            uploaded_bytes: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let state = Arc::clone(&accepting);
                std::thread::spawn(move || serve(client, target, &state));
            }
        });
        Ok(Self { port, state })
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on the next `connections` connections suffer this.
    pub fn inject(&self, fault: Fault, connections: u64) {
        *self
            .state
            .fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = fault;
        self.state.left.store(connections, Ordering::SeqCst);
    }

    pub fn heal(&self) {
        self.inject(Fault::None, 0);
    }

    /// Bytes that clients have sent through the proxy so far.
    pub fn uploaded_bytes(&self) -> u64 {
        self.state.uploaded_bytes.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(mut client: TcpStream, target: u16, state: &Arc<State>) {
    let suffers = state
        .left
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        })
        .is_ok();
    let fault = if suffers {
        *state.fault.lock().unwrap_or_else(PoisonError::into_inner)
    } else {
        Fault::None
    };
    if fault == Fault::Error500 {
        let _ = client.read(&mut [0; 4096]);
        let _ = client.write_all(
            b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
        let _ = client.shutdown(Shutdown::Write);
        let _ = std::io::copy(&mut client, &mut std::io::sink());
        return;
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else {
        return;
    };
    let (Ok(from_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    let counting = Arc::clone(state);
    let upload = std::thread::spawn(move || {
        let (cut, flip) = match fault {
            Fault::CutUpload(at) => (Some(at), None),
            Fault::FlipUpload(at) => (None, Some(at)),
            _ => (None, None),
        };
        pass(from_client, to_server, cut, flip, fault, |bytes| {
            counting.uploaded_bytes.fetch_add(bytes, Ordering::SeqCst);
        });
    });
    let (cut, flip) = match fault {
        Fault::CutDownload(at) => (Some(at), None),
        Fault::FlipDownload(at) => (None, Some(at)),
        Fault::LoseAnswers => (Some(0), None),
        _ => (None, None),
    };
    pass(server, client, cut, flip, fault, |_| {});
    let _ = upload.join();
}

/// Copies one direction until its end or its fault; then both sides are closed.
fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    cut: Option<u64>,
    flip: Option<u64>,
    fault: Fault,
    passed: impl Fn(u64),
) {
    let mut block = vec![0; 64 * 1024];
    let mut at = 0;
    while let Ok(read @ 1..) = from.read(&mut block) {
        let mut bytes = &mut block[..read];
        if let Some(flip) = flip.and_then(|flip| flip.checked_sub(at))
            && let Some(byte) = usize::try_from(flip).ok().and_then(|i| bytes.get_mut(i))
        {
            *byte ^= 1;
        }
        let left = cut.map_or(u64::MAX, |cut| cut.saturating_sub(at));
        let keep = usize::try_from(left).unwrap_or(usize::MAX).min(read);
        bytes = &mut bytes[..keep];
        if to.write_all(bytes).is_err() {
            break;
        }
        at += keep as u64;
        passed(keep as u64);
        if keep < read {
            break;
        }
        if let Fault::Slow(pause) = fault {
            std::thread::sleep(pause);
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
