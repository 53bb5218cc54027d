//! A search as a client sends it, read once and in one way for everything that is searched.

use domain::search::{Entity, Filter, OrderBy, parse_filter, parse_order_by};
use domain::tracking::ExperimentId;

use crate::error::{Result, ServiceError};
use crate::page::Window;

/// A statement takes no more than three times as many values.
const EXPERIMENTS_MAX: usize = 10_000;

#[derive(Debug, Clone, Default)]
pub struct SearchQuery {
    /// Where to look; experiments, models and versions of the registry stand in none.
    pub experiment_ids: Vec<String>,
    pub filter: String,
    /// Clauses of the search language, `metrics.auc DESC`.
    pub order_by: Vec<String>,
    pub max_results: i64,
    pub page_token: Option<String>,
}

/// What a query means: nothing of it can be refused any more.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub window: Window,
    pub experiment_ids: Vec<ExperimentId>,
    pub filter: Option<Filter>,
    pub order: Vec<OrderBy>,
}

impl SearchQuery {
    pub(crate) fn read(&self, entity: Entity, limit_max: i64) -> Result<Wanted> {
        Ok(Wanted {
            window: Window::read(self.max_results, limit_max, self.page_token.as_deref())?,
            experiment_ids: experiments(&self.experiment_ids)?,
            filter: parse_filter(entity, &self.filter)?,
            order: order(entity, &self.order_by)?,
        })
    }
}

pub(crate) fn experiments(ids: &[String]) -> Result<Vec<ExperimentId>> {
    if ids.len() > EXPERIMENTS_MAX {
        return Err(ServiceError::invalid(
            "experiment_ids",
            format!(
                "Invalid value for parameter 'experiment_ids' supplied: expected at most {EXPERIMENTS_MAX} ids, got {}.",
                ids.len()
            ),
        ));
    }
    let ids = ids.iter().map(|id| ExperimentId::parse(id));
    Ok(ids.collect::<Result<_, _>>()?)
}

pub(crate) fn order(entity: Entity, clauses: &[String]) -> Result<Vec<OrderBy>> {
    let clauses = clauses.iter().map(|clause| parse_order_by(entity, clause));
    Ok(clauses.collect::<Result<_, _>>()?)
}
