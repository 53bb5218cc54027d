//! From what is known of a team workspace to what opens it.

use std::path::{Path, PathBuf};

use super::address::host_and_port;
use super::known::{DatabasePlace, StoragePlace, TeamPlace, WorkspaceId};
use super::secret::TeamSecrets;
use super::{ArtifactPlace, Database, Folders, PostgresOptions, S3Options, WorkspaceOptions};
use crate::error::{Result, ServiceError};

pub(super) fn postgres_options(
    place: &DatabasePlace,
    secrets: &TeamSecrets,
) -> Result<PostgresOptions> {
    let password = &secrets.database_password;
    Ok(PostgresOptions {
        replica_url: place
            .replica_url(password)?
            .map(|url| url.reveal().to_owned()),
        ca_file: place.ca_file.as_ref().map(PathBuf::from),
        ..PostgresOptions::new(place.url(password)?.reveal())
    })
}

pub(super) fn s3_options(place: &StoragePlace, secrets: &TeamSecrets) -> S3Options {
    S3Options {
        public_endpoint: None,
        endpoint: place.endpoint.trim().to_owned(),
        bucket: place.bucket.trim().to_owned(),
        region: place.region.trim().to_owned(),
        access_key: secrets.access_key.reveal().to_owned(),
        secret_key: secrets.secret_key.reveal().to_owned(),
        ca_file: place.ca_file.as_ref().map(PathBuf::from),
        prefix: place.prefix.trim().to_owned(),
    }
}

/// How to open a team workspace; its local folder keeps logs, caches and the claim of this machine.
pub fn team_options(
    place: &TeamPlace,
    secrets: &TeamSecrets,
    folders: Folders,
) -> Result<WorkspaceOptions> {
    Ok(WorkspaceOptions {
        stage_policy: place.stage_policy,
        database: Database::Postgres(postgres_options(&place.database, secrets)?),
        artifacts: ArtifactPlace::S3(s3_options(&place.storage, secrets)),
        ..WorkspaceOptions::local(folders)
    })
}

/// The folder of a team workspace on this machine, beside the user's own.
pub fn team_folders(id: &WorkspaceId) -> Result<Folders> {
    let own = Folders::of_this_user()?;
    let data = own.root.parent().unwrap_or(Path::new("."));
    Ok(Folders::new(data.join("team").join(id.as_str())))
}

impl TeamPlace {
    /// What cannot be right whatever answers: said before anything is sent.
    pub fn validate(&self) -> Result<()> {
        let database = &self.database;
        let required = [
            ("host", database.host.as_str(), "the host of the database"),
            ("database", &database.database, "the name of the database"),
            ("user", &database.user, "the user of the database"),
            (
                "endpoint",
                &self.storage.endpoint,
                "the endpoint of the S3 server",
            ),
            ("bucket", &self.storage.bucket, "the bucket for artifacts"),
        ];
        for (field, value, what) in required {
            if value.trim().is_empty() {
                return Err(ServiceError::invalid(field, format!("{what} is missing")));
            }
        }
        if let Some(replica) = database.replica.as_deref().filter(|text| !text.is_empty())
            && host_and_port(replica, database.port).is_none()
        {
            let told = format!("'{replica}' is no host:port");
            return Err(ServiceError::invalid("replica", told));
        }
        Ok(())
    }
}
