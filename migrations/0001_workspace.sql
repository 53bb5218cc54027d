-- One portable sequence for SQLite and PostgreSQL: TEXT, BIGINT (epoch milliseconds), DOUBLE PRECISION, BOOLEAN; ids are made by the app.

-- What a workspace remembers about itself: its name, its kind, its settings.
create table settings (
    key text not null primary key,
    value text not null
);

-- Who changed what, when and why. Written in the transaction of the change itself.
create table audit_log (
    audit_id text not null primary key,
    at_ms bigint not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail text not null
);
create index audit_log_by_subject on audit_log (subject, at_ms);
