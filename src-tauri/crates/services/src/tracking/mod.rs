//! Tracking: experiments, runs and everything a training script logs.

mod chart;
mod experiments;
mod group;
mod logged_models;
mod logging;
mod names;
mod page;
mod runs;
mod together;
mod view;

pub use chart::{MetricHistoryInput, MetricSeries, metric_history};
pub use experiments::{
    ExperimentQuery, NewExperiment, create_experiment, delete_experiment, delete_experiment_tag,
    ensure_default_experiment, experiment, experiment_by_name, list_experiments, rename_experiment,
    restore_experiment, search_experiments, set_experiment_tag,
};
pub use group::GroupCommit;
pub use logged_models::{
    LoggedModelQuery, NewLoggedModel, create_logged_model, delete_logged_model,
    delete_logged_model_tag, finish_logged_model, log_logged_model_params, logged_model,
    search_logged_models, set_logged_model_tags,
};
pub use logging::{
    Batch, HistoryPage, RunInputs, delete_run_tag, log_batch, log_inputs, log_model_record,
    log_outputs, metric_points, set_run_tag,
};
pub use page::Paged;
pub(crate) use page::Window;
pub use runs::{
    NewRun, RunCard, RunQuery, RunUpdate, create_run, delete_run, get_run, restore_run, run,
    run_artifact_path, run_cards, runs, search_runs, update_run,
};
pub use view::{Experiment, Pair, Reading, Run, RunMetric, RunPage, SearchRunsInput};
