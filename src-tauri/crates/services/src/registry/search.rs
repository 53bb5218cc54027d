//! Searches over models and versions, a page at a time.

use std::collections::HashMap;

use domain::search::Entity;
use store::registry::VersionRow;
use store::search::Search;
use store::sql::Row;

use super::find::missing;
use super::view::{ModelView, VersionView, model_views, version_views};
use crate::error::{Result, ServiceError};
use crate::search::Wanted;
use crate::{Context, Paged, SearchQuery};

const MODELS_PER_PAGE_MAX: i64 = 1_000;
const VERSIONS_PER_PAGE_MAX: i64 = 200_000;

pub async fn search_models(ctx: &Context, query: SearchQuery) -> Result<Paged<ModelView>> {
    let pool = ctx.store.pool();
    let wanted = query.read(Entity::RegisteredModels, MODELS_PER_PAGE_MAX)?;
    let names: Vec<(String,)> = page(ctx, Entity::RegisteredModels, "g.name", &wanted).await?;
    let page = wanted.window.finish(names);
    let views = match page.items.as_slice() {
        [] => Vec::new(),
        [(name,)] => model_views(pool, Some(name)).await?,
        _ => model_views(pool, None).await?,
    };
    let by_name = views.into_iter().map(|view| (view.row.name.clone(), view));
    let mut by_name: HashMap<String, ModelView> = by_name.collect();
    let found = page.items.iter();
    Ok(Paged {
        items: found.filter_map(|(name,)| by_name.remove(name)).collect(),
        next_page_token: page.next_page_token,
    })
}

pub async fn search_versions(ctx: &Context, query: SearchQuery) -> Result<Paged<VersionView>> {
    let wanted = query.read(Entity::ModelVersions, VERSIONS_PER_PAGE_MAX)?;
    let rows: Vec<VersionRow> = page(ctx, Entity::ModelVersions, "v.*", &wanted).await?;
    let page = wanted.window.finish(rows);
    Ok(Paged {
        items: version_views(ctx.store.pool(), page.items, None).await?,
        next_page_token: page.next_page_token,
    })
}

async fn page<T: Row>(
    ctx: &Context,
    entity: Entity,
    columns: &str,
    wanted: &Wanted,
) -> Result<Vec<T>> {
    let pool = ctx.store.pool();
    let search = Search::new(pool, entity)
        .filter(wanted.filter.as_ref())
        .order(&wanted.order);
    let page = wanted.window.with_lookahead();
    Ok(search.page(pool, columns, page).await?)
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
