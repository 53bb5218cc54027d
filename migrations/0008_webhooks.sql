-- Who is told of what happens in the registry, and every message that was or is to be delivered.
create table webhooks (
    webhook_id text not null primary key,
    name text not null,
    description text not null,
    url text not null,
    status text not null,
    -- signs the messages; never shown again
    secret text not null,
    created_at_ms bigint not null,
    updated_at_ms bigint not null
);

create table webhook_events (
    webhook_id text not null references webhooks (webhook_id) on delete cascade,
    entity text not null,
    action text not null,
    primary key (webhook_id, entity, action)
);
create index webhook_events_by_event on webhook_events (entity, action);

-- The outbox and the log in one: a row is written in the transaction of the change it tells of, and kept after delivery.
-- No reference to webhooks: the log outlives them.
create table webhook_deliveries (
    delivery_id text not null primary key,
    webhook_id text not null,
    entity text not null,
    action text not null,
    body text not null,
    -- pending, delivered, failed, cancelled
    state text not null,
    attempts bigint not null,
    next_attempt_ms bigint not null,
    -- until when the server that took it may work on it; after a crash another takes it then
    claimed_until_ms bigint not null,
    created_at_ms bigint not null,
    finished_at_ms bigint,
    last_status bigint,
    last_error text
);
create index webhook_deliveries_due on webhook_deliveries (state, next_attempt_ms);
create index webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, created_at_ms);
