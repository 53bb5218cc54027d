//! Addresses of databases as people paste them and as drivers want them.

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::known::{DatabasePlace, TlsMode};
use super::secret::Secret;
use crate::error::{Result, ServiceError};

/// What a pasted `postgres://` address says.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseAddress {
    pub host: String,
    pub port: u16,
    pub database: String,
    pub user: String,
    /// Goes straight into the form's password field.
    pub password: Option<String>,
    pub tls: TlsMode,
    pub ca_file: Option<String>,
}

/// Takes a `postgres://user:password@host:port/database?sslmode=...` apart.
pub fn read_postgres_url(text: &str) -> Result<DatabaseAddress> {
    let wrong = |why: &str| {
        ServiceError::invalid(
            "url",
            format!("{why}; write postgres://user:password@host:5432/database"),
        )
    };
    let url =
        Url::parse(text.trim()).map_err(|error| wrong(&format!("not an address: {error}")))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(wrong("not an address of PostgreSQL"));
    }
    let plain = |part: &str| {
        percent_encoding::percent_decode_str(part)
            .decode_utf8_lossy()
            .into_owned()
    };
    let host = url
        .host_str()
        .map(|host| plain(host.trim_matches(['[', ']'])));
    let host = host
        .filter(|host| !host.is_empty())
        .ok_or_else(|| wrong("the address names no host"))?;
    let query = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let tls = match query("sslmode").as_deref() {
        Some("disable") => TlsMode::Disable,
        Some("require") => TlsMode::Require,
        // Weaker words of other clients ask for no promise; ours is the strong one, and the test says if it fails.
        _ => TlsMode::VerifyFull,
    };
    Ok(DatabaseAddress {
        host,
        port: url.port().unwrap_or(5432),
        database: plain(url.path().trim_start_matches('/')),
        user: plain(url.username()),
        password: url.password().map(plain),
        tls,
        ca_file: query("sslrootcert").filter(|file| file != "system"),
    })
}

impl DatabasePlace {
    /// The address with its password, for the driver alone.
    pub fn url(&self, password: &Secret) -> Result<Secret> {
        self.url_of(&self.host, self.port, password)
    }

    /// The same database on its replica.
    pub fn replica_url(&self, password: &Secret) -> Result<Option<Secret>> {
        let Some(replica) = self.replica.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let (host, port) = host_and_port(replica, self.port).ok_or_else(|| {
            ServiceError::invalid("replica", format!("'{replica}' is no host:port"))
        })?;
        self.url_of(&host, port, password).map(Some)
    }

    fn url_of(&self, host: &str, port: u16, password: &Secret) -> Result<Secret> {
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        let secret = if password.is_empty() {
            String::new()
        } else {
            format!(":{}", encode(password.reveal()))
        };
        let url = format!(
            "postgres://{}{secret}@{host}:{port}/{}?sslmode={}",
            encode(&self.user),
            encode(&self.database),
            self.tls.as_str()
        );
        Url::parse(&url)
            .map_err(|_| ServiceError::invalid("host", format!("'{host}' is no name of a host")))?;
        Ok(Secret::new(url))
    }
}

/// `host`, `host:port`, `[::1]:port`.
pub fn host_and_port(text: &str, usual_port: u16) -> Option<(String, u16)> {
    let url = Url::parse(&format!("postgres://{}", text.trim())).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    (!host.is_empty()).then(|| (host.to_owned(), url.port().unwrap_or(usual_port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_address_fills_the_form() {
        let read = |text| read_postgres_url(text).unwrap();
        let full =
            read("postgresql://q%40desk:p%3Aw%2F@db.fx.example:6543/trade%20ing?sslmode=require");
        assert_eq!(full.user, "q@desk");
        assert_eq!(full.password.as_deref(), Some("p:w/"));
        assert_eq!((full.host.as_str(), full.port), ("db.fx.example", 6543));
        assert_eq!(full.database, "trade ing");
        assert_eq!(full.tls, TlsMode::Require);
        let short = read("  postgres://db ");
        assert_eq!((short.port, short.tls), (5432, TlsMode::VerifyFull));
        assert_eq!(short.password, None);
        assert_eq!(read("postgres://u@[::1]/d").host, "::1");
        assert_eq!(
            read("postgres://u@h/d?sslmode=prefer").tls,
            TlsMode::VerifyFull
        );
        for wrong in ["mysql://h/d", "db.fx.example", "postgres:///d", ""] {
            let error = read_postgres_url(wrong).unwrap_err();
            assert_eq!(error.field(), Some("url"), "{wrong}");
        }
    }

    #[test]
    fn what_was_read_is_written_again() {
        let place = DatabasePlace {
            host: "::1".into(),
            port: 5433,
            database: "a/b".into(),
            user: "q@desk".into(),
            tls: TlsMode::Disable,
            ca_file: None,
            replica: Some("replica.fx.example".into()),
        };
        let url = place.url(&Secret::new("p:w/ü")).unwrap();
        let again = read_postgres_url(url.reveal()).unwrap();
        assert_eq!(again.password.as_deref(), Some("p:w/ü"));
        assert_eq!((again.host.as_str(), again.port), ("::1", 5433));
        assert_eq!(
            (again.user.as_str(), again.database.as_str()),
            ("q@desk", "a/b")
        );
        let replica = place.replica_url(&Secret::new("p")).unwrap().unwrap();
        assert!(replica.reveal().contains("@replica.fx.example:5433/"));
    }
}
