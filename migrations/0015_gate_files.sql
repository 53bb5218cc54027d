-- What the versions of a model must hold, revision by revision, and the whole evidence of each run of the gates.
create table gate_files (
    model text not null references registered_models (name) on delete cascade on update cascade,
    revision bigint not null,
    body text not null,
    sha256 text not null,
    actor text not null,
    note text not null,
    at_ms bigint not null,
    primary key (model, revision)
);

-- Apart from the reports, which are read for every list; reports of earlier releases have none.
create table gate_evidence (
    report_id text not null primary key references gate_reports (report_id) on delete cascade,
    evidence_json text not null
);
