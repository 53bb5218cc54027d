-- Traces: what a call did, span by span, and what people and judges think of it.
create table traces (
    trace_id text not null primary key,
    experiment_id text not null references experiments (experiment_id) on delete cascade,
    requested_at_ms bigint not null,
    duration_ms bigint,
    state text not null,
    client_request_id text,
    request_preview text,
    response_preview text,
    -- true once the client has told the trace as a whole: what single spans imply no longer changes it
    is_final boolean not null
);
create index traces_by_time on traces (experiment_id, requested_at_ms desc, trace_id);

create table trace_tags (
    trace_id text not null references traces (trace_id) on delete cascade,
    key text not null,
    value text not null,
    primary key (trace_id, key)
);

create table trace_metadata (
    trace_id text not null references traces (trace_id) on delete cascade,
    key text not null,
    value text not null,
    primary key (trace_id, key)
);

-- One row a span. What is searched and added up stands in columns, everything else in `body`, a JSON text.
create table trace_spans (
    trace_id text not null references traces (trace_id) on delete cascade,
    span_id text not null,
    parent_span_id text,
    name text not null,
    kind text not null,
    status text not null,
    started_ns bigint not null,
    ended_ns bigint,
    usage_json text,
    cost_json text,
    body text not null,
    primary key (trace_id, span_id)
);

create table trace_assessments (
    assessment_id text not null primary key,
    trace_id text not null references traces (trace_id) on delete cascade,
    kind text not null,
    name text not null,
    value_json text not null,
    -- the value, where it is a number
    number_value double precision,
    -- false once another assessment overrides this one
    is_valid boolean not null,
    overrides text,
    created_at_ms bigint not null,
    updated_at_ms bigint not null,
    body text not null
);
create index trace_assessments_by_trace on trace_assessments (trace_id, created_at_ms, assessment_id);

-- What a trace belongs to: runs, prompts.
create table trace_links (
    trace_id text not null references traces (trace_id) on delete cascade,
    kind text not null,
    target_id text not null,
    primary key (trace_id, kind, target_id)
);
create index trace_links_by_target on trace_links (kind, target_id);
