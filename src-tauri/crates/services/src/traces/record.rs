//! A trace as its client tells it, when it has ended.

use std::collections::BTreeMap;

use domain::names::truncated;
use domain::traces::{
    Assessment, AssessmentId, NewAssessment, TraceId, TraceInfo, TraceState, keys,
};
use store::traces::{self as rows, TraceRow, assessments as assessment_rows};
use store::tracking::labels::{self, Labels};

use super::{artifact_location, check_key, checked_tag, is_servers_own, open_experiment, pairs};
use crate::error::Result;
use crate::{ChangeKind, Context};

/// More than any client sends; what is longer is cut.
const METADATA_CHARS_MAX: usize = 8000;
const PREVIEW_CHARS_MAX: usize = 10_000;

#[derive(Debug, Clone)]
pub struct NewTrace {
    pub trace_id: String,
    pub experiment_id: String,
    pub requested_at_ms: i64,
    pub duration_ms: Option<i64>,
    pub state: TraceState,
    pub client_request_id: Option<String>,
    pub request_preview: Option<String>,
    pub response_preview: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub metadata: BTreeMap<String, String>,
    pub assessments: Vec<(Option<AssessmentId>, NewAssessment)>,
}

/// Records the trace, or completes one that its spans have made already. What the client says stands from then on.
pub async fn record_trace(ctx: &Context, new: NewTrace) -> Result<TraceInfo> {
    let id = TraceId::parse(&new.trace_id)?;
    let mut tags = BTreeMap::new();
    for (key, value) in new.tags.iter().filter(|(key, _)| !is_servers_own(key)) {
        let (key, value) = checked_tag(key, value)?;
        tags.insert(key, value);
    }
    let mut metadata = BTreeMap::new();
    for (key, value) in &new.metadata {
        check_key("trace_metadata.key", key)?;
        metadata.insert(key.clone(), truncated(value, METADATA_CHARS_MAX).to_owned());
    }
    for (_, assessment) in &new.assessments {
        assessment.check()?;
    }
    let experiment = open_experiment(ctx, &new.experiment_id).await?;
    tags.insert(
        keys::ARTIFACT_LOCATION.to_owned(),
        artifact_location(&experiment, &id),
    );
    let now_ms = ctx.now_ms();
    let cut = |text: Option<String>| text.map(|t| truncated(&t, PREVIEW_CHARS_MAX).to_owned());
    let mut row = TraceRow {
        trace_id: id.clone(),
        experiment_id: experiment.id.clone(),
        requested_at_ms: new.requested_at_ms,
        duration_ms: new.duration_ms,
        state: new.state,
        client_request_id: cut(new.client_request_id),
        request_preview: cut(new.request_preview),
        response_preview: cut(new.response_preview),
        is_final: true,
    };
    let mut tx = ctx.store.begin().await?;
    if !rows::ensure(&mut tx, &row).await? {
        let known = super::locked(&mut tx, &id).await?;
        row.request_preview = row.request_preview.or(known.request_preview);
        row.response_preview = row.response_preview.or(known.response_preview);
        rows::update(&mut tx, &row).await?;
    }
    labels::set(&mut tx, Labels::TraceTags, id.as_str(), pairs(&tags)).await?;
    labels::set(
        &mut tx,
        Labels::TraceMetadata,
        id.as_str(),
        pairs(&metadata),
    )
    .await?;
    if let Some(run_id) = metadata.get(keys::SOURCE_RUN).filter(|run| !run.is_empty()) {
        rows::link(&mut tx, &id, "run", run_id).await?;
    }
    for (given, new) in new.assessments {
        let own = given.unwrap_or_else(|| AssessmentId::new(uuid::Uuid::new_v4()));
        let assessment = Assessment::new(own, id.clone(), new, now_ms);
        assessment_rows::put(&mut tx, &assessment).await?;
    }
    tx.commit().await?;
    ctx.publish([ChangeKind::Traces.of(experiment.id.as_str())]);
    super::trace_info(ctx, id.as_str()).await
}
