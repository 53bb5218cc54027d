//! The way to PostgreSQL: name, network, certificate, password, database, permission, schema.

use domain::artifact::Digest;
use store::StoreError;
use store::probe::{Probe, Schema};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::report::{CheckFault, CheckId};
use super::steps::{Bad, Good, Steps};
use super::{network, tls};
use crate::error::Result;
use crate::workspace::known::{DatabasePlace, TlsMode};
use crate::workspace::open_team::postgres_options;
use crate::workspace::secret::TeamSecrets;

/// `SSLRequest` of PostgreSQL's protocol: its length and its number.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
const POSTGRES_MIN: u32 = 15;

type Step<T> = std::result::Result<Good<T>, Bad>;

/// What the database says of the place where its artifacts are.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The workspace's id; `None` where there is no workspace yet, or one from before there were ids.
    pub id: Option<String>,
    pub sample: Vec<Digest>,
}

impl From<(Option<String>, Vec<Digest>)> for Known {
    fn from((id, sample): (Option<String>, Vec<Digest>)) -> Self {
        Self { id, sample }
    }
}

pub(super) async fn check(
    steps: &mut Steps<'_>,
    place: &DatabasePlace,
    secrets: &TeamSecrets,
) -> Result<Option<Known>> {
    let named = network::resolve(&place.host, place.port);
    let Some(addresses) = steps.step(CheckId::DatabaseName, named).await? else {
        return Ok(None);
    };
    let reached = network::connect(&addresses);
    let Some(stream) = steps.step(CheckId::DatabaseNetwork, reached).await? else {
        return Ok(None);
    };
    let local = addresses.iter().all(|address| address.ip().is_loopback());
    let secured = secure(stream, place, local);
    if steps.step(CheckId::DatabaseTls, secured).await?.is_none() {
        return Ok(None);
    }
    let Some(logged_in) = steps
        .step(CheckId::DatabaseLogin, log_in(place, secrets))
        .await?
    else {
        return Ok(None);
    };
    let Some(mut probe) = steps
        .step(CheckId::DatabaseExists, exists(logged_in, place))
        .await?
    else {
        return Ok(None);
    };
    let Some(schema) = steps
        .step(CheckId::DatabasePermission, permitted(&mut probe, place))
        .await?
    else {
        return Ok(None);
    };
    let fitting = fits(schema, &mut probe);
    let known = steps.step(CheckId::DatabaseSchema, fitting).await?;
    probe.close().await;
    Ok(known)
}

async fn secure(mut stream: TcpStream, place: &DatabasePlace, local: bool) -> Step<()> {
    if place.tls == TlsMode::Disable {
        return Ok(if local {
            Good::new((), "Not encrypted; the connection stays on this machine.")
        } else {
            Good::but(
                (),
                "Not encrypted: the password and every row can be read on the network.",
            )
        });
    }
    let broken = |error: std::io::Error| {
        Bad::new(
            CheckFault::Other,
            format!("What listens there does not speak PostgreSQL's protocol: {error}."),
        )
    };
    stream.write_all(&SSL_REQUEST).await.map_err(broken)?;
    match stream.read_u8().await.map_err(broken)? {
        b'S' => {}
        b'N' => {
            return Err(Bad::new(
                CheckFault::TlsNotOffered,
                "The server offers no TLS. Have it switched on, or choose 'No TLS' where the network is trusted.",
            ));
        }
        _ => {
            return Err(Bad::new(
                CheckFault::Other,
                "What listens there does not speak PostgreSQL's protocol.",
            ));
        }
    }
    if place.tls == TlsMode::Require {
        return Ok(Good::but(
            (),
            "Encrypted, but whoever answers at this address is believed: its certificate is not checked.",
        ));
    }
    let version = tls::handshake(stream, &place.host, place.ca_file.as_deref()).await?;
    Ok(Good::new(
        (),
        format!("{version}; the server proved to be {}.", place.host),
    ))
}

/// A login that succeeded, with or without the database behind it.
enum LoggedIn {
    Open(Probe),
    Not(Bad),
}

async fn log_in(place: &DatabasePlace, secrets: &TeamSecrets) -> Step<LoggedIn> {
    let options = postgres_options(place, secrets)
        .map_err(|error| Bad::new(CheckFault::BadAddress, error.to_string()))?;
    let error = match Probe::connect(&options).await {
        Ok(mut probe) => {
            let version = probe.server_version().await.map_err(|e| unexpected(&e))?;
            let sentence = format!("Logged in as {} on PostgreSQL {version}.", place.user);
            let major = version
                .split('.')
                .next()
                .and_then(|m| m.parse::<u32>().ok());
            if major.is_some_and(|major| major < POSTGRES_MIN) {
                let sentence = format!("{sentence} Drydock is tested on {POSTGRES_MIN} and newer.");
                return Ok(Good::but(LoggedIn::Open(probe), sentence));
            }
            return Ok(Good::new(LoggedIn::Open(probe), sentence));
        }
        Err(error) => error,
    };
    let words = words(&error);
    let user = &place.user;
    match error.sqlstate().as_deref() {
        Some("28P01") => Err(Bad::new(
            CheckFault::LoginRefused,
            format!("The password of {user} is wrong, or there is no such user ({words})."),
        )),
        Some("28000") => Err(Bad::new(
            CheckFault::LoginRefused,
            format!("The server does not let {user} in from this machine ({words})."),
        )),
        Some("3D000") => {
            let database = &place.database;
            let missing = Bad::new(
                CheckFault::DatabaseMissing,
                format!(
                    "There is no database named {database}. Have it made: create database \"{database}\" owner \"{user}\"."
                ),
            );
            Ok(Good::new(
                LoggedIn::Not(missing),
                format!("Logged in as {user}."),
            ))
        }
        Some("42501") => {
            let denied = Bad::new(
                CheckFault::NoPermission,
                format!(
                    "{user} may not connect to the database {} ({words}).",
                    place.database
                ),
            );
            Ok(Good::new(
                LoggedIn::Not(denied),
                format!("Logged in as {user}."),
            ))
        }
        Some("53300") => Err(Bad::new(
            CheckFault::NoAnswer,
            format!("The server takes no further connection now ({words})."),
        )),
        Some("57P03") => Err(Bad::new(
            CheckFault::NoAnswer,
            format!("The server is starting or stopping ({words}). Try again in a moment."),
        )),
        _ => Err(unexpected(&error)),
    }
}

async fn exists(logged_in: LoggedIn, place: &DatabasePlace) -> Step<Probe> {
    match logged_in {
        LoggedIn::Open(probe) => Ok(Good::new(
            probe,
            format!("The database {} is there.", place.database),
        )),
        LoggedIn::Not(bad) => Err(bad),
    }
}

/// What will be needed of this schema is tried, and taken back.
async fn permitted(probe: &mut Probe, place: &DatabasePlace) -> Step<Schema> {
    let schema = probe
        .schema()
        .await
        .map_err(|e| denied(&e, place, "read"))?;
    let needs_tables = schema.found.is_none_or(|found| found < schema.known);
    if needs_tables {
        let made = probe.may_create().await;
        made.map_err(|e| denied(&e, place, "create tables in"))?;
    }
    let Some(found) = schema.found else {
        let sentence = format!("{} may create tables.", place.user);
        return Ok(Good::new(schema, sentence));
    };
    if found <= schema.known {
        let written = probe.may_write().await;
        written.map_err(|e| denied(&e, place, "write to"))?;
    }
    Ok(Good::new(
        schema,
        format!("{} may read, write and delete.", place.user),
    ))
}

fn denied(error: &StoreError, place: &DatabasePlace, what: &str) -> Bad {
    if error.sqlstate().as_deref() != Some("42501") {
        return unexpected(error);
    }
    Bad::new(
        CheckFault::NoPermission,
        format!(
            "{} may not {what} the database {} ({}). Have it granted, or use its owner.",
            place.user,
            place.database,
            words(error)
        ),
    )
}

/// Whether this app can work with the schema; with what the workspace says of its artifacts.
async fn fits(schema: Schema, probe: &mut Probe) -> Step<Known> {
    let Schema { found, known } = schema;
    let Some(found) = found else {
        return Ok(Good::new(
            Known::default(),
            format!("An empty database: connecting makes the workspace, with schema {known}."),
        ));
    };
    if found > known {
        return Err(Bad::new(
            CheckFault::SchemaNewer,
            format!(
                "Schema {found} is newer than this app's {known}. Update Drydock to open it; nothing was changed."
            ),
        ));
    }
    let belongings = probe.belongings().await.map_err(|e| unexpected(&e))?;
    Ok(if found == known {
        Good::new(
            belongings.into(),
            format!("Schema {found}, as this app has it."),
        )
    } else {
        Good::but(
            belongings.into(),
            format!(
                "Schema {found}: connecting brings it to {known}, and older apps will not open it any more."
            ),
        )
    })
}

fn unexpected(error: &StoreError) -> Bad {
    Bad::new(
        CheckFault::Other,
        format!(
            "The server answered something unexpected: {}.",
            words(error)
        ),
    )
}

/// The server's own words, without ours around them.
fn words(error: &StoreError) -> String {
    let text = error.to_string();
    let text = text
        .strip_prefix("the database refused a statement: ")
        .unwrap_or(&text);
    text.strip_prefix("error returned from database: ")
        .unwrap_or(text)
        .to_owned()
}
