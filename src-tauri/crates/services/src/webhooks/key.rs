//! The key that seals webhook secrets at rest: a copy of the database alone signs nothing.
//!
//! It is an age identity in a file beside the database, or one that several servers are given. Each row names the key it
//! is sealed with, so that a server with another key says so instead of signing wrongly.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};
use store::webhooks::WebhookRow;

use crate::error::{Result, ServiceError};
use crate::workspace::secret::Secret;

const HINT: &str = "start it with the --webhook-key-file of the server that saved the webhook, or give the webhook its secret again";

/// Where this process finds its key.
#[derive(Debug, Clone)]
pub enum WebhookKey {
    /// A file of this workspace folder, made when the first secret is saved.
    Own(PathBuf),
    /// A file that several servers share; it is never made here.
    File(PathBuf),
    /// The key itself: `AGE-SECRET-KEY-1...`.
    Given(Secret),
}

/// A key, ready for use.
pub(super) struct Keyring {
    identity: Identity,
    pub id: String,
}

impl WebhookKey {
    /// `None`: this workspace folder has sealed nothing yet.
    pub(super) fn load(&self) -> Result<Option<Keyring>> {
        let (text, place) = match self {
            Self::Given(secret) => (secret.clone(), "DRYDOCK_WEBHOOK_KEY".to_owned()),
            Self::Own(path) | Self::File(path) => {
                let place = path.display().to_string();
                match std::fs::read_to_string(path) {
                    Ok(text) => (Secret::new(text), place),
                    Err(error)
                        if error.kind() == std::io::ErrorKind::NotFound
                            && matches!(self, Self::Own(_)) =>
                    {
                        return Ok(None);
                    }
                    Err(error) => {
                        return Err(unfit(format!(
                            "the key of webhook secrets, {place}, cannot be read: {error}"
                        )));
                    }
                }
            }
        };
        // `age-keygen` writes comments above the key.
        let mut lines = text.reveal().lines().map(str::trim);
        let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        let identity: std::result::Result<Identity, _> = line.unwrap_or_default().parse();
        match identity {
            Ok(identity) => Ok(Some(Keyring::of(identity))),
            Err(_) => Err(unfit(format!(
                "the key of webhook secrets, {place}, is no age key (AGE-SECRET-KEY-1...)"
            ))),
        }
    }

    /// The key, made if this is the folder's first secret.
    fn load_or_make(&self) -> Result<Keyring> {
        match (self.load()?, self) {
            (Some(key), _) => Ok(key),
            (None, Self::Own(path)) => {
                make(path).map_err(ServiceError::io(format!("cannot write {}", path.display())))?;
                // Another process may have been first; whoever was, it is the same file now.
                self.load()?
                    .ok_or_else(|| unfit(format!("{} is gone again", path.display())))
            }
            (None, _) => Err(unfit("there is no key of webhook secrets".to_owned())),
        }
    }

    /// The id by which rows name this key; empty where there is none, which fits rows that are not sealed.
    pub(super) fn id(&self) -> String {
        match self.load() {
            Ok(Some(key)) => key.id,
            Ok(None) | Err(_) => String::new(),
        }
    }

    /// What stands in the row of a webhook: its secret sealed, and the key's id. No secret needs no key.
    pub(super) fn seal(&self, webhook_id: &str, secret: &str) -> Result<(String, String)> {
        if secret.is_empty() {
            return Ok((String::new(), String::new()));
        }
        let key = self.load_or_make()?;
        // The id inside makes a secret worthless in another webhook's row.
        let text = Secret::new(format!("{webhook_id}\n{secret}"));
        let sealed = age::encrypt(&key.identity.to_public(), text.reveal().as_bytes())
            .map_err(|error| ServiceError::state(format!("a secret cannot be sealed: {error}")))?;
        Ok((STANDARD_NO_PAD.encode(sealed), key.id))
    }

    /// The secret of a row, or why this process cannot know it.
    pub(super) fn open(&self, row: &WebhookRow) -> Result<Secret> {
        if row.key_id.is_empty() {
            return Ok(Secret::new(row.secret.clone()));
        }
        let Some(key) = self.load()? else {
            return Err(unfit(format!(
                "the webhook's secret is sealed with key {}, and this server holds no key",
                row.key_id
            )));
        };
        if key.id != row.key_id {
            return Err(unfit(format!(
                "the webhook's secret is sealed with key {}, and this server holds key {}",
                row.key_id, key.id
            )));
        }
        let damaged = || unfit("the webhook's sealed secret is damaged".to_owned());
        let sealed = STANDARD_NO_PAD.decode(&row.secret).map_err(|_| damaged())?;
        let text = age::decrypt(&key.identity, &sealed).map_err(|_| damaged())?;
        let text = Secret::new(String::from_utf8(text).map_err(|_| damaged())?);
        match text.reveal().split_once('\n') {
            Some((id, secret)) if id == row.webhook_id => Ok(Secret::new(secret)),
            _ => Err(damaged()),
        }
    }
}

impl Keyring {
    fn of(identity: Identity) -> Self {
        let public = Sha256::digest(identity.to_public().to_string());
        Self {
            identity,
            id: hex::encode(&public[..8]),
        }
    }
}

fn unfit(message: String) -> ServiceError {
    ServiceError::Unavailable {
        message,
        hint: HINT.to_owned(),
    }
}

/// Writes a new key that only this user reads, unless there is one by now.
fn make(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    // Temporary files are made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let key = Identity::generate().to_string();
    writeln!(
        file,
        "# Seals the webhook secrets of this Drydock workspace. Keep a copy: without it they are lost.\n{}",
        key.expose_secret()
    )?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row((secret, key_id): (String, String)) -> WebhookRow {
        WebhookRow {
            webhook_id: "w1".to_owned(),
            name: String::new(),
            description: String::new(),
            url: String::new(),
            status: String::new(),
            secret,
            key_id,
            created_at_ms: 0,
            updated_at_ms: 0,
        }
    }

    #[test]
    fn only_the_key_that_sealed_opens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("webhook.key");
        let own = WebhookKey::Own(path.clone());
        assert_eq!(own.id(), "");
        let sealed = row(own.seal("w1", "hunter2\nand more").unwrap());
        assert!(!sealed.secret.contains("hunter2"));
        assert_eq!(own.open(&sealed).unwrap().reveal(), "hunter2\nand more");

        // The same key by its file, and by its text.
        let text = std::fs::read_to_string(&path).unwrap();
        for same in [WebhookKey::File(path), WebhookKey::Given(Secret::new(text))] {
            assert_eq!(same.open(&sealed).unwrap().reveal(), "hunter2\nand more");
        }
        let other = WebhookKey::Own(folder.path().join("other.key"));
        let why = other.open(&sealed).unwrap_err().to_string();
        assert!(why.contains("holds no key"), "{why}");
        other.seal("w2", "s").unwrap();
        let why = other.open(&sealed).unwrap_err().to_string();
        assert!(why.contains("holds key"), "{why}");
        for unfit in [
            WebhookKey::File(folder.path().join("none")),
            WebhookKey::Given(Secret::new("AGE-SECRET-KEY-1")),
        ] {
            assert!(unfit.open(&sealed).is_err() && unfit.seal("w1", "s").is_err());
        }

        let moved = WebhookRow {
            webhook_id: "w2".to_owned(),
            ..sealed
        };
        assert!(own.open(&moved).is_err(), "it opened in another's row");
        // From before there were keys.
        let plain = row(("as it is".to_owned(), String::new()));
        assert_eq!(other.open(&plain).unwrap().reveal(), "as it is");
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_reads_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("webhook.key");
        WebhookKey::Own(path.clone()).seal("w", "s").unwrap();
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
