//! Passwords and keys in memory: wiped when dropped, and shown by no log line.

use age::secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that `{:?}` never shows. It arrives from the window, and leaves only through [`Secret::reveal`].
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself, for the one who must know it.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    pub fn is_empty(&self) -> bool {
        self.reveal().is_empty()
    }

    pub(super) fn inner(&self) -> SecretString {
        self.0.clone()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hidden]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// What opens a team workspace. In the window's requests and in what is encrypted; nowhere else.
#[derive(Debug, Clone, Default, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TeamSecrets {
    #[specta(type = String)]
    pub database_password: Secret,
    #[specta(type = String)]
    pub access_key: Secret,
    #[specta(type = String)]
    pub secret_key: Secret,
}

/// The one form in which secrets are written: what the keychain keeps, and what is encrypted into the file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sealed<'a> {
    #[serde(serialize_with = "revealed")]
    database_password: &'a Secret,
    #[serde(serialize_with = "revealed")]
    access_key: &'a Secret,
    #[serde(serialize_with = "revealed")]
    secret_key: &'a Secret,
}

fn revealed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.reveal())
}

impl<'a> From<&'a TeamSecrets> for Sealed<'a> {
    fn from(secrets: &'a TeamSecrets) -> Self {
        Self {
            database_password: &secrets.database_password,
            access_key: &secrets.access_key,
            secret_key: &secrets.secret_key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_debug_line_shows_a_secret() {
        let secrets: TeamSecrets = serde_json::from_str(
            r#"{"databasePassword":"hunter2","accessKey":"AKIA","secretKey":"shh"}"#,
        )
        .unwrap();
        assert_eq!(secrets.database_password.reveal(), "hunter2");
        let shown = format!("{secrets:?}");
        for secret in ["hunter2", "AKIA", "shh"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
