//! How reads grow: the same questions of 1,000, 10,000 and 100,000 runs, and of 10,000, a million and ten million points.
//!
//! The databases are filled through the store itself, in large transactions, and asked through it: what is left out is the
//! server around it, whose share does not grow. Figures go to standard error as they come, and all of them, as one line of
//! JSON, to standard output.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use domain::search::{Entity, parse_filter, parse_order_by};
use domain::tracking::{
    Experiment, ExperimentId, Lifecycle, MetricPoint, RunId, RunInfo, RunStatus, ViewType,
};
use drydock_tests::postgres::Cluster;
use serde_json::{Map, Value};
use store::tracking::find::{self, RunSearch, find};
use store::tracking::labels::{self, Labels};
use store::tracking::metrics::RunPoints;
use store::tracking::{experiments, metrics, runs, series, whole};
use store::{PostgresOptions, Store};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

#[derive(Debug, Parser)]
#[command(about = "Fills workspaces of several sizes and measures how their reads grow")]
struct Growth {
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    databases: Vec<Database>,
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    runs: Vec<usize>,
    #[arg(long, value_delimiter = ',', default_value = "10000,1000000,10000000")]
    points: Vec<usize>,
}

/// A chart's buckets: about as many as a window has columns.
const BUCKETS: usize = 1_100;
const RUNS_AT_ONCE: usize = 500;
const POINTS_AT_ONCE: usize = 100_000;

type Failed = Box<dyn std::error::Error>;
type Result<T> = std::result::Result<T, Failed>;

#[tokio::main]
async fn main() -> Result<()> {
    let args = Growth::parse();
    let mut figures = Map::new();
    for database in args.databases {
        let mut own = Map::new();
        for count in &args.runs {
            let measured = of_runs(database, *count).await?;
            show(database, &format!("{count} runs"), &measured);
            own.insert(format!("{count} runs"), measured.into());
        }
        for count in &args.points {
            let measured = of_points(database, *count).await?;
            show(database, &format!("{count} points"), &measured);
            own.insert(format!("{count} points"), measured.into());
        }
        figures.insert(format!("{database:?}").to_lowercase(), own.into());
    }
    println!("{}", Value::Object(figures));
    Ok(())
}

fn show(database: Database, size: &str, measured: &Map<String, Value>) {
    for (figure, value) in measured {
        eprintln!("{database:?} {size}: {figure} {value}");
    }
}

/// With as many digits as mean something.
fn rounded(value: f64) -> Value {
    let digits = if value >= 100.0 { 1.0 } else { 1000.0 };
    ((value * digits).round() / digits).into()
}

/// A store of one database, alone in it.
struct Filled {
    store: Store,
    _folder: tempfile::TempDir,
    _cluster: Option<Cluster>,
}

impl Filled {
    async fn new(database: Database) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (store, cluster) = match database {
            Database::Sqlite => (
                Store::open_sqlite(&folder.path().join("drydock.db")).await?,
                None,
            ),
            Database::Postgres => {
                let cluster = Cluster::start()?;
                let options = PostgresOptions::new(cluster.url());
                (Store::open_postgres(&options).await?, Some(cluster))
            }
        };
        Ok(Self {
            store,
            _folder: folder,
            _cluster: cluster,
        })
    }
}

async fn new_experiment(store: &Store) -> Result<ExperimentId> {
    let mut tx = store.begin().await?;
    let id = experiments::next_id(&mut tx).await?;
    let experiment = Experiment {
        artifact_location: format!("mlflow-artifacts:/{id}"),
        id: id.clone(),
        name: "growth".to_owned(),
        lifecycle: Lifecycle::Active,
        created_at_ms: 1,
        updated_at_ms: 1,
        tags: Vec::new(),
    };
    experiments::insert(&mut tx, &experiment).await?;
    tx.commit().await?;
    Ok(id)
}

/// A number in [0, 1).
fn noise(a: usize, b: usize) -> f64 {
    let x = (a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (b as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
    let x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((x ^ (x >> 32)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn point(step: usize, value: f64) -> MetricPoint {
    MetricPoint {
        step: step as i64,
        timestamp_ms: 1_700_000_000_000 + step as i64,
        value,
    }
}

async fn fill_runs(store: &Store, experiment: &ExperimentId, count: usize) -> Result<()> {
    let names: Vec<String> = (0..20).map(|key| format!("m{key}")).collect();
    for from in (0..count).step_by(RUNS_AT_ONCE) {
        let numbers: Vec<usize> = (from..count.min(from + RUNS_AT_ONCE)).collect();
        let infos: Vec<RunInfo> = numbers
            .iter()
            .map(|at| {
                let id = format!("{at:032x}");
                Ok(RunInfo {
                    artifact_uri: format!("mlflow-artifacts:/{experiment}/{id}/artifacts"),
                    id: RunId::parse(&id)?,
                    experiment_id: experiment.clone(),
                    name: format!("run {at}"),
                    user: "growth".to_owned(),
                    status: RunStatus::Finished,
                    lifecycle: Lifecycle::Active,
                    started_at_ms: 1_700_000_000_000 + *at as i64,
                    ended_at_ms: Some(1_700_000_100_000 + *at as i64),
                })
            })
            .collect::<Result<_>>()?;
        let points: Vec<RunPoints<'_>> = infos
            .iter()
            .zip(&numbers)
            .map(|(run, at)| RunPoints {
                run_id: &run.id,
                experiment_id: experiment,
                points: names
                    .iter()
                    .enumerate()
                    .map(|(key, name)| (name.as_str(), point(1, noise(*at, key))))
                    .collect(),
            })
            .collect();
        let params: Vec<(String, String, String)> = infos
            .iter()
            .zip(&numbers)
            .flat_map(|(run, at)| {
                (0..10).map(move |key| {
                    let value = format!("v{}", (noise(*at, 100 + key) * 4.0) as u32);
                    (run.id.as_str().to_owned(), format!("p{key}"), value)
                })
            })
            .collect();
        let mut tx = store.begin().await?;
        runs::insert_all(&mut tx, &infos).await?;
        let rows = params
            .iter()
            .map(|(id, key, value)| (id.as_str(), key.as_str(), value.as_str()));
        labels::add_all(&mut tx, Labels::RunParams, rows).await?;
        metrics::log_all(&mut tx, &points, 1_700_000_000_000 + from as i64).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Name, filter, order, runs a page.
const PAGES: [(&str, &str, &str, i64); 6] = [
    ("newest", "", "attributes.start_time DESC", 100),
    ("by metric", "", "metrics.m0 DESC", 100),
    (FILTERED, FILTER, "metrics.m0 DESC", 100),
    (FILTERED, FILTER, "metrics.m0 DESC", 1000),
    (
        "one in a hundred, newest",
        "metrics.m3 > 0.99",
        "attributes.start_time DESC",
        100,
    ),
    ("by param", "", "params.p1", 100),
];
const FILTERED: &str = "by metric, filtered by metric and param";
const FILTER: &str = "metrics.m3 > 0.5 and params.p1 = 'v1'";

async fn of_runs(database: Database, count: usize) -> Result<Map<String, Value>> {
    let mut measured = Map::new();
    let filled = Filled::new(database).await?;
    let store = &filled.store;
    let experiment = new_experiment(store).await?;
    let began = Instant::now();
    fill_runs(store, &experiment, count).await?;
    measured.insert("fill_s".to_owned(), rounded(began.elapsed().as_secs_f64()));
    let wanted = |filter: &str, order: &str| -> Result<RunSearch> {
        Ok(RunSearch {
            experiment_ids: vec![experiment.clone()],
            view: ViewType::ActiveOnly,
            filter: parse_filter(Entity::Runs, filter)?,
            order: vec![parse_order_by(Entity::Runs, order)?],
        })
    };
    let pool = store.pool();
    for (name, filter, order, rows) in PAGES {
        let wanted = wanted(filter, order)?;
        let found = median(async || {
            let page = find(pool, &wanted, None, rows).await?.ok_or("no page")?;
            Ok(page.runs.len())
        });
        measured.insert(format!("{name}, found {rows}, ms"), found.await?);
        let read = median(async || {
            let page = find(pool, &wanted, None, rows).await?.ok_or("no page")?;
            let ids: Vec<&str> = page.runs.iter().map(|run| run.run_id.as_str()).collect();
            Ok(whole::by_ids(pool, &ids).await?.len())
        });
        measured.insert(format!("{name}, page of {rows}, ms"), read.await?);
    }
    for (name, filter) in [("all", ""), ("metric and param", FILTER)] {
        let wanted = wanted(filter, "metrics.m0")?;
        let counted = median(async || {
            let count = find::count(pool, &wanted).await?;
            Ok(usize::try_from(count)?)
        });
        measured.insert(format!("count, {name}, ms"), counted.await?);
    }
    let newest = wanted("", "attributes.start_time DESC")?;
    let opened = median(async || {
        let page = find(pool, &newest, None, 100).await?.ok_or("no page")?;
        let ids: Vec<&str> = page.runs.iter().map(|run| run.run_id.as_str()).collect();
        find::count(pool, &newest).await?;
        Ok(whole::by_ids(pool, &ids).await?.len())
    });
    measured.insert("run table open, ms".to_owned(), opened.await?);
    store.close().await;
    Ok(measured)
}

/// The median time in milliseconds of what must find something.
async fn median(once: impl AsyncFn() -> Result<usize>) -> Result<Value> {
    let mut times = Vec::new();
    let began = Instant::now();
    while times.len() < 3 || (times.len() < 31 && began.elapsed() < Duration::from_secs(3)) {
        let asked_at = Instant::now();
        if once().await? == 0 {
            return Err("nothing was found".into());
        }
        times.push(asked_at.elapsed());
    }
    times.sort_unstable();
    Ok(rounded(times[times.len() / 2].as_secs_f64() * 1000.0))
}

async fn of_points(database: Database, count: usize) -> Result<Map<String, Value>> {
    let filled = Filled::new(database).await?;
    let experiment = new_experiment(&filled.store).await?;
    let run = RunInfo {
        id: RunId::parse("series")?,
        experiment_id: experiment.clone(),
        name: "series".to_owned(),
        user: "growth".to_owned(),
        status: RunStatus::Running,
        lifecycle: Lifecycle::Active,
        started_at_ms: 1,
        ended_at_ms: None,
        artifact_uri: "mlflow-artifacts:/series".to_owned(),
    };
    let mut tx = filled.store.begin().await?;
    runs::insert(&mut tx, &run).await?;
    tx.commit().await?;
    let began = Instant::now();
    for from in (0..count).step_by(POINTS_AT_ONCE) {
        let to = count.min(from + POINTS_AT_ONCE);
        let points: Vec<(&str, MetricPoint)> = (from..to)
            .map(|step| ("loss", point(step, noise(step, 1))))
            .collect();
        let mut tx = filled.store.begin().await?;
        runs::lock(&mut tx, &run.id).await?;
        metrics::log(&mut tx, &run.id, &points, 1).await?;
        tx.commit().await?;
    }
    let mut measured = Map::new();
    let rate = count as f64 / began.elapsed().as_secs_f64();
    measured.insert("fill_points_per_s".to_owned(), rounded(rate));
    let pool = filled.store.pool();
    let (id, _) = metrics::series(pool, &run.id, "loss")
        .await?
        .ok_or("no series")?;
    let middle = (count as i64 / 2, count as i64 / 2 + count as i64 / 100);
    for (name, range) in [
        ("chart of all", None),
        ("chart of the middle 1%", Some(middle)),
    ] {
        let chart =
            median(async || Ok(series::chart(pool, id, range, BUCKETS).await?.points.len()));
        measured.insert(format!("{name}, {BUCKETS} buckets, ms"), chart.await?);
    }
    let sample = median(async || Ok(series::sample::sample(pool, id, None, 320).await?.len()));
    measured.insert("even sample of 320, ms".to_owned(), sample.await?);
    filled.store.close().await;
    Ok(measured)
}
