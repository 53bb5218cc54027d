//! Which ONNX Runtime this user has chosen: the one that came along, or a GPU pack, a folder of other libraries. It is a
//! matter of the machine, so it stands in the configuration folder of the account, not in a workspace.

use std::path::{Path, PathBuf};

use engine::job::PackJob;
use engine::pack::{self, PackFolder, PackProbe};
use engine::worker::Use;
use engine::{CancelToken, LIBRARY_VARIABLE, Limits, Runtime};
use serde::{Deserialize, Serialize};

use crate::Context;
use crate::engine::{RuntimeStatus, blocking, status_of};
use crate::error::{Result, ServiceError};
use crate::lab::Lab;

/// The form of the file; a newer app's file is left alone.
const VERSION: u32 = 1;

/// The file in which the choice stands.
#[derive(Debug, Clone)]
pub struct RuntimeFile(PathBuf);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    version: u32,
    gpu_pack: Option<PathBuf>,
}

impl RuntimeFile {
    pub fn in_folder(folder: &Path) -> Self {
        Self(folder.join("runtime.json"))
    }

    /// In the configuration folder of this account.
    pub fn of_this_user() -> Result<Self> {
        let project = directories::ProjectDirs::from("", "", "Drydock").ok_or_else(|| {
            ServiceError::Unavailable {
                message: "this account has no home folder to keep settings in".to_owned(),
                hint: format!("name the library by {LIBRARY_VARIABLE}"),
            }
        })?;
        Ok(Self::in_folder(project.config_dir()))
    }

    /// The folder that was chosen; `None` for the library that came along.
    pub fn read(&self) -> Result<Option<PathBuf>> {
        let text = match std::fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unreadable(&error.to_string())),
        };
        let kept: Kept =
            serde_json::from_str(&text).map_err(|error| self.unreadable(&error.to_string()))?;
        if kept.version > VERSION {
            return Err(self.unreadable("a newer Drydock wrote it"));
        }
        Ok(kept.gpu_pack)
    }

    fn unreadable(&self, reason: &str) -> ServiceError {
        ServiceError::state(format!("{} cannot be read: {reason}", self.0.display()))
    }

    /// Replaced whole.
    pub fn write(&self, gpu_pack: Option<&Path>) -> Result<()> {
        use std::io::Write as _;
        let doing = || ServiceError::io(format!("{} could not be written", self.0.display()));
        let kept = Kept {
            version: VERSION,
            gpu_pack: gpu_pack.map(Path::to_owned),
        };
        let text = serde_json::to_vec_pretty(&kept)
            .map_err(|error| ServiceError::state(error.to_string()))?;
        let folder = self.0.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(doing())?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(doing())?;
        file.write_all(&text).map_err(doing())?;
        file.persist(&self.0)
            .map_err(|error| doing()(error.error))?;
        Ok(())
    }

    /// From now on the chosen library is the one that is loaded. A pack that has gone is not passed over in silence: loading
    /// then fails, and says where it was.
    pub fn apply(&self) {
        let chosen = self.read().unwrap_or_else(|error| {
            tracing::error!(%error, "the choice of ONNX Runtime could not be read");
            None
        });
        let library =
            chosen.map(|folder| pack::look(&folder).map_or(folder, |found| found.library));
        Runtime::prefer(library);
    }
}

/// What is loaded, what is chosen, and whether that is the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeSettings {
    /// In this process.
    pub loaded: RuntimeStatus,
    /// The chosen folder; `null` for the library that came along.
    pub gpu_pack: Option<String>,
    /// What workers, and this program after its next start, load; or why they cannot.
    pub next_library: Option<String>,
    pub next_problem: Option<String>,
    /// This program keeps the library that it loaded first until it ends.
    pub restart_needed: bool,
    /// The variable that names a library, when it is set: it comes before the choice.
    pub overridden_by: Option<String>,
}

/// A folder that may be chosen, and what its library turned out to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeCheck {
    pub folder: PackFolder,
    /// `None` when it could not be loaded.
    pub probe: Option<PackProbe>,
    pub problem: Option<String>,
}

pub async fn settings(ctx: Option<&Context>, file: &RuntimeFile) -> Result<RuntimeSettings> {
    let loaded = status_of(ctx).await;
    let gpu_pack = file.read()?;
    let next = Runtime::locate(None);
    let next_library = next.as_ref().ok().map(|path| path.display().to_string());
    Ok(RuntimeSettings {
        restart_needed: loaded.available
            && next_library.is_some()
            && loaded.library_path != next_library,
        loaded,
        gpu_pack: gpu_pack.map(|folder| folder.display().to_string()),
        next_library,
        next_problem: next.err().map(|error| error.to_string()),
        overridden_by: std::env::var(LIBRARY_VARIABLE)
            .ok()
            .filter(|value| !value.is_empty()),
    })
}

/// Looks into a folder, then has a worker load its library and try each provider.
pub async fn check(lab: &Lab, folder: PathBuf) -> Result<RuntimeCheck> {
    let found = blocking(move || Ok(pack::look(&folder)?)).await?;
    let probed = probe(lab, Some(found.library.clone()), found.folder.clone(), true).await;
    Ok(match probed {
        Ok(probe) => RuntimeCheck {
            folder: found,
            probe: Some(probe),
            problem: None,
        },
        Err(error) => RuntimeCheck {
            folder: found,
            probe: None,
            problem: Some(error.to_string()),
        },
    })
}

/// Keeps the choice, and lets go of the workers that have another library. A folder whose library cannot be loaded is
/// refused.
pub async fn choose(lab: &Lab, file: &RuntimeFile, folder: Option<PathBuf>) -> Result<()> {
    if let Some(folder) = &folder {
        let checked = check(lab, folder.clone()).await?;
        if let Some(problem) = checked.problem {
            return Err(ServiceError::invalid("folder", problem));
        }
    }
    let file = file.clone();
    blocking(move || file.write(folder.as_deref()).map(|()| file.apply())).await?;
    lab.let_go();
    Ok(())
}

/// The version of the library that workers load.
pub(crate) async fn version(lab: &Lab) -> Result<String> {
    let library = Runtime::locate(None)?;
    let folder = library.parent().map(Path::to_owned).unwrap_or_default();
    Ok(probe(lab, None, folder, false).await?.version)
}

async fn probe(
    lab: &Lab,
    library: Option<PathBuf>,
    folder: PathBuf,
    try_providers: bool,
) -> Result<PackProbe> {
    let job = PackJob {
        folder,
        try_providers,
    };
    let wall = std::time::Duration::from_secs(120);
    let purpose = Use::fresh().library(library).limits(Limits::within(wall));
    lab.call(purpose, job, |()| {}, &CancelToken::default())
        .await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_choice_is_kept_and_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = RuntimeFile::in_folder(&folder.path().join("config"));
        assert_eq!(file.read().unwrap(), None);
        file.write(Some(Path::new("/opt/gpu/capi"))).unwrap();
        assert_eq!(file.read().unwrap(), Some(PathBuf::from("/opt/gpu/capi")));
        file.write(None).unwrap();
        assert_eq!(file.read().unwrap(), None);
        std::fs::write(
            folder.path().join("config/runtime.json"),
            "{\"version\":9,\"gpuPack\":null}",
        )
        .unwrap();
        assert!(
            file.read()
                .unwrap_err()
                .to_string()
                .contains("newer Drydock")
        );
    }
}
