//! Histories, whole, in pieces: from a server a series of many runs per request where that is possible, from a folder
//! line by line.

use std::collections::{BTreeMap, HashMap};

use domain::names::{BATCH_METRICS_MAX, check_key};
use domain::tracking::{Metric, MetricPoint};
use futures_util::{StreamExt as _, stream};

use super::folder::Folder;
use super::read::Source;
use super::runs::Carry;
use super::server::Server;
use super::source::HistoryPiece;
use super::{AT_ONCE, Import};
use crate::error::Result;
use crate::tracking::{self, Batch};

/// Points of many short series that wait to be written together, so that a run is few transactions.
const POINTS_WAITING_MAX: usize = 100_000;

/// An address of a hundred run ids is longer than some servers take.
const RUNS_PER_REQUEST: usize = 50;

/// Points by run.
type Counts = HashMap<String, i64>;
type Waiting<'c> = HashMap<&'c str, Vec<(&'c str, MetricPoint)>>;

impl Import<'_> {
    /// Brings the series of a page of runs; how many points each run has at the source.
    pub(super) async fn carry_histories(&self, carries: &[Carry]) -> Result<Counts> {
        match self.source {
            Source::Server(server) => self.server_histories(server, carries).await,
            Source::Folder(folder) => self.folder_histories(folder, carries).await,
        }
    }

    fn has_usable_key(&self, carry: &Carry, key: &str) -> bool {
        match check_key("metric", key) {
            Ok(()) => true,
            Err(invalid) => {
                self.ledger.problem(carry.subject(), invalid.to_string());
                false
            }
        }
    }

    async fn server_histories(&self, server: &Server, carries: &[Carry]) -> Result<Counts> {
        let mut by_key: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for carry in carries {
            for metric in &carry.run.metrics {
                if self.has_usable_key(carry, &metric.key) {
                    let runs = by_key.entry(&metric.key).or_default();
                    runs.push(&carry.run.id);
                }
            }
        }
        let mut counts = Counts::new();
        let mut waiting: Waiting<'_> = HashMap::new();
        let mut waiting_points = 0;
        let asked: Vec<_> = by_key
            .iter()
            .flat_map(|(key, runs)| runs.chunks(RUNS_PER_REQUEST).map(move |runs| (*key, runs)))
            .map(|(key, runs)| async move { (key, runs, server.histories(runs, key).await) })
            .collect();
        let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE / 2);
        let mut long: Vec<(&str, &str)> = Vec::new();
        while let Some((key, runs, answer)) = answers.next().await {
            self.check()?;
            let Some(pieces) = self.tolerate(key, answer)?.flatten() else {
                long.extend(runs.iter().map(|run| (*run, key)));
                continue;
            };
            for piece in pieces {
                let Some(run) = runs.iter().find(|run| **run == piece.run_id) else {
                    continue;
                };
                waiting_points += piece.points.len();
                let points = piece.points.into_iter().map(|point| (key, point));
                waiting.entry(run).or_default().extend(points);
            }
            if waiting_points >= POINTS_WAITING_MAX {
                self.write(std::mem::take(&mut waiting), &mut counts)
                    .await?;
                waiting_points = 0;
            }
        }
        drop(answers);
        self.write(waiting, &mut counts).await?;
        self.one_by_one(server, long, &mut counts).await?;
        Ok(counts)
    }

    /// Series that need pages of their own.
    async fn one_by_one(
        &self,
        server: &Server,
        series: Vec<(&str, &str)>,
        counts: &mut Counts,
    ) -> Result<()> {
        let asked: Vec<_> = series
            .into_iter()
            .map(|(run, key)| self.by_pages(server, run, key))
            .collect();
        let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            let (run, points) = answer?;
            *counts.entry(run.to_owned()).or_default() += points;
        }
        Ok(())
    }

    async fn by_pages<'r>(
        &self,
        server: &Server,
        run: &'r str,
        key: &str,
    ) -> Result<(&'r str, i64)> {
        let mut token: Option<String> = None;
        let mut count = 0;
        loop {
            self.check()?;
            let read = server.history(run, key, token.as_deref()).await;
            let subject = format!("run {run}, metric '{key}'");
            let Some((HistoryPiece { points, .. }, next)) = self.tolerate(&subject, read)? else {
                self.incomplete().insert(run.to_owned());
                return Ok((run, count));
            };
            let named: Vec<_> = points.into_iter().map(|point| (key, point)).collect();
            count += self.write_run(run, &named).await?;
            match next {
                Some(next) => token = Some(next),
                None => return Ok((run, count)),
            }
        }
    }

    async fn folder_histories(&self, folder: &Folder, carries: &[Carry]) -> Result<Counts> {
        let read: Vec<_> = carries
            .iter()
            .map(|carry| async move { (carry, self.run_histories(folder, carry).await) })
            .collect();
        let mut counts = Counts::new();
        let mut ended = stream::iter(read).buffer_unordered(AT_ONCE);
        while let Some((carry, count)) = ended.next().await {
            counts.insert(carry.run.id.clone(), count?);
        }
        Ok(counts)
    }

    async fn run_histories(&self, folder: &Folder, carry: &Carry) -> Result<i64> {
        let mut count = 0;
        let mut waiting: Vec<(&str, MetricPoint)> = Vec::with_capacity(BATCH_METRICS_MAX);
        for metric in &carry.run.metrics {
            if !self.has_usable_key(carry, &metric.key) {
                continue;
            }
            let opened = folder.metric_lines(&carry.run, &metric.key).await;
            let Some(mut lines) = self.tolerate(&carry.subject(), opened)? else {
                self.incomplete().insert(carry.run.id.clone());
                continue;
            };
            while let Some(point) = lines.next().await {
                self.check()?;
                let Some(point) = self.tolerate(&carry.subject(), point)? else {
                    self.incomplete().insert(carry.run.id.clone());
                    continue;
                };
                waiting.push((&metric.key, point));
                if waiting.len() == BATCH_METRICS_MAX {
                    count += self.write_run(&carry.run.id, &waiting).await?;
                    waiting.clear();
                }
            }
        }
        count += self.write_run(&carry.run.id, &waiting).await?;
        Ok(count)
    }

    async fn write(&self, waiting: Waiting<'_>, counts: &mut Counts) -> Result<()> {
        let writes: Vec<_> = waiting
            .into_iter()
            .map(|(run, points)| async move { (run, self.write_run(run, &points).await) })
            .collect();
        let mut written = stream::iter(writes).buffer_unordered(AT_ONCE);
        while let Some((run, points)) = written.next().await {
            *counts.entry(run.to_owned()).or_default() += points?;
        }
        Ok(())
    }

    /// Through the same door as a client's; points that are here already are swallowed there.
    async fn write_run(&self, run: &str, points: &[(&str, MetricPoint)]) -> Result<i64> {
        let mut count = 0;
        for piece in points.chunks(BATCH_METRICS_MAX) {
            self.check()?;
            let metrics = piece.iter().map(|(key, point)| Metric {
                key: (*key).to_owned(),
                point: *point,
                model_id: None,
                dataset: None,
            });
            let batch = Batch {
                metrics: metrics.collect(),
                ..Batch::default()
            };
            let length = i64::try_from(piece.len()).unwrap_or(i64::MAX);
            let written = tracking::log_batch(self.ctx, run, batch).await;
            if self.refused(&format!("run {run}"), written)?.is_some() {
                count += length;
                self.ledger.count(|report| report.points += length);
            } else {
                self.incomplete().insert(run.to_owned());
            }
        }
        Ok(count)
    }
}
