//! What stands before every route: who may speak to a server on loopback, and how much they may say.
//!
//! A browser can be made to send requests to 127.0.0.1 by any web page. Such a request carries a foreign `Origin`, or,
//! after DNS rebinding, a foreign `Host`: both are refused before a handler sees them.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// The most that a JSON body may hold; a full log-batch with the longest values stays under 2 MB.
pub const JSON_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The names under which this server answers.
#[derive(Debug, Clone)]
pub struct AllowedHosts {
    names: Arc<[String]>,
    port: u16,
}

impl AllowedHosts {
    /// Loopback names always; off loopback also the bound address and what the operator named.
    pub fn new(bound: SocketAddr, extra: &[String]) -> Self {
        let mut names: Vec<String> = ["127.0.0.1", "localhost", "[::1]"]
            .map(str::to_owned)
            .to_vec();
        names.push(match bound.ip() {
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
            std::net::IpAddr::V4(ip) => ip.to_string(),
        });
        names.extend(extra.iter().map(|name| name.to_ascii_lowercase()));
        Self {
            names: names.into(),
            port: bound.port(),
        }
    }

    /// `name` or `name:port` with this server's port; `name:port` of a proxy exactly as the operator wrote it.
    fn host_is_ours(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        if self.names.contains(&host) {
            return true;
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
            _ => (host.as_str(), Some(self.port)),
        };
        port == Some(self.port) && self.names.iter().any(|known| known == name)
    }

    fn origin_is_ours(&self, origin: &str) -> bool {
        origin
            .strip_prefix("http://")
            .is_some_and(|host| self.host_is_ours(host))
    }
}

/// Refuses foreign hosts and origins with 403.
pub async fn refuse_foreign(
    State(allowed): State<AllowedHosts>,
    request: Request,
    next: Next,
) -> Response {
    match check(&allowed, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.suspect().into_response(),
    }
}

fn check(allowed: &AllowedHosts, headers: &HeaderMap) -> Result<(), ApiError> {
    let forbidden =
        |message: String| ApiError::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message);
    let text = |name: header::HeaderName| {
        headers
            .get(name)
            .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
    };
    let host = text(header::HOST).unwrap_or_default();
    if !allowed.host_is_ours(&host) {
        return Err(forbidden(format!(
            "Host '{host}' is not a name of this server; use 127.0.0.1:{}",
            allowed.port
        )));
    }
    match text(header::ORIGIN) {
        Some(origin) if !allowed.origin_is_ours(&origin) => Err(forbidden(format!(
            "Origin '{origin}' may not call this server: it serves programs, not web pages"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> AllowedHosts {
        AllowedHosts::new(SocketAddr::from(([127, 0, 0, 1], 5000)), &[])
    }

    #[test]
    fn loopback_names_with_our_port_are_ours() {
        for host in [
            "127.0.0.1:5000",
            "localhost:5000",
            "LOCALHOST:5000",
            "[::1]:5000",
            "localhost",
        ] {
            assert!(allowed().host_is_ours(host), "{host}");
        }
        for host in [
            "10.evil.example",
            "10.evil.example:5000",
            "127.0.0.1:80",
            "127.0.0.1.evil.example:5000",
            "",
        ] {
            assert!(!allowed().host_is_ours(host), "{host}");
        }
    }

    #[test]
    fn a_proxy_is_known_by_the_name_that_the_operator_gave() {
        let named = ["mlflow.desk.example".to_owned(), "10.0.0.7:8080".to_owned()];
        let allowed = AllowedHosts::new(SocketAddr::from(([127, 0, 0, 1], 5000)), &named);
        for host in [
            "mlflow.desk.example",
            "mlflow.desk.example:5000",
            "10.0.0.7:8080",
        ] {
            assert!(allowed.host_is_ours(host), "{host}");
        }
        for host in ["mlflow.desk.example:80", "10.0.0.7", "10.0.0.7:5000"] {
            assert!(!allowed.host_is_ours(host), "{host}");
        }
    }

    #[test]
    fn only_our_own_origin_passes() {
        assert!(allowed().origin_is_ours("http://127.0.0.1:5000"));
        for origin in [
            "https://evil.example",
            "http://localhost:3000",
            "null",
            "file://",
        ] {
            assert!(!allowed().origin_is_ours(origin), "{origin}");
        }
    }
}
