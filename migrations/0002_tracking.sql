-- Experiments, runs, what is logged to them, logged models, and where artifacts rest.
create table experiments (
    experiment_id text not null primary key,
    name text not null unique,
    artifact_location text not null,
    lifecycle text not null,
    created_at_ms bigint not null,
    updated_at_ms bigint not null
);

create table experiment_tags (
    experiment_id text not null references experiments (experiment_id) on delete cascade,
    key text not null,
    value text not null,
    primary key (experiment_id, key)
);

-- The next number of each kind that people like to see counted.
create table number_sequences (
    kind text not null primary key,
    next_number bigint not null
);
insert into number_sequences (kind, next_number) values ('experiment', 1);

create table runs (
    run_id text not null primary key,
    experiment_id text not null references experiments (experiment_id) on delete cascade,
    name text not null,
    user_id text not null,
    status text not null,
    lifecycle text not null,
    started_at_ms bigint not null,
    ended_at_ms bigint,
    artifact_uri text not null
);
create index runs_by_start on runs (experiment_id, started_at_ms desc, run_id);

create table run_params (
    run_id text not null references runs (run_id) on delete cascade,
    key text not null,
    value text not null,
    primary key (run_id, key)
);

create table run_tags (
    run_id text not null references runs (run_id) on delete cascade,
    key text not null,
    value text not null,
    primary key (run_id, key)
);

create table run_datasets (
    run_id text not null references runs (run_id) on delete cascade,
    name text not null,
    digest text not null,
    source_type text not null,
    source text not null,
    schema_json text,
    profile_json text,
    -- the tag mlflow.data.context, by which runs are searched
    context text,
    tags_json text not null,
    primary key (run_id, name, digest)
);

-- A metric of a run: what lists and searches need of it, kept current by every write, so that they never read points.
-- NaN cannot stand in a SQLite column, so a flag stands beside the number.
create table metric_series (
    series_id bigint not null primary key,
    run_id text not null references runs (run_id) on delete cascade,
    key text not null,
    point_count bigint not null,
    latest_step bigint not null,
    latest_timestamp_ms bigint not null,
    latest_value double precision not null,
    latest_is_nan boolean not null,
    min_value double precision,
    max_value double precision,
    unique (run_id, key)
);

-- Every point. value_bits are the bits of the IEEE number, arranged to sort as the number does; they keep NaN and the
-- infinities, and make an exact duplicate a conflict that is swallowed.
create table metric_points (
    series_id bigint not null references metric_series (series_id) on delete cascade,
    timestamp_ms bigint not null,
    step bigint not null,
    value_bits bigint not null,
    primary key (series_id, timestamp_ms, step, value_bits)
);

create table logged_models (
    model_id text not null primary key,
    experiment_id text not null references experiments (experiment_id) on delete cascade,
    name text not null,
    artifact_uri text not null,
    status text not null,
    status_message text,
    model_type text,
    source_run_id text,
    lifecycle text not null,
    created_at_ms bigint not null,
    updated_at_ms bigint not null
);
create index logged_models_by_experiment on logged_models (experiment_id, created_at_ms);
create index logged_models_by_run on logged_models (source_run_id);

create table logged_model_params (
    model_id text not null references logged_models (model_id) on delete cascade,
    key text not null,
    value text not null,
    primary key (model_id, key)
);

create table logged_model_tags (
    model_id text not null references logged_models (model_id) on delete cascade,
    key text not null,
    value text not null,
    primary key (model_id, key)
);

-- The latest value of a metric that describes a logged model, for each run that measured it and each dataset.
create table logged_model_metrics (
    model_id text not null references logged_models (model_id) on delete cascade,
    key text not null,
    run_id text not null,
    dataset_name text not null,
    dataset_digest text not null,
    step bigint not null,
    timestamp_ms bigint not null,
    value double precision not null,
    is_nan boolean not null,
    primary key (model_id, key, run_id, dataset_name, dataset_digest)
);

-- Which logged models a run read or produced.
create table run_models (
    run_id text not null references runs (run_id) on delete cascade,
    model_id text not null,
    role text not null,
    step bigint not null,
    primary key (run_id, role, model_id)
);

-- A logical path under the artifact root, and the blob that holds its bytes. `scope` is the run or logged model that
-- owns it: listings read one scope.
create table artifacts (
    path text not null primary key,
    scope text not null,
    sha256 text not null,
    size_bytes bigint not null,
    updated_at_ms bigint not null
);
create index artifacts_by_scope on artifacts (scope);
create index artifacts_by_digest on artifacts (sha256);
