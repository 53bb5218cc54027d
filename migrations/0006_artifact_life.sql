-- The life of stored bytes: who claimed a blob last, what lies in the trash, and uploads that may be resumed.

-- An upload claims its digest here before the blob takes its final name; a collector deletes a blob only under this row's
-- lock, and only when nobody claimed it lately. So neither can take what the other relies on.
create table blobs (
    sha256 text not null primary key,
    size_bytes bigint not null,
    claimed_at_ms bigint not null
);
insert into blobs (sha256, size_bytes, claimed_at_ms)
    select sha256, max(size_bytes), max(updated_at_ms) from artifacts group by sha256;

-- Deleted files: they keep their blobs until the trash is emptied. One deletion is one trash_id.
create table artifact_trash (
    trash_id text not null,
    path text not null,
    scope text not null,
    sha256 text not null,
    size_bytes bigint not null,
    updated_at_ms bigint not null,
    deleted_at_ms bigint not null,
    deleted_by text not null,
    primary key (trash_id, path)
);
create index artifact_trash_by_digest on artifact_trash (sha256);
create index artifact_trash_by_scope on artifact_trash (scope);
create index artifact_trash_by_time on artifact_trash (deleted_at_ms);

-- When a run, an experiment or a logged model went to the trash; null for those that are not there.
alter table runs add column deleted_at_ms bigint;
alter table experiments add column deleted_at_ms bigint;
alter table logged_models add column deleted_at_ms bigint;
create index runs_by_deletion on runs (deleted_at_ms);

-- An upload in parts. object_key and multipart_id are the bucket's names for it; the key is null until the bucket knows
-- it. A pushed file has a source (its size and time of change) and a digest; what a client sends by signed addresses
-- has neither.
create table uploads (
    upload_id text not null primary key,
    path text not null,
    object_key text,
    multipart_id text,
    source text,
    sha256 text,
    part_bytes bigint not null,
    state text not null,
    created_at_ms bigint not null,
    touched_at_ms bigint not null
);
create index uploads_by_path on uploads (path);

-- Parts that the bucket has acknowledged.
create table upload_parts (
    upload_id text not null references uploads (upload_id) on delete cascade,
    part_number bigint not null,
    sha256 text not null,
    etag text not null,
    size_bytes bigint not null,
    primary key (upload_id, part_number)
);
