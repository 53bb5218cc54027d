-- Which key seals `webhooks.secret`; empty: the secret stands there as it is, from before there were keys. It is sealed
-- when the webhook is next saved.
alter table webhooks add column key_id text not null default '';
