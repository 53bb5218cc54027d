//! Searches over models and versions, a page at a time.

use std::collections::HashMap;

use domain::search::{Entity, parse_filter, parse_order_by};
use store::registry::VersionRow;
use store::search::Search;

use super::find::missing;
use super::view::{ModelView, VersionView, model_views, version_views};
use crate::Context;
use crate::error::{Result, ServiceError};
use crate::tracking::{Paged, Window};

const MODELS_PER_PAGE_MAX: i64 = 1_000;
const VERSIONS_PER_PAGE_MAX: i64 = 200_000;

#[derive(Debug, Clone, Default)]
pub struct RegistryQuery {
    pub filter: String,
    pub order_by: Vec<String>,
    pub max_results: i64,
    pub page_token: Option<String>,
}

impl RegistryQuery {
    fn window(&self, limit_max: i64) -> Result<Window> {
        Window::read(self.max_results, limit_max, self.page_token.as_deref())
    }

    fn search(&self, ctx: &Context, entity: Entity) -> Result<Search> {
        let filter = parse_filter(entity, &self.filter)?;
        let order = self
            .order_by
            .iter()
            .map(|clause| parse_order_by(entity, clause));
        let order = order.collect::<Result<Vec<_>, _>>()?;
        Ok(Search::new(ctx.store.pool(), entity)
            .filter(filter.as_ref())
            .order(&order))
    }
}

pub async fn search_models(ctx: &Context, query: RegistryQuery) -> Result<Paged<ModelView>> {
    let window = query.window(MODELS_PER_PAGE_MAX)?;
    let pool = ctx.store.pool();
    let search = query.search(ctx, Entity::RegisteredModels)?;
    let names: Vec<(String,)> = search.page(pool, "g.name", window.with_lookahead()).await?;
    let page = window.finish(names);
    let mut views: HashMap<String, ModelView> = match page.items.as_slice() {
        [] => HashMap::new(),
        [(name,)] => model_views(pool, Some(name))
            .await?
            .into_iter()
            .map(|v| (v.row.name.clone(), v))
            .collect(),
        _ => model_views(pool, None)
            .await?
            .into_iter()
            .map(|v| (v.row.name.clone(), v))
            .collect(),
    };
    let items = page
        .items
        .iter()
        .filter_map(|(name,)| views.remove(name))
        .collect();
    Ok(Paged {
        items,
        next_page_token: page.next_page_token,
    })
}

pub async fn search_versions(ctx: &Context, query: RegistryQuery) -> Result<Paged<VersionView>> {
    let window = query.window(VERSIONS_PER_PAGE_MAX)?;
    let pool = ctx.store.pool();
    let search = query.search(ctx, Entity::ModelVersions)?;
    let rows: Vec<VersionRow> = search.page(pool, "v.*", window.with_lookahead()).await?;
    let page = window.finish(rows);
    let items = version_views(pool, page.items, None).await?;
    Ok(Paged {
        items,
        next_page_token: page.next_page_token,
    })
}

/// One model with what hangs on it.
pub async fn model_view(ctx: &Context, name: &str) -> Result<ModelView> {
    domain::names::check_model_name(name)?;
    model_views(ctx.store.pool(), Some(name))
        .await?
        .pop()
        .ok_or_else(|| missing(name))
}

/// One version with what hangs on it.
pub async fn version_view(ctx: &Context, row: VersionRow) -> Result<VersionView> {
    let name = row.name.clone();
    let view = version_views(ctx.store.pool(), vec![row], Some(&name))
        .await?
        .pop();
    view.ok_or_else(|| {
        ServiceError::not_found(format!("Registered Model with name={name} not found"))
    })
}
