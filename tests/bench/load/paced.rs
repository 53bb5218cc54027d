//! Clients that send one request after the other for a while, and the figures of what came back.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::LocalSet;

use crate::wire::{Failure, Request, Wire};

pub struct Pace<'a> {
    pub address: &'a str,
    pub clients: usize,
    pub time: Duration,
}

/// What the clients saw after the warm-up.
#[derive(Default)]
struct Seen {
    latencies: RefCell<Vec<f64>>,
    bytes: Cell<usize>,
}

impl Pace<'_> {
    /// Every client sends what `request(client, n)` says, `n` counting up; `units` is what one request counts for.
    pub async fn drive(
        &self,
        units: usize,
        request: impl Fn(usize, usize) -> Result<Request, Failure>,
    ) -> Result<Value, Failure> {
        let wire = Wire::parse(self.address)?;
        let seen = Seen::default();
        let begin = Instant::now();
        let warm = begin + self.time / 5;
        let end = warm + self.time;
        let clients = (0..self.clients).map(|client| {
            let (wire, seen, request) = (&wire, &seen, &request);
            async move {
                let mut connection = wire.connect().await?;
                let mut n = 0;
                loop {
                    let sending = request(client, n)?;
                    let sent = Instant::now();
                    if sent >= end && n > 0 {
                        return Ok::<_, Failure>(());
                    }
                    let length = connection.send(&sending, None).await?;
                    n += 1;
                    // A call longer than the warm-up counts all the same: there would be nothing else to tell.
                    if sent >= warm || sent.elapsed() > self.time / 5 {
                        seen.latencies
                            .borrow_mut()
                            .push(sent.elapsed().as_secs_f64() * 1e3);
                        seen.bytes.set(seen.bytes.get() + length);
                    }
                }
            }
        });
        futures_util::future::try_join_all(clients).await?;
        let measured = (warm.elapsed().as_secs_f64()).max(f64::EPSILON);
        Ok(figures(seen, units, self.clients, measured))
    }

    /// One client that sends or receives something large, again and again.
    pub async fn transfer(
        &self,
        zeros: usize,
        request: impl Fn(usize) -> Request,
    ) -> Result<Value, Failure> {
        let mut connection = Wire::parse(self.address)?.connect().await?;
        let (mut rates, end) = (Vec::new(), Instant::now() + self.time);
        let mut n = 0;
        while n == 0 || Instant::now() < end {
            let mut sending = request(n);
            sending.zeros = zeros;
            let sent = Instant::now();
            let received = connection.send(&sending, None).await?;
            rates.push((zeros + received) as f64 / 1e6 / sent.elapsed().as_secs_f64());
            n += 1;
        }
        rates.sort_unstable_by(f64::total_cmp);
        Ok(
            json!({"transfers": n, "mb_per_s_median": rounded(rates[rates.len() / 2]), "mb_per_s_best": rounded(rates[rates.len() - 1])}),
        )
    }
}

fn figures(seen: Seen, units: usize, clients: usize, seconds: f64) -> Value {
    let mut latencies = seen.latencies.into_inner();
    latencies.sort_unstable_by(f64::total_cmp);
    let at = |quantile: f64| {
        let last = latencies.len().checked_sub(1)?;
        Some(rounded(
            latencies[(last as f64 * quantile).round() as usize],
        ))
    };
    json!({
        "clients": clients,
        "requests": latencies.len(),
        "per_s": rounded(latencies.len() as f64 * units as f64 / seconds),
        "p50_ms": at(0.5),
        "p90_ms": at(0.9),
        "max_ms": at(1.0),
        "answer_bytes": seen.bytes.get() / latencies.len().max(1),
    })
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Runs the work of each client side by side on this thread.
pub async fn each_client<F>(clients: usize, work: impl Fn(usize) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + 'static,
{
    let local = LocalSet::new();
    let tasks: Vec<_> = (0..clients)
        .map(|client| local.spawn_local(work(client)))
        .collect();
    local
        .run_until(async {
            for task in tasks {
                task.await.map_err(|e| Failure::Answer(e.to_string()))??;
            }
            Ok(())
        })
        .await
}
