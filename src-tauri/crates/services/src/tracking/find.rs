//! Runs found by the search language: a page of them for the wire, and for the window.

use bytes::Bytes;
use domain::search::{Entity, parse_filter};
use domain::tracking::{Run as RunNoun, RunId, ViewType};
use store::Pool;
use store::tracking::find::{self, Cursor, FoundRun, Part, Place, RunSearch, find};
use store::tracking::{runs as rows, whole};

use super::runs::missing;
use super::view::{Run, RunPage, SearchRunsInput};
use crate::error::{Result, ServiceError};
use crate::page::checked_limit;
use crate::{Context, Paged, search};

const RUNS_PER_PAGE_MAX: i64 = 50_000;
/// As many runs are read and rendered at once.
const RUNS_AT_ONCE: usize = 250;

#[derive(Debug, Clone, Default)]
pub struct RunQuery {
    pub experiment_ids: Vec<String>,
    pub filter: String,
    pub order_by: Vec<String>,
    pub view: ViewType,
    pub max_results: i64,
    pub page_token: Option<String>,
}

/// A page of runs that were found, of which nothing but their names was read yet.
#[derive(Debug)]
pub struct FoundPage {
    pool: Pool,
    runs: std::vec::IntoIter<FoundRun>,
    pub next_page_token: Option<String>,
}

/// Finds one page of runs.
pub async fn find_runs(ctx: &Context, query: RunQuery) -> Result<FoundPage> {
    let limit = checked_limit(query.max_results, RUNS_PER_PAGE_MAX)?;
    let token = query
        .page_token
        .as_deref()
        .filter(|token| !token.is_empty());
    let order = fingerprint(&query.order_by);
    let refused =
        |token: &str| ServiceError::invalid("page_token", format!("Invalid page token '{token}'."));
    let place = match token {
        Some(token) => Some(place_of(token, order).ok_or_else(|| refused(token))?),
        None => None,
    };
    let wanted = wanted(&query)?;
    let pool = ctx.store.reading().await?;
    let found = find(&pool, &wanted, place.as_ref(), limit).await?;
    let found = found.ok_or_else(|| refused(token.unwrap_or_default()))?;
    Ok(FoundPage {
        pool,
        runs: found.runs.into_iter(),
        next_page_token: found.next.map(|place| token_of(&place, order)),
    })
}

impl FoundPage {
    /// How many runs of the page were not read yet.
    pub fn remaining(&self) -> usize {
        self.runs.len()
    }

    async fn read(&self) -> Result<Vec<RunNoun>> {
        let ids = self.runs.as_slice().iter();
        let ids: Vec<&str> = ids.map(|run| run.run_id.as_str()).collect();
        Ok(whole::by_ids(&self.pool, &ids).await?)
    }

    /// The next few runs of the page as `render` writes them; none when all were read.
    pub async fn rendered(
        &mut self,
        ctx: &Context,
        render: fn(RunNoun) -> Vec<u8>,
    ) -> Result<Vec<Bytes>> {
        let piece: Vec<FoundRun> = self.runs.by_ref().take(RUNS_AT_ONCE).collect();
        rendered(ctx, &self.pool, &piece, render).await
    }
}

/// Runs as `render` writes them: from memory when nothing was written to them since, else read together.
async fn rendered(
    ctx: &Context,
    pool: &Pool,
    runs: &[FoundRun],
    render: fn(RunNoun) -> Vec<u8>,
) -> Result<Vec<Bytes>> {
    let known = runs
        .iter()
        .map(|run| ctx.rendered.get(&run.run_id, run.revision));
    let mut wires: Vec<Option<Bytes>> = known.collect();
    let unknown: Vec<usize> = (0..runs.len()).filter(|at| wires[*at].is_none()).collect();
    let ids: Vec<&str> = unknown.iter().map(|at| runs[*at].run_id.as_str()).collect();
    let mut unknown = unknown.into_iter();
    for run in whole::by_ids(pool, &ids).await? {
        // They come in the order of `ids`; one that was deleted for good meanwhile is skipped.
        let at = unknown.find(|at| runs[*at].run_id == run.info.id.as_str());
        if let Some(at) = at {
            let wire = Bytes::from(render(run));
            ctx.rendered
                .keep(&runs[at].run_id, runs[at].revision, &wire);
            wires[at] = Some(wire);
        }
    }
    Ok(wires.into_iter().flatten().collect())
}

/// One run as `render` writes it.
pub async fn rendered_run(
    ctx: &Context,
    id: &str,
    render: fn(RunNoun) -> Vec<u8>,
) -> Result<Bytes> {
    let id = RunId::parse(id)?;
    let pool = ctx.store.pool();
    let revision = rows::revision(pool, &id)
        .await?
        .ok_or_else(|| missing(&id))?;
    let run = FoundRun {
        run_id: id.as_str().to_owned(),
        revision,
    };
    let wires = rendered(ctx, pool, &[run], render).await?;
    wires.into_iter().next().ok_or_else(|| missing(&id))
}

fn wanted(query: &RunQuery) -> Result<RunSearch> {
    Ok(RunSearch {
        experiment_ids: search::experiments(&query.experiment_ids)?,
        view: query.view,
        filter: parse_filter(Entity::Runs, &query.filter)?,
        order: search::order(Entity::Runs, &query.order_by)?,
    })
}

/// One page of runs with all that was logged to them.
pub(super) async fn runs(ctx: &Context, query: RunQuery) -> Result<Paged<RunNoun>> {
    let page = find_runs(ctx, query).await?;
    Ok(Paged {
        items: page.read().await?,
        next_page_token: page.next_page_token,
    })
}

/// The window's search: one page and how many runs match in all.
pub async fn search_runs(ctx: &Context, input: SearchRunsInput) -> Result<RunPage> {
    let query = RunQuery {
        experiment_ids: input.experiment_ids,
        filter: input.filter,
        order_by: input.order_by,
        view: ViewType::ActiveOnly,
        max_results: input.max_results,
        page_token: input.page_token,
    };
    let counted = wanted(&query)?;
    let page = find_runs(ctx, query).await?;
    let total = find::count(&page.pool, &counted).await?;
    let runs = page.read().await?;
    Ok(RunPage {
        runs: runs.into_iter().map(Run::from).collect(),
        total,
        next_page_token: page.next_page_token,
    })
}

/// A number that tells one order from another (FNV-1a), so that a token is not taken for a page of another order.
fn fingerprint(order_by: &[String]) -> u32 {
    let bytes = order_by.iter().flat_map(|clause| clause.bytes().chain([0]));
    bytes.fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

fn token_of(place: &Place, order: u32) -> String {
    let text = match place {
        Place::Offset(offset) => format!("o {order} {offset}"),
        Place::After(cursor) => {
            let part = match cursor.part {
                Part::Numbers => 0,
                Part::NotANumber => 1,
                Part::Missing => 2,
            };
            let (bits, start) = (cursor.value.to_bits(), cursor.started_at_ms);
            format!("k {order} {part} {bits} {start} {}", cursor.run_id)
        }
    };
    hex::encode(text)
}

/// The place that a token names; `None` when no search gave it, or one in another order.
fn place_of(token: &str, order: u32) -> Option<Place> {
    let text = String::from_utf8(hex::decode(token).ok()?).ok()?;
    let mut words = text.splitn(6, ' ');
    let kind = words.next()?;
    if words.next()?.parse() != Ok(order) {
        return None;
    }
    if kind == "o" {
        let offset = words.next()?.parse().ok()?;
        let known = (0..=i64::from(u32::MAX)).contains(&offset) && words.next().is_none();
        return known.then_some(Place::Offset(offset));
    }
    let part = match (kind, words.next()?) {
        ("k", "0") => Part::Numbers,
        ("k", "1") => Part::NotANumber,
        ("k", "2") => Part::Missing,
        _ => return None,
    };
    let value = f64::from_bits(words.next()?.parse().ok()?);
    // A database would read NaN as NULL, or as more than everything.
    let value = (!value.is_nan()).then_some(value)?;
    let started_at_ms = words.next()?.parse().ok()?;
    let run_id = RunId::parse(words.next()?).ok()?.as_str().to_owned();
    Some(Place::After(Cursor {
        part,
        value,
        started_at_ms,
        run_id,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_place_in_its_own_order_only() {
        let order = fingerprint(&["metrics.loss".to_owned()]);
        let cursor = Cursor {
            part: Part::Missing,
            value: f64::NEG_INFINITY,
            started_at_ms: -5,
            run_id: "0a".to_owned(),
        };
        for place in [Place::After(cursor), Place::Offset(7)] {
            let token = token_of(&place, order);
            assert_eq!(place_of(&token, order), Some(place));
            assert_eq!(place_of(&token, fingerprint(&[])), None);
        }
    }

    #[test]
    fn foreign_tokens_are_refused() {
        let order = fingerprint(&[]);
        let words = [
            "offset:20".to_owned(),
            format!("k {order} 0 1 1"),
            format!("k {order} 3 1 1 a"),
            format!("k {order} 0 {} 1 a", f64::NAN.to_bits()),
            format!("k {order} 0 1 1 a b"),
            format!("o {order} -1"),
            format!("o {order} 1 1"),
        ];
        for text in words {
            assert_eq!(place_of(&hex::encode(&text), order), None, "{text}");
        }
        for token in ["x", "00", "eyJvZmZzZXQiOjEwMH0="] {
            assert_eq!(place_of(token, order), None, "{token}");
        }
    }
}
