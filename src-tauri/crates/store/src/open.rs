//! Opening: connections with their limits, and a schema brought to this version, whoever else opens at the same time.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgPool, SqliteConnection, SqlitePool};

use crate::sql::sql;
use crate::{Pool, Store, StoreError};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../../migrations");

/// A connection that was used so lately is taken to live still; should it not, its statement is told as out of reach.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// How to reach a shared workspace.
#[derive(Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database?sslmode=verify-full`
    pub url: String,
    /// A streaming replica that may answer large reads.
    pub replica_url: Option<String>,
    pub connections_max: u32,
    /// A statement that runs longer is given up by the database; 0 is no limit.
    pub statement_timeout_ms: u64,
    /// The authority that signed the server's certificate, where the system does not know it.
    pub ca_file: Option<PathBuf>,
}

/// The addresses carry a password, which no log line shows.
impl std::fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("connections_max", &self.connections_max)
            .field("statement_timeout_ms", &self.statement_timeout_ms)
            .field("ca_file", &self.ca_file)
            .finish_non_exhaustive()
    }
}

impl PostgresOptions {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            replica_url: None,
            connections_max: 16,
            statement_timeout_ms: 60_000,
            ca_file: None,
        }
    }

    pub(crate) fn connect(&self, url: &str) -> Result<PgConnectOptions, StoreError> {
        let mut options = PgConnectOptions::from_str(url)?
            .application_name("drydock")
            .options([("statement_timeout", self.statement_timeout_ms.to_string())])
            // One plan for each statement, along its index whatever the statistics say today: planning anew costs as much
            // as most of these statements, and a table that was never analysed would be sorted whole for one page.
            .options([
                ("plan_cache_mode", "force_generic_plan"),
                ("random_page_cost", "1.1"),
                ("jit", "off"),
                // Pages walk along an index from run to run: what was remembered of one run is never asked again.
                ("enable_memoize", "off"),
            ]);
        if let Some(file) = &self.ca_file {
            options = options.ssl_root_cert(file);
        }
        Ok(options)
    }

    async fn pool(&self, url: &str) -> Result<PgPool, StoreError> {
        connected(self.connect(url)?, self.connections_max).await
    }
}

impl Store {
    /// Opens (or makes) the SQLite file of a local workspace.
    ///
    /// WAL with synchronous FULL: what was acknowledged survives a power cut. A file of an older version is copied
    /// beside itself before its schema changes.
    pub async fn open_sqlite(file: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
                path: folder.display().to_string(),
                source,
            })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("case_sensitive_like", "on")
            .with_regexp()
            .pragma("cache_size", "-8192")
            .statement_cache_capacity(256);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        back_up(file, &write).await?;
        MIGRATIONS.run(&write).await.map_err(schema_error)?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            // Five connections with their caches full stay well under what a small machine spares; the system keeps the
            // file's pages besides.
            .connect_with(options.pragma("cache_size", "-4096"))
            .await?;
        let pool = Pool::Sqlite { read, write };
        repack(&pool).await?;
        Ok(Self {
            pool,
            replica: None,
        })
    }

    /// Connects to a shared workspace. Servers that start together take turns at the schema under an advisory lock.
    pub async fn open_postgres(options: &PostgresOptions) -> Result<Self, StoreError> {
        // Connections are made while the schema is: each costs as much as a table.
        let (migrated, pool) = tokio::join!(migrate(options), options.pool(&options.url));
        migrated?;
        let pool = pool?;
        let replica = match &options.replica_url {
            Some(url) => Some(Pool::Postgres(options.pool(url).await?)),
            None => None,
        };
        let pool = Pool::Postgres(pool);
        repack(&pool).await?;
        Ok(Self { pool, replica })
    }
}

/// Brings the schema up on a connection of its own: a large table may take longer than any other statement is given, as
/// may the wait for another server that is at it. Nothing is acknowledged meanwhile, and the first write that is makes
/// all before it durable too: so the steps themselves need not wait for the disk.
async fn migrate(options: &PostgresOptions) -> Result<(), StoreError> {
    let unhurried = options
        .connect(&options.url)?
        .options([("statement_timeout", "0"), ("synchronous_commit", "off")]);
    let pool = connected(unhurried, 1).await?;
    MIGRATIONS.run(&pool).await.map_err(schema_error)?;
    sqlx::raw_sql(STORAGE).execute(&pool).await?;
    pool.close().await;
    Ok(())
}

/// A pool rather than a connection, because it waits for a database that is just starting.
async fn connected(options: PgConnectOptions, connections_max: u32) -> Result<PgPool, StoreError> {
    Ok(PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_secs(5))
        // Asking each connection whether it lives, before each use, would be a third of the cost of a small read.
        .test_before_acquire(false)
        .before_acquire(|connection, met| {
            Box::pin(async move {
                if met.idle_for >= TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?)
}

/// How PostgreSQL lays out the tables, which the portable migrations cannot say. Packed points are left as they are, since
/// compressing them once more costs time and wins nothing; rows that are rewritten all the time find room on their page.
/// Asked first, because the change itself locks the table.
const STORAGE: &str = "do $$ begin
    if exists (select from pg_attribute where attrelid = 'metric_chunks'::regclass
               and attname in ('points', 'blocks') and attstorage <> 'e') then
        alter table metric_chunks alter column points set storage external, alter column blocks set storage external;
    end if;
    if not exists (select from pg_class where oid = 'runs'::regclass and reloptions::text like '%fillfactor%') then
        alter table runs set (fillfactor = 85);
        alter table metric_chunks set (fillfactor = 85);
    end if;
end $$";

/// Brings old rows into the form of this version, where SQL alone cannot say how.
async fn repack(pool: &Pool) -> Result<(), StoreError> {
    let points = crate::tracking::series::carry_over(pool).await?;
    if points > 0 {
        tracing::info!(points, "packed the metric points of an older version");
    }
    Ok(())
}

/// The schema that this version of the app reads and writes.
pub(crate) fn newest_schema() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0)
}

/// Copies the file of an older version to `<file>.before-<version>` before migrating it. The copy gets that name when it is
/// whole and on disk: what a killed process or a full disk left of one is no copy.
async fn back_up(file: &Path, pool: &SqlitePool) -> Result<(), StoreError> {
    let newest = newest_schema();
    let applied: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations")
        .fetch_optional(pool)
        .await
        // A new file has no such table yet, and nothing to keep.
        .unwrap_or(None)
        .flatten();
    let Some(applied) = applied.filter(|applied| *applied < newest) else {
        return Ok(());
    };
    let copy = file.with_extension(format!("db.before-{newest}"));
    if is_whole(&copy).await {
        return Ok(());
    }
    let part = file.with_extension(format!("db.before-{newest}.part"));
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(no_copy(&part, error)),
        _ => {}
    }
    let copied = sqlx::query("vacuum into ?")
        .bind(part.display().to_string())
        .execute(pool)
        .await;
    if let Err(error) = copied {
        // On a full disk it would take what little room is left.
        let _ = std::fs::remove_file(&part);
        return Err(error.into());
    }
    // Windows syncs only what was opened to be written.
    let opened = std::fs::OpenOptions::new().write(true).open(&part);
    let named = opened
        .and_then(|part| part.sync_all())
        .and_then(|()| std::fs::rename(&part, &copy));
    named
        .and_then(|()| sync_folder_of(&copy))
        .map_err(|error| no_copy(&copy, error))?;
    tracing::info!(
        from = applied,
        to = newest,
        copy = %copy.display(),
        "copied the database before its schema changes"
    );
    Ok(())
}

fn no_copy(path: &Path, source: io::Error) -> StoreError {
    StoreError::Copy {
        path: path.display().to_string(),
        source,
    }
}

/// Whether an earlier start left a copy that could take the database's place. Older versions gave one its name before it
/// was whole.
async fn is_whole(copy: &Path) -> bool {
    let options = SqliteConnectOptions::new()
        .filename(copy)
        .read_only(true)
        .immutable(true);
    let Ok(mut copy) = SqliteConnection::connect_with(&options).await else {
        return false;
    };
    let told: Result<String, _> = sqlx::query_scalar("pragma quick_check(1)")
        .fetch_one(&mut copy)
        .await;
    let kept: Result<i64, _> = sqlx::query_scalar("select count(*) from _sqlx_migrations")
        .fetch_one(&mut copy)
        .await;
    told.is_ok_and(|told| told == "ok") && kept.is_ok_and(|kept| kept > 0)
}

/// A rename is only durable once the folder that names the file is synced.
#[cfg(unix)]
fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Windows has no folder handle to sync; NTFS journals the rename.
#[cfg(not(unix))]
fn sync_folder_of(_file: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether a replica has replayed everything that the primary has committed until now.
pub(crate) async fn has_caught_up(primary: &Pool, replica: &Pool) -> Result<bool, StoreError> {
    let (position,): (String,) = sql("select pg_current_wal_lsn()::text")
        .one(primary)
        .await?;
    let (replayed,): (Option<bool>,) = sql("select pg_last_wal_replay_lsn() >= $1::pg_lsn")
        .bind(position)
        .one(replica)
        .await?;
    Ok(replayed.unwrap_or(false))
}

/// A database that a newer app has migrated is left alone, and the sentence says so.
fn schema_error(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(version) => StoreError::SchemaNewer {
            found: version,
            known: newest_schema(),
        },
        other => StoreError::Migrate(other),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A workspace as the first version left it: schema 4, a row for each point.
    async fn old_workspace(file: &Path) {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        MIGRATIONS.run_to(4, &pool).await.unwrap();
        for text in [
            "insert into experiments values ('1', 'old', 'mlflow-artifacts:/1', 'active', 1, 1)",
            "insert into runs values ('00000000000000000000000000000001', '1', 'r', 'u', 'FINISHED', 'active', 1, 2, 'x')",
            "insert into metric_series values (7, '00000000000000000000000000000001', 'loss', 3, 2, 20, 0.0, true, 1.5, 2.5)",
            "insert into metric_points values (7, 10, 0, 4609434218613702656), (7, 15, 1, 4612811918334230528), \
             (7, 20, 2, 9221120237041090560)",
        ] {
            sqlx::query(text).execute(&pool).await.unwrap();
        }
        pool.close().await;
    }

    #[tokio::test]
    async fn an_old_file_is_copied_first_and_keeps_every_point() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("drydock.db");
        old_workspace(&file).await;
        let store = Store::open_sqlite(&file).await.unwrap();
        let points = crate::tracking::series::history(store.pool(), 7, None, i64::MAX)
            .await
            .unwrap();
        let read: Vec<_> = points
            .iter()
            .map(|p| (p.timestamp_ms, p.step, p.value.to_string()))
            .collect();
        assert_eq!(
            read,
            [
                (10, 0, "1.5".to_owned()),
                (15, 1, "2.5".to_owned()),
                (20, 2, "NaN".to_owned())
            ]
        );
        store.close().await;
        let copies = || {
            let files = std::fs::read_dir(folder.path()).unwrap();
            files
                .filter(|f| {
                    f.as_ref()
                        .unwrap()
                        .file_name()
                        .to_string_lossy()
                        .contains(".before-")
                })
                .count()
        };
        assert_eq!(copies(), 1);
        // A file that is up to date is not copied again.
        Store::open_sqlite(&file).await.unwrap().close().await;
        assert_eq!(copies(), 1);
    }

    /// What a killed process left half written is no copy, whichever name it has.
    #[tokio::test]
    async fn a_half_written_copy_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("drydock.db");
        old_workspace(&file).await;
        let copy = file.with_extension(format!("db.before-{}", newest_schema()));
        let part = file.with_extension(format!("db.before-{}.part", newest_schema()));
        std::fs::write(&part, b"half a copy").unwrap();
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
        Store::open_sqlite(&file).await.unwrap().close().await;
        assert!(!part.exists());
        assert!(is_whole(&copy).await);
        let options = SqliteConnectOptions::new().filename(&copy);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let points: i64 = sqlx::query_scalar("select count(*) from metric_points")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(points, 3);
        pool.close().await;
    }

    /// A copy that an earlier start made stays: the database may have changed since.
    #[tokio::test]
    async fn a_whole_copy_is_not_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("drydock.db");
        old_workspace(&file).await;
        let copy = file.with_extension(format!("db.before-{}", newest_schema()));
        std::fs::copy(&file, &copy).unwrap();
        let earlier = std::fs::read(&copy).unwrap();
        let options = SqliteConnectOptions::new().filename(&file);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        sqlx::query("delete from metric_points")
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
        Store::open_sqlite(&file).await.unwrap().close().await;
        assert!(std::fs::read(&copy).unwrap() == earlier);
    }

    #[tokio::test]
    async fn a_newer_schema_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("drydock.db");
        Store::open_sqlite(&file).await.unwrap().close().await;
        let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&file))
            .await
            .unwrap();
        sqlx::query(
            "insert into _sqlx_migrations values (9999, 'later', datetime('now'), true, x'00', 1)",
        )
        .execute(&pool)
        .await
        .unwrap();
        pool.close().await;
        let error = Store::open_sqlite(&file).await.unwrap_err();
        assert!(
            matches!(error, StoreError::SchemaNewer { found: 9999, .. }),
            "{error}"
        );
    }
}
