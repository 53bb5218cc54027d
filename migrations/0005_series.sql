-- Points packed into chunks, with the summaries that charts read instead of them; a number that tells when a run changed.
alter table runs add column revision bigint not null default 0;

-- Of which experiment the run is: searches by metric need not look at the run.
alter table metric_series add column experiment_id text not null default '';
update metric_series set experiment_id = (select r.experiment_id from runs r where r.run_id = metric_series.run_id);
-- The greatest point in the order of timestamp, step, value: whatever comes after it cannot be a duplicate.
alter table metric_series add column last_timestamp_ms bigint;
alter table metric_series add column last_step bigint;
alter table metric_series add column last_bits bigint;
-- Points in chunks that are not sealed yet, and the number of the next chunk.
alter table metric_series add column loose_points bigint not null default 0;
alter table metric_series add column chunk_next bigint not null default 1;

-- level 0: the tail, chunk 0, rewritten as single points come in; 1: loose, a batch or a full tail; 2: sealed, never
-- changed again. first_* and last_* are the least and the greatest point in the order of timestamp, step, value.
-- summary is one block over the whole chunk, blocks one for every few hundred points; only sealed chunks have them.
create table metric_chunks (
    series_id bigint not null references metric_series (series_id) on delete cascade,
    chunk_no bigint not null,
    level bigint not null,
    point_count bigint not null,
    first_timestamp_ms bigint not null,
    first_step bigint not null,
    first_bits bigint not null,
    last_timestamp_ms bigint not null,
    last_step bigint not null,
    last_bits bigint not null,
    step_min bigint not null,
    step_max bigint not null,
    summary bytea,
    blocks bytea,
    points bytea not null,
    primary key (series_id, chunk_no)
);
-- metric_points is emptied into metric_chunks when the workspace is opened.
