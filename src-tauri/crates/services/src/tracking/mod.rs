//! Tracking: experiments, runs and everything a training script logs.

mod bulk;
mod chart;
mod detail;
mod experiments;
mod export;
mod find;
mod group;
mod history;
pub(crate) mod import;
mod logged_models;
mod logging;
mod names;
mod rendered;
mod runs;
mod together;
mod trash;
mod view;

pub use bulk::{BulkDone, RunScope, TagRunsInput, rename_run, tag_runs};
pub use chart::{MetricHistoryInput, MetricSeries, metric_history};
pub use detail::{DatasetUse, ModelRole, ModelUse, RunDetail, RunVersion, run_detail};
pub use experiments::{
    NewExperiment, create_experiment, delete_experiment, delete_experiment_tag,
    ensure_default_experiment, experiment, experiment_by_name, list_experiments, rename_experiment,
    restore_experiment, search_experiments, set_experiment_tag,
};
pub(crate) use experiments::{missing as missing_experiment, must_be_active};
pub use export::{Aggregate, ExportDone, ExportFormat, ExportRunsInput, export_runs};
pub use find::{FoundPage, RunQuery, find_runs, rendered_run, search_runs};
pub use group::GroupCommit;
pub use history::{
    Interval, MetricPieces, RunPoints, bulk_history, metric_pieces, sampled_history,
};
pub use logged_models::{
    ModelQuery, NewLoggedModel, create_logged_model, delete_logged_model, delete_logged_model_tag,
    finish_logged_model, log_logged_model_params, logged_model, search_logged_models,
    set_logged_model_tags,
};
pub use logging::{
    Batch, RunInputs, delete_run_tag, log_batch, log_inputs, log_model_record, log_outputs,
    set_run_tag,
};
pub use rendered::RenderedRuns;
pub use runs::{
    NewRun, RunCard, RunUpdate, create_run, delete_run, get_run, restore_run, run,
    run_artifact_path, run_cards, update_run,
};
pub use trash::{Trash, TrashedExperiment, TrashedRun, list_trash, restore_runs, trash_runs};
pub use view::{Experiment, Pair, Reading, Run, RunMetric, RunPage, SearchRunsInput};
