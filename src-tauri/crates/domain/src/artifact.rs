//! What an artifact is called: its digest, its logical path, and the addresses that clients hand in.

use std::fmt;

use crate::names::Invalid;

/// SHA-256 of a blob, 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(String);

impl Digest {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        use fmt::Write as _;
        let mut hex = String::with_capacity(64);
        for byte in bytes {
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(hex) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new(
            "digest",
            text,
            "a SHA-256 of 64 lower-case hex digits",
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Digest {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const PATH_BYTES_MAX: usize = 2048;

/// A logical path under the artifact root: relative, `/` between segments, nothing that could climb. Empty is the root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArtifactPath(String);

impl ArtifactPath {
    /// Checks a path that has been percent-decoded once, as the wire delivers it. What would turn hostile if it were
    /// decoded again is refused as well, for a proxy or a client may do just that.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let refuse = |expected: &str| Invalid::new("path", raw, expected);
        if raw.len() > PATH_BYTES_MAX {
            return Err(refuse("a path of at most 2048 bytes"));
        }
        let mut stage = raw.to_owned();
        loop {
            check_plain(&stage).map_err(refuse)?;
            match percent_decoded(&stage) {
                Some(next) => stage = next,
                None => break,
            }
        }
        Ok(Self(raw.trim_end_matches('/').to_owned()))
    }

    pub fn root() -> Self {
        Self(String::new())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// This path with another appended beneath it.
    pub fn join(&self, below: &Self) -> Self {
        match (self.is_root(), below.is_root()) {
            (true, _) => below.clone(),
            (_, true) => self.clone(),
            _ => Self(format!("{}/{}", self.0, below.0)),
        }
    }

    /// What owns the artifact: `<experiment>/<run>` or `<experiment>/models/<model>`. Listings are indexed by it. `None`
    /// for a path above any owner.
    pub fn scope(&self) -> Option<&str> {
        let mut ends = self
            .0
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([self.0.len()]);
        let first = ends.next().filter(|end| *end > 0)?;
        let second = ends.next()?;
        if &self.0[first + 1..second] == "models" {
            return ends.next().map(|third| &self.0[..third]);
        }
        Some(&self.0[..second])
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_plain(path: &str) -> Result<(), &'static str> {
    if path.chars().any(char::is_control) {
        return Err("a path without control characters");
    }
    if path.contains('\\') {
        return Err("a path with forward slashes only");
    }
    if path.starts_with('/') || path.starts_with('~') {
        return Err("a path relative to the artifact root");
    }
    if path.as_bytes().get(1) == Some(&b':') {
        return Err("a path without a drive letter");
    }
    let body = path.strip_suffix('/').unwrap_or(path);
    if body.is_empty() {
        return Ok(());
    }
    for segment in body.split('/') {
        // `..;` and the like are taken for `..` by some servers.
        let stem = segment.split(';').next().unwrap_or_default().trim();
        if matches!(stem, "." | "..") || segment.trim().is_empty() {
            return Err("a path without '.', '..' or empty segments");
        }
        if segment.len() > 255 {
            return Err("path segments of at most 255 bytes");
        }
    }
    Ok(())
}

/// The text with its `%41` escapes resolved once; `None` when there are none.
fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let (mut at, mut found) = (0, false);
    while at < bytes.len() {
        let escape = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escape {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
                found = true;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    found.then(|| String::from_utf8_lossy(&decoded).into_owned())
}

/// Where a client says artifacts are. Only `Proxied` bytes are ever read by this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactUri {
    /// `mlflow-artifacts:/<path>`: in this workspace.
    Proxied(ArtifactPath),
    /// `runs:/<run_id>/<path>`.
    Run { run_id: String, path: ArtifactPath },
    /// `models:/<model id>`, `models:/<name>/<version or stage>`, `models:/<name>@<alias>`: the part after `models:/`.
    Model(String),
    /// A bucket that the client reaches by itself; stored, never opened.
    External(String),
}

/// Which places outside of the workspace its rows may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ArtifactLocations {
    /// This workspace's own, and stores that clients reach by themselves.
    #[default]
    Known,
    /// Whatever a client writes, as plain MLflow keeps it. Nothing outside of the workspace is opened for that.
    Any,
}

impl std::str::FromStr for ArtifactLocations {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "known" => Ok(Self::Known),
            "any" => Ok(Self::Any),
            _ => Err(Invalid::new("artifact-locations", text, "known or any")),
        }
    }
}

/// Object stores and file systems that clients write to directly.
const EXTERNAL_SCHEMES: [&str; 16] = [
    "s3", "s3a", "s3n", "r2", "b2", "gs", "abfs", "abfss", "wasb", "wasbs", "adl", "hdfs",
    "viewfs", "dbfs", "oss", "sftp",
];

impl ArtifactUri {
    pub fn parse(field: &'static str, raw: &str) -> Result<Self, Invalid> {
        let refuse = |expected: &str| Invalid::new(field, raw, expected);
        let Some((scheme, rest)) = raw.split_once(':') else {
            return Err(refuse(
                "a URI such as mlflow-artifacts:/..., runs:/... or s3://...; local paths are refused",
            ));
        };
        let scheme = scheme.to_ascii_lowercase();
        if raw.len() > PATH_BYTES_MAX {
            return Err(refuse("a URI of at most 2048 bytes"));
        }
        if rest.contains(['#', '?']) {
            return Err(refuse("a URI without query and fragment"));
        }
        let path = |text: &str| {
            ArtifactPath::parse(text).map_err(|invalid| Invalid::new(field, raw, invalid.expected))
        };
        match scheme.as_str() {
            "mlflow-artifacts" => Ok(Self::Proxied(path(without_authority(rest))?)),
            "runs" => {
                let rest = without_authority(rest);
                let (run_id, below) = rest.split_once('/').unwrap_or((rest, ""));
                if run_id.is_empty() {
                    return Err(refuse("runs:/<run_id>/<path>"));
                }
                Ok(Self::Run {
                    run_id: path(run_id)?.as_str().to_owned(),
                    path: path(below)?,
                })
            }
            "models" => {
                let name = path(without_authority(rest))?;
                if name.is_root() {
                    return Err(refuse("models:/<model id> or models:/<name>/<version>"));
                }
                Ok(Self::Model(name.as_str().to_owned()))
            }
            known if EXTERNAL_SCHEMES.contains(&known) => {
                path(rest.trim_start_matches('/'))?;
                Ok(Self::External(raw.to_owned()))
            }
            _ => Err(refuse(
                "a URI whose scheme is mlflow-artifacts, runs, models or an object store's (s3, gs, abfss, ...)",
            )),
        }
    }
}

/// `/a/b` and `//host:port/a/b` both name `a/b` here: there is one artifact root, this server's.
fn without_authority(rest: &str) -> &str {
    match rest.strip_prefix("//") {
        Some(authority_and_path) => authority_and_path
            .split_once('/')
            .map_or("", |(_, path)| path),
        None => rest.strip_prefix('/').unwrap_or(rest),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn plain_paths_pass() {
        for (raw, kept) in [
            ("", ""),
            (
                "0/abc/artifacts/model/MLmodel",
                "0/abc/artifacts/model/MLmodel",
            ),
            ("plots/", "plots"),
            ("a b/ü.png", "a b/ü.png"),
            ("100% sure.txt", "100% sure.txt"),
            ("v1..2/x...y", "v1..2/x...y"),
            ("encoded%20space.txt", "encoded%20space.txt"),
        ] {
            assert_eq!(ArtifactPath::parse(raw).unwrap().as_str(), kept, "{raw}");
        }
    }

    #[test]
    fn hostile_paths_are_refused() {
        for raw in [
            "..",
            "../x",
            "a/../b",
            "a/./b",
            "a//b",
            "/etc/passwd",
            "//etc",
            "C:/windows",
            "a\\b",
            "..\\..\\x",
            "a\0b",
            "%2e%2e/x",
            "%2e%2e%2fx",
            "%252e%252e%252f",
            "%25252e%25252e/x",
            "a/%2e%2e/b",
            "%00",
            "%5c..%5c",
            "a/..;/b",
            "a/;/../b",
            "~/x",
            "%2fetc",
        ] {
            assert!(ArtifactPath::parse(raw).is_err(), "{raw:?} passed");
        }
    }

    #[test]
    fn scopes() {
        for (path, scope) in [
            ("3/abc/artifacts/x.txt", Some("3/abc")),
            ("3/models/m-1/artifacts/MLmodel", Some("3/models/m-1")),
            ("3/abc", Some("3/abc")),
            ("3", None),
            ("", None),
            ("3/models", None),
        ] {
            assert_eq!(ArtifactPath::parse(path).unwrap().scope(), scope, "{path}");
        }
    }

    #[test]
    fn addresses() {
        let parse = |raw: &str| ArtifactUri::parse("source", raw).unwrap();
        let path = |raw: &str| ArtifactPath::parse(raw).unwrap();
        assert_eq!(
            parse("mlflow-artifacts:/1/r/artifacts"),
            ArtifactUri::Proxied(path("1/r/artifacts"))
        );
        assert_eq!(
            parse("mlflow-artifacts://127.0.0.1:5000/1/r"),
            ArtifactUri::Proxied(path("1/r"))
        );
        assert_eq!(
            parse("runs:/r1/model"),
            ArtifactUri::Run {
                run_id: "r1".to_owned(),
                path: path("model")
            }
        );
        assert_eq!(parse("models:/m-12"), ArtifactUri::Model("m-12".to_owned()));
        for external in [
            "s3://bucket/x",
            "r2://bucket@account.r2.cloudflarestorage.com/x",
            "b2://bucket/x",
            "sftp://user@host/x",
        ] {
            let kept = ArtifactUri::External(external.to_owned());
            assert_eq!(parse(external), kept);
        }
    }

    #[test]
    fn hostile_addresses_are_refused() {
        for raw in [
            "",
            "/etc/passwd",
            "model",
            "../x",
            "file:///etc/",
            "FILE:/etc",
            "http:///#/../../etc/",
            "https://example.org/x",
            "http://169.254.169.254/latest",
            "mlflow-artifacts:/../../etc",
            "mlflow-artifacts:/a#/../..",
            "mlflow-artifacts:/a?x=/../..",
            "mlflow-artifacts:/%2e%2e/x",
            "s3://bucket/../x",
            "s3://bucket/x#y",
            "runs:/",
            "models:/",
            "ftp://host/x",
            "dbfs:/a/../b",
            "C:\\models",
        ] {
            assert!(ArtifactUri::parse("source", raw).is_err(), "{raw:?} passed");
        }
    }
}
