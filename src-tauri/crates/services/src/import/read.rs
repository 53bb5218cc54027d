//! Where an import reads: a server or a folder, asked in the same words.

use super::folder::Folder;
use super::server::Server;
use super::source::{
    ByteStream, Owner, Partly, Read, RunsPage, SourceExperiment, SourceFile, SourceLoggedModel,
    SourceModel, SourceRun, SourceVersion,
};

#[derive(Debug)]
pub enum Source {
    Server(Server),
    Folder(Folder),
}

impl Source {
    /// What identifies it between imports; holds no password.
    pub fn address(&self) -> String {
        match self {
            Self::Server(server) => server.address(),
            Self::Folder(folder) => folder.address(),
        }
    }

    pub fn kind(&self) -> String {
        match self {
            Self::Server(server) => server.kind(),
            Self::Folder(_) => "a folder of MLflow's file store".to_owned(),
        }
    }

    /// The kinds of things that it may hold and an import does not bring, as a sentence.
    pub async fn stays(&self) -> Read<Option<String>> {
        match self {
            // Neither can be counted in one request.
            Self::Server(_) => Ok(Some(
                "its traces, prompts and webhooks, if it has any, do not come".to_owned(),
            )),
            Self::Folder(folder) => Ok(match folder.trace_count().await? {
                0 => None,
                1 => Some("its 1 trace does not come".to_owned()),
                count => Some(format!("its {count} traces do not come")),
            }),
        }
    }

    pub async fn experiments(&self) -> Read<Partly<SourceExperiment>> {
        match self {
            Self::Server(server) => Ok((server.experiments().await?, Vec::new())),
            Self::Folder(folder) => folder.experiments().await,
        }
    }

    pub async fn runs(&self, experiment_id: &str, page: Option<&str>) -> Read<RunsPage> {
        match self {
            Self::Server(server) => server.runs(experiment_id, page).await,
            Self::Folder(folder) => folder.runs(experiment_id, page).await,
        }
    }

    pub async fn run(&self, id: &str) -> Read<SourceRun> {
        match self {
            Self::Server(server) => server.run(id).await,
            Self::Folder(folder) => folder.run(id).await,
        }
    }

    pub async fn logged_models(&self, experiment_id: &str) -> Read<Partly<SourceLoggedModel>> {
        match self {
            Self::Server(server) => Ok((server.logged_models(experiment_id).await?, Vec::new())),
            Self::Folder(folder) => folder.logged_models(experiment_id).await,
        }
    }

    pub async fn models(&self) -> Read<Partly<SourceModel>> {
        match self {
            Self::Server(server) => Ok((server.models().await?, Vec::new())),
            Self::Folder(folder) => folder.models().await,
        }
    }

    pub async fn versions(&self, model: &SourceModel) -> Read<Partly<SourceVersion>> {
        match self {
            Self::Server(server) => Ok((server.versions(model).await?, Vec::new())),
            Self::Folder(folder) => folder.versions(model).await,
        }
    }

    /// What stands directly in a folder of an owner; the owner's root when the path is empty.
    pub async fn list(&self, owner: &Owner, path: &str) -> Read<Vec<SourceFile>> {
        match self {
            Self::Server(server) => server.list(owner, path).await,
            Self::Folder(folder) => folder.list(owner, path).await,
        }
    }

    pub async fn open(&self, owner: &Owner, path: &str) -> Read<ByteStream> {
        match self {
            Self::Server(server) => server.open(owner, path).await,
            Self::Folder(folder) => folder.open(owner, path).await,
        }
    }
}
