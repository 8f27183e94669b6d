-- +goose Up
-- Where notices go. cursor is the last place of the journal that was looked at
-- for the endpoint; secrets are sealed under the key encryption key. One process
-- at a time serves an endpoint, by its lease.
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, watch TEXT NOT NULL, url TEXT NOT NULL, description TEXT NOT NULL, events TEXT NOT NULL,
  sealed BYTEA NOT NULL, public_key TEXT NOT NULL, previous_until BIGINT NOT NULL, fingerprint BYTEA NOT NULL, created_at BIGINT NOT NULL,
  disabled_at BIGINT NOT NULL, disabled_why TEXT NOT NULL, failing_since BIGINT NOT NULL, streak BIGINT NOT NULL, paused_until BIGINT NOT NULL,
  delivered_at BIGINT NOT NULL, cursor BIGINT NOT NULL, replay_next BIGINT NOT NULL, replay_until BIGINT NOT NULL,
  replay_from_at BIGINT NOT NULL, replay_until_at BIGINT NOT NULL, lease_owner TEXT NOT NULL, lease_until BIGINT NOT NULL);
CREATE INDEX webhooks_owner ON webhooks (owner, id);

-- What was or is to be sent to an endpoint, byte for byte. source says what it
-- tells of, so that nothing is told twice; of one thing at most one waits
-- (pending), the others are held behind it.
CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY, webhook TEXT NOT NULL, source TEXT NOT NULL, thing TEXT NOT NULL, pos BIGINT NOT NULL, type TEXT NOT NULL, payload BYTEA NOT NULL,
  state TEXT NOT NULL, attempts BIGINT NOT NULL, next_at BIGINT NOT NULL, created_at BIGINT NOT NULL, last_at BIGINT NOT NULL,
  last_outcome TEXT NOT NULL, last_status BIGINT NOT NULL, UNIQUE (webhook, source));
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, next_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_thing ON webhook_deliveries (webhook, thing, pos) WHERE state IN ('pending', 'held');
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook, created_at, id);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (created_at);

-- What employers watch.
CREATE TABLE watches (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, webhook TEXT NOT NULL, consent TEXT NOT NULL, digest TEXT NOT NULL, expiry_days BIGINT NOT NULL,
  since BIGINT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, digested_at BIGINT NOT NULL, fingerprint BYTEA NOT NULL);
CREATE INDEX watches_owner ON watches (owner, id);
CREATE TABLE watch_entries (
  watch TEXT NOT NULL, number TEXT NOT NULL, body TEXT NOT NULL, consent TEXT NOT NULL, added_at BIGINT NOT NULL, PRIMARY KEY (watch, number));
CREATE INDEX watch_entries_number ON watch_entries (number);
CREATE INDEX watch_entries_body ON watch_entries (body, watch, number);
CREATE TABLE watch_notices (
  seq BIGSERIAL PRIMARY KEY, id TEXT NOT NULL UNIQUE, watch TEXT NOT NULL, source TEXT NOT NULL, type TEXT NOT NULL, number TEXT NOT NULL,
  at BIGINT NOT NULL, token TEXT NOT NULL, UNIQUE (watch, source));
CREATE INDEX watch_notices_watch ON watch_notices (watch, seq);

-- Jobs of which one process at a time does each.
CREATE TABLE notify_jobs (name TEXT PRIMARY KEY, lease_owner TEXT NOT NULL, lease_until BIGINT NOT NULL, cursor BIGINT NOT NULL, mark TEXT NOT NULL);
