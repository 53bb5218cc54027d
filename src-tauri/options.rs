//! How the app is started: by a double click without words, or from a terminal with some.

use std::path::PathBuf;

use clap::Parser;
use domain::registry::StagePolicy;
use services::workspace::{Folders, WorkspaceOptions};

#[derive(Debug, Clone, Parser)]
#[command(name = "drydock-desktop", version, about = "The Drydock desktop app")]
pub struct Options {
    /// The workspace folder; default: the data directory of this account
    #[arg(long, env = "DRYDOCK_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// The port of the embedded tracking server; if it is taken, the next free one
    #[arg(long, default_value_t = 5000, env = "DRYDOCK_PORT")]
    pub port: u16,
    /// Which stage moves are legal: lifecycle or open
    #[arg(long, default_value = "lifecycle", env = "DRYDOCK_STAGE_POLICY")]
    pub stage_policy: StagePolicy,
    /// A model to inspect
    pub file: Option<PathBuf>,
}

impl Options {
    pub fn workspace(&self) -> services::Result<WorkspaceOptions> {
        let folders = self
            .data_dir
            .clone()
            .map_or_else(Folders::of_this_user, |dir| Ok(Folders::new(dir)))?;
        Ok(WorkspaceOptions {
            stage_policy: self.stage_policy,
            ..WorkspaceOptions::local(folders)
        })
    }
}
