-- What was brought in from other MLflow places, so that an import can be broken off, resumed and repeated.
create table import_sources (
    source_id text not null primary key,
    -- the address without any password: http://mlflow:5000, or the full path of a folder
    address text not null unique,
    first_import_at_ms bigint not null
);

-- One experiment, run, logged model, registered model or version of a source, under the name it has there.
create table import_items (
    source_id text not null references import_sources (source_id) on delete cascade,
    kind text not null,
    source_key text not null,
    -- the name it has in this workspace
    local_key text not null,
    -- "begun", or "done" once all of it is here
    state text not null,
    -- digest of what the source said of it: another one means that it changed there
    fingerprint text not null,
    points bigint not null,
    artifacts bigint not null,
    artifact_bytes bigint not null,
    updated_at_ms bigint not null,
    primary key (source_id, kind, source_key)
);

-- What each import did, and what it had to leave behind.
create table import_reports (
    report_id text not null primary key,
    source_id text not null references import_sources (source_id) on delete cascade,
    actor text not null,
    outcome text not null,
    started_at_ms bigint not null,
    ended_at_ms bigint not null,
    report_json text not null
);
create index import_reports_by_time on import_reports (started_at_ms);
