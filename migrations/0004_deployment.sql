-- The evidence of every gate run, the endpoints that serve, and every attempt to change them.
create table gate_reports (
    report_id text not null primary key,
    name text not null,
    version bigint not null,
    verdict text not null,
    digest text not null,
    report_json text not null,
    at_ms bigint not null
);
create index gate_reports_by_version on gate_reports (name, version, at_ms);

create table endpoints (
    name text not null primary key,
    environment text not null,
    model_name text not null,
    version bigint not null,
    digest text not null,
    -- what the owner asked for; what runs now is the host's to say
    desired text not null,
    port bigint not null,
    previous_version bigint,
    updated_at_ms bigint not null
);

create table deployments (
    deployment_id text not null primary key,
    endpoint text not null,
    model_name text not null,
    version bigint not null,
    digest text not null,
    action text not null,
    outcome text not null,
    reason text not null,
    actor text not null,
    detail text not null,
    at_ms bigint not null,
    took_ms bigint not null
);
create index deployments_by_time on deployments (at_ms);
