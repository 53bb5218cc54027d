//! From a name to an open connection.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;

use super::report::CheckFault;
use super::steps::{Bad, Good};

const CONNECT_LIMIT: Duration = Duration::from_secs(6);

pub(super) async fn resolve(host: &str, port: u16) -> Result<Good<Vec<SocketAddr>>, Bad> {
    let literal = host.parse::<IpAddr>().is_ok();
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| unknown(host, &error.to_string()))?
        .collect();
    let Some(first) = found.first() else {
        return Err(unknown(host, "no address"));
    };
    let sentence = match (literal, found.len()) {
        (true, _) => "An address already; no name to look up.".to_owned(),
        (false, 1) => format!("{host} is {}.", first.ip()),
        (false, n) => format!("{host} is {} and {} more.", first.ip(), n - 1),
    };
    Ok(Good::new(found, sentence))
}

fn unknown(host: &str, why: &str) -> Bad {
    let why = why
        .strip_prefix("failed to lookup address information: ")
        .unwrap_or(why);
    Bad::new(
        CheckFault::NameUnknown,
        format!(
            "No machine is known by the name {host} ({why}). Check the spelling, and whether a VPN is needed."
        ),
    )
}

/// The first address that answers.
pub(super) async fn connect(addresses: &[SocketAddr]) -> Result<Good<TcpStream>, Bad> {
    let mut last = Bad::new(CheckFault::NoAnswer, "There is no address to try.");
    for address in addresses {
        match tokio::time::timeout(CONNECT_LIMIT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                return Ok(Good::new(stream, format!("{address} accepts connections.")));
            }
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
                last = Bad::new(
                    CheckFault::Refused,
                    format!(
                        "The machine answers, but nothing listens on port {}. Check the port, and whether the server runs.",
                        address.port()
                    ),
                );
            }
            Ok(Err(error)) => {
                last = Bad::new(
                    CheckFault::NoAnswer,
                    format!("{address} cannot be reached: {error}."),
                );
            }
            Err(_) => {
                last = Bad::new(
                    CheckFault::NoAnswer,
                    format!(
                        "{address} did not answer within {} s; a firewall may drop the connection.",
                        CONNECT_LIMIT.as_secs()
                    ),
                );
            }
        }
    }
    Err(last)
}
