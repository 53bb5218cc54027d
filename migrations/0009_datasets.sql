-- Evaluation datasets: named collections of inputs with what is expected of the answers.
create table evaluation_datasets (
    dataset_id text not null primary key,
    name text not null,
    schema_json text,
    record_count bigint not null,
    digest text not null,
    created_at_ms bigint not null,
    updated_at_ms bigint not null,
    created_by text,
    updated_by text
);
create index evaluation_datasets_by_name on evaluation_datasets (name);

create table evaluation_dataset_tags (
    dataset_id text not null references evaluation_datasets (dataset_id) on delete cascade,
    key text not null,
    value text not null,
    primary key (dataset_id, key)
);

create table evaluation_dataset_experiments (
    dataset_id text not null references evaluation_datasets (dataset_id) on delete cascade,
    experiment_id text not null references experiments (experiment_id) on delete cascade,
    primary key (dataset_id, experiment_id)
);
create index evaluation_datasets_by_experiment on evaluation_dataset_experiments (experiment_id);

-- Records with the same inputs are one record: `input_digest` is over the inputs.
create table evaluation_records (
    record_id text not null primary key,
    dataset_id text not null references evaluation_datasets (dataset_id) on delete cascade,
    input_digest text not null,
    body text not null,
    created_at_ms bigint not null,
    updated_at_ms bigint not null,
    unique (dataset_id, input_digest)
);
create index evaluation_records_by_time on evaluation_records (dataset_id, created_at_ms, record_id);
