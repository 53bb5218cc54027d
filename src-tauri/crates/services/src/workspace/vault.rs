//! Where the secrets of team workspaces are kept: the keychain of the operating system, or, where none answers, a file
//! that a passphrase encrypts. Which of the two it is, is told in words; plain text it never is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

use super::known::{WorkspaceId, write_whole};
use super::secret::{Sealed, Secret, TeamSecrets};
use crate::error::{Result, ServiceError};

const SERVICE: &str = "Drydock";
const PASSPHRASE_CHARS_MIN: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum VaultPlace {
    Keychain,
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum VaultState {
    /// Secrets can be read and kept.
    Ready,
    /// The file waits for its passphrase.
    Locked,
    /// There is no file yet: its passphrase is chosen with the first secret.
    New,
}

/// Where secrets are, as the window says it.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct VaultStatus {
    pub place: VaultPlace,
    pub state: VaultState,
    /// "the keychain of this account", or the path of the file.
    pub location: String,
    /// Why it is not the keychain.
    pub reason: Option<String>,
}

/// The keeper of secrets of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Vault(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: PathBuf,
    /// Whether the keychain is asked at all.
    keychain_wanted: bool,
    /// `Err` says why the keychain cannot be used.
    keychain: OnceLock<std::result::Result<(), String>>,
    open: Mutex<Option<OpenFile>>,
}

/// The file's content, while the app runs.
#[derive(Debug)]
struct OpenFile {
    passphrase: Secret,
    secrets: BTreeMap<String, TeamSecrets>,
}

impl Vault {
    /// The keychain first, the file in this folder where there is none.
    pub fn of_this_user(folder: &Path) -> Self {
        Self::new(folder, true)
    }

    /// Only the file, whatever the system offers.
    pub fn in_file(folder: &Path) -> Self {
        Self::new(folder, false)
    }

    fn new(folder: &Path, keychain_wanted: bool) -> Self {
        Self(Arc::new(Inner {
            file: folder.join("secrets.age"),
            keychain_wanted,
            keychain: OnceLock::new(),
            open: Mutex::default(),
        }))
    }

    pub async fn status(&self) -> Result<VaultStatus> {
        self.blocking(|inner| Ok(inner.status())).await
    }

    /// Opens the file with its passphrase, or makes a new one with it.
    pub async fn unlock(&self, passphrase: Secret) -> Result<VaultStatus> {
        self.blocking(move |inner| {
            inner.unlock(passphrase)?;
            Ok(inner.status())
        })
        .await
    }

    pub async fn keep(&self, id: WorkspaceId, secrets: TeamSecrets) -> Result<VaultPlace> {
        self.blocking(move |inner| inner.keep(&id, &secrets)).await
    }

    /// `None`: no secrets of this workspace are kept here.
    pub async fn secrets(&self, id: WorkspaceId) -> Result<Option<TeamSecrets>> {
        self.blocking(move |inner| inner.secrets(&id)).await
    }

    pub async fn forget(&self, id: WorkspaceId) -> Result<()> {
        self.blocking(move |inner| inner.forget(&id)).await
    }

    /// Keychains ask the user, and a passphrase is made slow on purpose: neither belongs on a thread that answers.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .map_err(|error| ServiceError::io("reading secrets")(std::io::Error::other(error)))?
    }
}

impl Inner {
    fn keychain(&self) -> std::result::Result<(), &str> {
        let known = self.keychain.get_or_init(|| {
            if !self.keychain_wanted {
                return Err("the encrypted file was asked for".to_owned());
            }
            match entry("availability").and_then(|entry| entry.get_password()) {
                Ok(_) | Err(keyring::Error::NoEntry) => Ok(()),
                Err(keyring::Error::NoDefaultStore) => {
                    Err("this session has no keychain that answers".to_owned())
                }
                Err(error) => Err(format!("the keychain does not answer: {error}")),
            }
        });
        match known {
            Ok(()) => Ok(()),
            Err(reason) => Err(reason),
        }
    }

    fn status(&self) -> VaultStatus {
        match self.keychain() {
            Ok(()) => VaultStatus {
                place: VaultPlace::Keychain,
                state: VaultState::Ready,
                location: "the keychain of this account".to_owned(),
                reason: None,
            },
            Err(reason) => VaultStatus {
                place: VaultPlace::File,
                state: match (self.file.exists(), self.opened().is_some()) {
                    (_, true) => VaultState::Ready,
                    (true, false) => VaultState::Locked,
                    (false, false) => VaultState::New,
                },
                location: self.file.display().to_string(),
                reason: Some(reason.to_owned()),
            },
        }
    }

    fn unlock(&self, passphrase: Secret) -> Result<()> {
        if self.keychain().is_ok() {
            return Ok(());
        }
        let secrets = match std::fs::read(&self.file) {
            Ok(sealed) => open_sealed(&self.file, &sealed, &passphrase)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                strong_enough(&passphrase)?;
                BTreeMap::new()
            }
            Err(error) => {
                return Err(ServiceError::io(format!(
                    "cannot read {}",
                    self.file.display()
                ))(error));
            }
        };
        *self.opened() = Some(OpenFile {
            passphrase,
            secrets,
        });
        Ok(())
    }

    fn keep(&self, id: &WorkspaceId, secrets: &TeamSecrets) -> Result<VaultPlace> {
        if self.keychain().is_ok() {
            let text = serde_json::to_string(&Sealed::from(secrets)).unwrap_or_default();
            entry(id.as_str())
                .and_then(|entry| entry.set_password(&text))
                .map_err(|error| keychain_refused(&error))?;
            return Ok(VaultPlace::Keychain);
        }
        let mut opened = self.opened();
        let file = opened.as_mut().ok_or_else(|| self.locked())?;
        let before = file.secrets.insert(id.as_str().to_owned(), secrets.clone());
        if let Err(error) = seal(&self.file, file) {
            // What could not be written is not remembered either.
            match before {
                Some(before) => file.secrets.insert(id.as_str().to_owned(), before),
                None => file.secrets.remove(id.as_str()),
            };
            return Err(error);
        }
        Ok(VaultPlace::File)
    }

    fn secrets(&self, id: &WorkspaceId) -> Result<Option<TeamSecrets>> {
        if self.keychain().is_ok() {
            return match entry(id.as_str()).and_then(|entry| entry.get_password()) {
                Ok(text) => serde_json::from_str(&text)
                    .map(Some)
                    .map_err(|_| ServiceError::state("the keychain's entry is none of Drydock's")),
                Err(keyring::Error::NoEntry) => Ok(None),
                Err(error) => Err(keychain_refused(&error)),
            };
        }
        if !self.file.exists() {
            return Ok(None);
        }
        let opened = self.opened();
        let file = opened.as_ref().ok_or_else(|| self.locked())?;
        Ok(file.secrets.get(id.as_str()).cloned())
    }

    fn forget(&self, id: &WorkspaceId) -> Result<()> {
        if self.keychain().is_ok() {
            return match entry(id.as_str()).and_then(|entry| entry.delete_credential()) {
                Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
                Err(error) => Err(keychain_refused(&error)),
            };
        }
        if !self.file.exists() {
            return Ok(());
        }
        let mut opened = self.opened();
        let file = opened.as_mut().ok_or_else(|| self.locked())?;
        if file.secrets.remove(id.as_str()).is_some() {
            seal(&self.file, file)?;
        }
        Ok(())
    }

    fn locked(&self) -> ServiceError {
        ServiceError::Unavailable {
            message: format!(
                "the secrets in {} wait for their passphrase",
                self.file.display()
            ),
            hint: "unlock them; they stay unlocked until Drydock is closed".to_owned(),
        }
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, Option<OpenFile>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(user: &str) -> keyring::Result<keyring::Entry> {
    keyring::Entry::new(SERVICE, user)
}

fn keychain_refused(error: &keyring::Error) -> ServiceError {
    ServiceError::Unavailable {
        message: format!("the keychain refused: {error}"),
        hint: "unlock the keychain of this account, then try again".to_owned(),
    }
}

fn strong_enough(passphrase: &Secret) -> Result<()> {
    if passphrase.reveal().chars().count() < PASSPHRASE_CHARS_MIN {
        return Err(ServiceError::invalid(
            "passphrase",
            format!("a passphrase has at least {PASSPHRASE_CHARS_MIN} characters"),
        ));
    }
    Ok(())
}

fn open_sealed(
    path: &Path,
    sealed: &[u8],
    passphrase: &Secret,
) -> Result<BTreeMap<String, TeamSecrets>> {
    let identity = age::scrypt::Identity::new(passphrase.inner());
    let text = age::decrypt(&identity, sealed).map_err(|error| match error {
        age::DecryptError::DecryptionFailed
        | age::DecryptError::KeyDecryptionFailed
        | age::DecryptError::NoMatchingKeys => ServiceError::invalid(
            "passphrase",
            format!("this passphrase does not open {}", path.display()),
        ),
        other => ServiceError::state(format!("{} cannot be opened: {other}", path.display())),
    })?;
    serde_json::from_slice(&text)
        .map_err(|_| ServiceError::state(format!("{} holds no secrets of Drydock", path.display())))
}

fn seal(path: &Path, file: &OpenFile) -> Result<()> {
    let all: BTreeMap<&str, Sealed<'_>> = file
        .secrets
        .iter()
        .map(|(id, secrets)| (id.as_str(), Sealed::from(secrets)))
        .collect();
    let text = Secret::new(serde_json::to_string(&all).unwrap_or_default());
    let recipient = age::scrypt::Recipient::new(file.passphrase.inner());
    let doing = format!("cannot write {}", path.display());
    let sealed = age::encrypt(&recipient, text.reveal().as_bytes())
        .map_err(|error| ServiceError::io(doing.clone())(std::io::Error::other(error)))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| write_whole(path, &sealed))
        .map_err(ServiceError::io(doing))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> TeamSecrets {
        TeamSecrets {
            database_password: Secret::new("hunter2"),
            access_key: Secret::new("AKIAEXAMPLE"),
            secret_key: Secret::new("very-secret"),
        }
    }

    #[tokio::test]
    async fn a_file_opens_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::in_file(folder.path());
        let desk = WorkspaceId("desk".into());
        assert_eq!(vault.status().await.unwrap().state, VaultState::New);
        let refused = vault.keep(desk.clone(), secrets()).await.unwrap_err();
        assert!(refused.to_string().contains("passphrase"), "{refused}");
        let short = vault.unlock(Secret::new("short")).await.unwrap_err();
        assert_eq!(short.field(), Some("passphrase"));
        vault.unlock(Secret::new("harbour master")).await.unwrap();
        assert_eq!(
            vault.keep(desk.clone(), secrets()).await.unwrap(),
            VaultPlace::File
        );
        let on_disk = std::fs::read(folder.path().join("secrets.age")).unwrap();
        assert!(on_disk.starts_with(b"age-encryption.org/v1"));
        for plain in [&b"hunter2"[..], b"AKIAEXAMPLE", b"very-secret", b"desk"] {
            assert!(!on_disk.windows(plain.len()).any(|part| part == plain));
        }

        // The next start.
        let vault = Vault::in_file(folder.path());
        assert_eq!(vault.status().await.unwrap().state, VaultState::Locked);
        assert!(vault.secrets(desk.clone()).await.is_err());
        let wrong = vault.unlock(Secret::new("harbour mister")).await;
        assert_eq!(wrong.unwrap_err().field(), Some("passphrase"));
        let status = vault.unlock(Secret::new("harbour master")).await.unwrap();
        assert_eq!(status.state, VaultState::Ready);
        let kept = vault.secrets(desk.clone()).await.unwrap().unwrap();
        assert_eq!(kept.database_password.reveal(), "hunter2");
        vault.forget(desk.clone()).await.unwrap();
        assert!(vault.secrets(desk).await.unwrap().is_none());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_this_user_reads_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::in_file(folder.path());
        vault.unlock(Secret::new("harbour master")).await.unwrap();
        vault
            .keep(WorkspaceId("desk".into()), secrets())
            .await
            .unwrap();
        let mode = std::fs::metadata(folder.path().join("secrets.age"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
