-- Registered models, their versions, aliases, tags and the history of every stage move.
create table registered_models (
    name text not null primary key,
    description text not null,
    created_at_ms bigint not null,
    updated_at_ms bigint not null
);

create table registered_model_tags (
    name text not null references registered_models (name) on delete cascade on update cascade,
    key text not null,
    value text not null,
    primary key (name, key)
);

create table model_versions (
    name text not null references registered_models (name) on delete cascade on update cascade,
    version bigint not null,
    stage text not null,
    description text not null,
    source text not null,
    -- where the files stand under the artifact root; null when only the client can reach the source
    artifact_path text,
    run_id text,
    run_link text not null,
    model_id text,
    user_id text not null,
    -- SHA-256 over the sorted manifest of files, taken when the version was made
    digest text,
    size_bytes bigint,
    status text not null,
    status_message text not null,
    created_at_ms bigint not null,
    updated_at_ms bigint not null,
    primary key (name, version)
);
create index model_versions_by_run on model_versions (run_id);
create index model_versions_by_stage on model_versions (name, stage);

create table model_version_tags (
    name text not null,
    version bigint not null,
    key text not null,
    value text not null,
    primary key (name, version, key),
    foreign key (name, version) references model_versions (name, version) on delete cascade on update cascade
);

create table model_aliases (
    name text not null,
    alias text not null,
    version bigint not null,
    primary key (name, alias),
    foreign key (name, version) references model_versions (name, version) on delete cascade on update cascade
);

-- Never deleted with the version: what stood in Production must stay answerable.
create table stage_transitions (
    transition_id text not null primary key,
    name text not null,
    version bigint not null,
    from_stage text not null,
    to_stage text not null,
    actor text not null,
    reason text not null,
    at_ms bigint not null
);
create index stage_transitions_by_model on stage_transitions (name, at_ms);
