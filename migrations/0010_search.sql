-- Indexes that pages of runs are read along: by start, and by the latest value of one metric.
drop index runs_by_start;
create index runs_by_start on runs (experiment_id, lifecycle, started_at_ms desc, run_id);
create index metric_series_by_value on metric_series (experiment_id, key, latest_is_nan, latest_value);
