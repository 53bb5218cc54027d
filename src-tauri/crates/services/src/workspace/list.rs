//! The list of workspaces as the window shows it, and the changes a user makes to it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::known::{
    DatabasePlace, KnownFile, KnownWorkspace, KnownWorkspaces, Place, TeamPlace, WorkspaceId,
};
use super::secret::TeamSecrets;
use super::vault::{Vault, VaultStatus};
use super::{Folders, WorkspaceKind};
use crate::error::{Result, ServiceError};

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceCard {
    pub id: WorkspaceId,
    pub name: String,
    pub kind: WorkspaceKind,
    /// Its folder, or `database on host:port`.
    pub location: String,
    pub port: Option<u16>,
    pub current: bool,
    /// The account's own local workspace stays in the list.
    pub removable: bool,
    /// Its folder is gone.
    pub missing: bool,
    pub team: Option<TeamPlace>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceList {
    pub workspaces: Vec<WorkspaceCard>,
    pub vault: VaultStatus,
    /// Why the list itself cannot be read.
    pub problem: Option<String>,
    /// When the current one, whose database does not answer, is opened again by itself.
    #[specta(type = Option<specta_typescript::Number>)]
    pub retry_at_ms: Option<i64>,
}

/// A connection as the form holds it.
#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TeamInput {
    /// An existing workspace whose connection is changed; its secrets stay where the form leaves them empty.
    pub id: Option<WorkspaceId>,
    pub name: String,
    pub place: TeamPlace,
    pub secrets: TeamSecrets,
}

#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ChangeWorkspaceInput {
    pub id: WorkspaceId,
    pub name: String,
    pub port: Option<u16>,
}

/// All that is known, the account's own first; what is open now is always among them.
pub fn cards(
    known: &KnownWorkspaces,
    own: &Folders,
    open: Option<(&KnownWorkspace, WorkspaceKind)>,
) -> Vec<WorkspaceCard> {
    let mut all = vec![
        known
            .find(&WorkspaceId::local())
            .cloned()
            .unwrap_or_else(|| KnownWorkspace::own(own)),
    ];
    all.extend(
        known
            .workspaces
            .iter()
            .filter(|each| each.id != WorkspaceId::local())
            .cloned(),
    );
    if let Some((open, _)) = open
        && !all.iter().any(|each| each.id == open.id)
    {
        all.push(open.clone());
    }
    all.into_iter()
        .map(|each| {
            let current = open.is_some_and(|(open, _)| open.id == each.id);
            let kind = match (&each.place, open) {
                (_, Some((_, kind))) if current => kind,
                (Place::Team(_), _) => WorkspaceKind::Team,
                (Place::Local { .. }, _) => WorkspaceKind::Local,
            };
            card(each, kind, current)
        })
        .collect()
}

fn card(known: KnownWorkspace, kind: WorkspaceKind, current: bool) -> WorkspaceCard {
    let removable = known.id != WorkspaceId::local();
    let (location, missing, team) = match known.place {
        Place::Local { folder } => (
            folder.display().to_string(),
            removable && !folder.exists(),
            None,
        ),
        Place::Team(team) => (team.location(), false, Some(*team)),
    };
    WorkspaceCard {
        id: known.id,
        name: known.name,
        kind,
        location,
        port: known.port,
        current,
        removable,
        missing,
        team,
    }
}

impl TeamPlace {
    /// `drydock on db.fx.example:5432`
    pub fn location(&self) -> String {
        let DatabasePlace {
            host,
            port,
            database,
            ..
        } = &self.database;
        format!("{database} on {host}:{port}")
    }
}

/// Trims, and refuses what no name or port can be.
pub fn valid_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(ServiceError::invalid(
            "name",
            "a workspace's name has 1 to 60 characters",
        ));
    }
    Ok(name.to_owned())
}

/// What the form says, completed by what is kept.
pub async fn completed(vault: &Vault, input: &TeamInput) -> Result<TeamSecrets> {
    let mut secrets = input.secrets.clone();
    let nothing_typed = [
        &secrets.database_password,
        &secrets.access_key,
        &secrets.secret_key,
    ]
    .iter()
    .any(|secret| secret.is_empty());
    if let Some(id) = input.id.clone().filter(|_| nothing_typed)
        && let Some(kept) = vault.secrets(id).await?
    {
        for (typed, kept) in [
            (&mut secrets.database_password, kept.database_password),
            (&mut secrets.access_key, kept.access_key),
            (&mut secrets.secret_key, kept.secret_key),
        ] {
            if typed.is_empty() {
                *typed = kept;
            }
        }
    }
    Ok(secrets)
}

impl KnownFile {
    /// Renames, or gives it a port; `known` is what stands if the list does not have it yet.
    pub fn change_workspace(
        &self,
        known: &KnownWorkspace,
        input: &ChangeWorkspaceInput,
    ) -> Result<KnownWorkspace> {
        let name = valid_name(&input.name)?;
        if input.port == Some(0) {
            return Err(ServiceError::invalid("port", "a port is 1 to 65535"));
        }
        let changed = KnownWorkspace {
            name,
            port: input.port,
            ..known.clone()
        };
        self.remember(changed.clone())?;
        Ok(changed)
    }

    /// Adds it, or replaces what stands under its id.
    pub fn remember(&self, workspace: KnownWorkspace) -> Result<()> {
        self.change(|known| {
            match known.find_mut(&workspace.id) {
                Some(standing) => *standing = workspace,
                None => known.workspaces.push(workspace),
            }
            Ok(())
        })
    }

    /// The one that a plain start opens.
    pub fn remember_last(&self, id: &WorkspaceId) -> Result<()> {
        self.change(|known| {
            known.last = Some(id.clone());
            Ok(())
        })
    }

    /// Takes it off the list. What it holds stays where it is.
    pub fn forget(&self, id: &WorkspaceId) -> Result<()> {
        self.change(|known| {
            known.workspaces.retain(|each| each.id != *id);
            if known.last.as_ref() == Some(id) {
                known.last = None;
            }
            Ok(())
        })
    }

    /// The local workspace in this folder, in the list from now on.
    pub fn add_local(&self, folder: &Path) -> Result<KnownWorkspace> {
        let folder: PathBuf = folder.canonicalize().map_err(ServiceError::io(format!(
            "cannot open the folder {}",
            folder.display()
        )))?;
        if let Some(known) = self.read()?.in_folder(&folder) {
            return Ok(known.clone());
        }
        let name = folder
            .file_name()
            .map_or_else(|| "Workspace".to_owned(), |name| name.display().to_string());
        let added = KnownWorkspace {
            id: WorkspaceId::new(),
            name,
            port: None,
            place: Place::Local { folder },
        };
        self.remember(added.clone())?;
        Ok(added)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_workspace_is_always_there_and_the_open_one_too() {
        let own = Folders::new("/home/quant/.local/share/drydock/local");
        let cards_of = |known: &KnownWorkspaces, open| cards(known, &own, open);
        let first = cards_of(&KnownWorkspaces::default(), None);
        assert_eq!(first.len(), 1);
        assert!(!first[0].removable && !first[0].current);
        let elsewhere = KnownWorkspace {
            id: WorkspaceId("x".into()),
            name: "Demo".into(),
            port: None,
            place: Place::Local {
                folder: "/nowhere/demo".into(),
            },
        };
        let open = Some((&elsewhere, WorkspaceKind::Demo));
        let both = cards_of(&KnownWorkspaces::default(), open);
        assert_eq!(both.len(), 2);
        assert!(both[1].current && both[1].missing);
        assert_eq!(both[1].kind, WorkspaceKind::Demo);
    }

    #[test]
    fn names_ports_and_folders_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = KnownFile::in_folder(folder.path().join("config"));
        let data = folder.path().join("research");
        assert!(file.add_local(&data).is_err());
        std::fs::create_dir(&data).unwrap();
        let added = file.add_local(&data).unwrap();
        assert_eq!(added.name, "research");
        assert_eq!(file.add_local(&data).unwrap().id, added.id);
        let input = |name: &str, port| ChangeWorkspaceInput {
            id: added.id.clone(),
            name: name.into(),
            port,
        };
        file.change_workspace(&added, &input("  Equities ", Some(5007)))
            .unwrap();
        let known = file.read().unwrap();
        assert_eq!(known.find(&added.id).unwrap().name, "Equities");
        assert_eq!(known.find(&added.id).unwrap().port, Some(5007));
        let refused = file.change_workspace(&added, &input(" ", None));
        assert_eq!(refused.unwrap_err().field(), Some("name"));
        file.remember_last(&added.id).unwrap();
        file.forget(&added.id).unwrap();
        let known = file.read().unwrap();
        assert!(known.workspaces.is_empty() && known.last.is_none());
        assert!(data.exists());
    }
}
