//! How the app is started: by a double click without words, or from a terminal with some.

use std::path::PathBuf;

use clap::Parser;
use domain::registry::StagePolicy;
use services::workspace::Folders;
use services::workspace::known::{KnownWorkspace, KnownWorkspaces, Place, WorkspaceId};

/// Where clients of MLflow look first.
pub const USUAL_PORT: u16 = 5000;

#[derive(Debug, Clone, Parser)]
#[command(name = "drydock-desktop", version, about = "The Drydock desktop app")]
pub struct Options {
    /// The workspace folder; default: the workspace that was open last
    #[arg(long, env = "DRYDOCK_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// The port of the embedded tracking server (default: the workspace's own, else 5000); if it is taken, the next free one
    #[arg(long, env = "DRYDOCK_PORT")]
    pub port: Option<u16>,
    /// Which stage moves are legal: lifecycle or open
    #[arg(long, default_value = "lifecycle", env = "DRYDOCK_STAGE_POLICY")]
    pub stage_policy: StagePolicy,
    /// A model to inspect
    pub file: Option<PathBuf>,
}

impl Options {
    /// The workspace that this start opens: the folder that was named, else the last one, else the account's own.
    pub fn first(&self, known: &KnownWorkspaces) -> services::Result<KnownWorkspace> {
        if let Some(folder) = &self.data_dir {
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            return Ok(known
                .in_folder(&folder)
                .cloned()
                .unwrap_or_else(|| KnownWorkspace {
                    id: WorkspaceId(format!("folder {}", folder.display())),
                    name: String::new(),
                    port: None,
                    place: Place::Local { folder },
                }));
        }
        let last = known.last.as_ref().and_then(|id| known.find(id));
        match last {
            Some(last) => Ok(last.clone()),
            None => own(known),
        }
    }
}

/// The account's own local workspace.
pub fn own(known: &KnownWorkspaces) -> services::Result<KnownWorkspace> {
    let folders = Folders::of_this_user()?;
    let own = known.find(&WorkspaceId::local());
    Ok(own
        .cloned()
        .unwrap_or_else(|| KnownWorkspace::own(&folders)))
}
