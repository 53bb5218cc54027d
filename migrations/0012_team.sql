-- A team workspace is open on many machines: which of them serves an endpoint, and when each was last heard of.
alter table endpoints add column host_id text;

create table hosts (
    host_id text not null primary key,
    name text not null,
    seen_at_ms bigint not null
);
