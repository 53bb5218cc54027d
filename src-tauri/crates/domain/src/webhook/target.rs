//! The address of a webhook, as far as it can be judged without asking any name server.

use std::net::{IpAddr, Ipv4Addr};

use super::URL_CHARS_MAX;
use super::address::is_public;
use crate::names::Invalid;

/// Scheme, host and port of an address that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub scheme: String,
    /// Lower case; an IPv6 address without its brackets.
    pub host: String,
    pub port: u16,
}

/// An origin that the operator has named: messages may go there although it is not public, or not https.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigin(Target);

impl std::str::FromStr for AllowedOrigin {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Target::read("webhook-allow", text).map(Self)
    }
}

impl Target {
    /// Reads an http or https address. Stricter than a browser: what parsers are known to read differently is refused.
    pub fn read(field: &'static str, url: &str) -> Result<Self, Invalid> {
        let refuse = |expected: &str| Invalid::new(field, url, expected);
        let odd = |c: char| {
            c.is_ascii_control()
                || c.is_whitespace()
                || matches!(c, '\\' | '<' | '>' | '"' | '{' | '}' | '|' | '^' | '`')
        };
        if url.chars().count() > URL_CHARS_MAX {
            return Err(refuse("an address of at most 500 characters"));
        }
        if !url.is_ascii() || url.contains(odd) {
            return Err(refuse(
                "an address without spaces, backslashes and characters outside of ASCII",
            ));
        }
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| refuse("https://host/path"))?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return Err(refuse("https://host/path")),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(refuse("an address without a user name"));
        }
        if url.contains('#') {
            return Err(refuse("an address without a fragment"));
        }
        let (host, port) = split_port(authority).ok_or_else(|| refuse("https://host:port/path"))?;
        let port = match port {
            None => default_port,
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| refuse("a port of 1 to 65535"))?,
        };
        if !is_host(&host) {
            return Err(refuse(
                "the name of a host, or an address in its usual spelling",
            ));
        }
        Ok(Self { scheme, host, port })
    }

    /// Refuses what may not be reached whatever a name server says: plain http, and addresses that are not public.
    pub fn check(&self, url: &str, allowed: &[AllowedOrigin]) -> Result<(), Invalid> {
        if self.is_allowed(allowed) {
            return Ok(());
        }
        if self.scheme != "https" {
            return Err(Invalid::new(
                "url",
                url,
                "an https:// address (the operator may name others by --webhook-allow)",
            ));
        }
        let local = self.host == "localhost" || self.host.ends_with(".localhost");
        if local || self.ip().is_some_and(|ip| !is_public(ip)) {
            return Err(Invalid::new(
                "url",
                url,
                "an address on the public internet (the operator may name others by --webhook-allow)",
            ));
        }
        Ok(())
    }

    pub fn is_allowed(&self, allowed: &[AllowedOrigin]) -> bool {
        allowed.iter().any(|origin| origin.0 == *self)
    }

    /// The host, when it is an address and no name.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// `[::1]:80` and `host:80` into host and port.
fn split_port(authority: &str) -> Option<(String, Option<&str>)> {
    let authority_lower = authority.to_ascii_lowercase();
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        let port = match after {
            "" => None,
            after => Some(after.strip_prefix(':')?),
        };
        return host
            .contains(':')
            .then(|| (host.to_ascii_lowercase(), port));
    }
    match authority.split_once(':') {
        None => Some((authority_lower, None)),
        Some((host, port)) => Some((host.to_ascii_lowercase(), Some(port))),
    }
}

/// A name, or an address in its usual spelling. `0x7f.1`, `2130706433` and `127.1` are addresses to some programs and
/// names to others, so they are neither here.
fn is_host(host: &str) -> bool {
    if host.contains(':') {
        return host.parse::<IpAddr>().is_ok();
    }
    if host.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    let labels: Vec<&str> = host.strip_suffix('.').unwrap_or(host).split('.').collect();
    let label = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let last_is_a_number = labels
        .last()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x"));
    host.len() <= 253 && labels.iter().all(label) && !last_is_a_number
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn checked(url: &str) -> Result<Target, Invalid> {
        let target = Target::read("url", url)?;
        target.check(url, &["http://127.0.0.1:8099".parse().unwrap()])?;
        Ok(target)
    }

    #[test]
    fn addresses_of_the_world_pass() {
        let target = checked("https://Hooks.Example.org:8443/a?b=c").unwrap();
        assert_eq!(
            (target.host.as_str(), target.port),
            ("hooks.example.org", 8443)
        );
        assert_eq!(checked("https://[2606:4700::1111]/x").unwrap().port, 443);
        assert_eq!(checked("HTTPS://1.1.1.1").unwrap().host, "1.1.1.1");
        checked("http://127.0.0.1:8099/hook").unwrap();
    }

    #[test]
    fn everything_else_is_refused() {
        for url in [
            "",
            "https://",
            "https:///x",
            "http://example.org/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://localhost/",
            "https://api.localhost/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://0x7f.0.0.1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1%25eth0]/",
            "https://169.254.169.254/latest",
            "https://10.0.0.1/",
            "https://100.64.0.1/",
            "https://224.0.0.1/",
            "https://0.0.0.0/",
            "https://user@example.org/",
            "https://example.org@127.0.0.1/",
            "https://example.org\\@127.0.0.1/",
            "https://example.org#@127.0.0.1/",
            "https://example.org:0/",
            "https://example.org:99999/",
            "https://exa mple.org/",
            "https://example.org/\r\nHost: x",
            "https://127。0。0。1/",
            "http://127.0.0.1:8098/",
            "https://127.0.0.1:8099/",
            "http://127.0.0.1/",
            "https://a..b/",
            "https://[example.org]/",
        ] {
            assert!(checked(url).is_err(), "{url} passed");
        }
    }
}
