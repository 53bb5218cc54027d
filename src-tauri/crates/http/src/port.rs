//! Finding a port to listen on, and the name of the process that holds a wanted one.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpListener;

/// How many ports after the wanted one are tried before the system is asked for any.
const NEXT_PORTS: u16 = 50;

/// A bound listener, and who holds the wanted port if another had to be taken.
pub struct Bound {
    pub listener: TcpListener,
    pub address: SocketAddr,
    pub holder: Option<String>,
}

/// Binds the wanted port, or the next free one after it. Port 0 lets the system choose.
pub async fn bind(host: IpAddr, port: u16) -> io::Result<Bound> {
    match TcpListener::bind((host, port)).await {
        Ok(listener) => bound(listener, None),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let holder = tokio::task::spawn_blocking(move || holder_of(port))
                .await
                .unwrap_or_default();
            bound(bind_after(host, port).await?, Some(holder))
        }
        Err(error) => Err(error),
    }
}

async fn bind_after(host: IpAddr, port: u16) -> io::Result<TcpListener> {
    for next in port.saturating_add(1)..=port.saturating_add(NEXT_PORTS) {
        match TcpListener::bind((host, next)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            other => return other,
        }
    }
    TcpListener::bind((host, 0)).await
}

fn bound(listener: TcpListener, holder: Option<String>) -> io::Result<Bound> {
    let address = listener.local_addr()?;
    Ok(Bound {
        listener,
        address,
        holder,
    })
}

/// `python3 (pid 812)`; another user's process cannot be named on every system.
fn holder_of(port: u16) -> String {
    listeners::get_process_by_port(port, listeners::Protocol::TCP).map_or_else(
        |_| "another process".to_owned(),
        |process| format!("{} (pid {})", process.name, process.pid),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_gives_the_next_and_names_the_holder() {
        let host = IpAddr::from([127, 0, 0, 1]);
        let first = bind(host, 0).await.unwrap();
        assert_eq!(first.holder, None);
        let second = bind(host, first.address.port()).await.unwrap();
        assert_ne!(second.address.port(), first.address.port());
        let holder = second.holder.unwrap();
        assert!(
            holder.contains(&format!("pid {}", std::process::id())),
            "{holder}"
        );
    }
}
