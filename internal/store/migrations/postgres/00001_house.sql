-- +goose Up
CREATE TABLE registry_version (id INTEGER PRIMARY KEY, version BIGINT NOT NULL);
INSERT INTO registry_version (id, version) VALUES (1, 1);

CREATE TABLE bodies (id TEXT PRIMARY KEY, did TEXT NOT NULL UNIQUE, doc TEXT NOT NULL);
CREATE TABLE schemes (id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES bodies (id), doc TEXT NOT NULL);

CREATE TABLE status_lists (id TEXT PRIMARY KEY, body TEXT NOT NULL, seq BIGINT NOT NULL);
CREATE INDEX status_lists_body ON status_lists (body, seq);
CREATE TABLE status_entries (list TEXT NOT NULL REFERENCES status_lists (id), idx INTEGER NOT NULL, PRIMARY KEY (list, idx));

CREATE TABLE statements (
  id TEXT PRIMARY KEY, issuer TEXT NOT NULL REFERENCES bodies (id), subject TEXT NOT NULL REFERENCES bodies (id),
  list TEXT NOT NULL, idx INTEGER NOT NULL, learnt_at BIGINT NOT NULL, doc TEXT NOT NULL, credential TEXT NOT NULL,
  FOREIGN KEY (list, idx) REFERENCES status_entries (list, idx));
CREATE INDEX statements_list ON statements (list);
CREATE TABLE statement_events (
  seq BIGSERIAL PRIMARY KEY, statement TEXT NOT NULL REFERENCES statements (id), kind TEXT NOT NULL,
  effective_at BIGINT NOT NULL, learnt_at BIGINT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX statement_events_statement ON statement_events (statement, seq);

CREATE TABLE coverage (
  seq BIGSERIAL PRIMARY KEY, body TEXT NOT NULL REFERENCES bodies (id), of_what TEXT NOT NULL, register TEXT NOT NULL,
  synchronised_at BIGINT NOT NULL, promised_refresh_days INTEGER NOT NULL, learnt_at BIGINT NOT NULL);

CREATE TABLE keys (
  id TEXT NOT NULL, use_for TEXT NOT NULL, body TEXT NOT NULL, jwk TEXT NOT NULL, sealed BYTEA, created_at BIGINT NOT NULL, seq BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL, compromised_at BIGINT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (id, use_for));
CREATE INDEX keys_body ON keys (body, use_for);

CREATE TABLE certificates (
  number TEXT PRIMARY KEY, body TEXT NOT NULL REFERENCES bodies (id), scheme TEXT NOT NULL REFERENCES schemes (id), state TEXT NOT NULL,
  idempotency_key TEXT, fingerprint BYTEA NOT NULL, external_id TEXT NOT NULL, holder_key TEXT NOT NULL,
  valid_from BIGINT NOT NULL, valid_until BIGINT NOT NULL, list TEXT NOT NULL, idx INTEGER NOT NULL,
  key_id TEXT NOT NULL, signing_input TEXT NOT NULL, signature TEXT NOT NULL, salt TEXT NOT NULL, subject_id TEXT NOT NULL,
  request TEXT NOT NULL, created_at BIGINT NOT NULL, sealed_at BIGINT NOT NULL,
  UNIQUE (body, idempotency_key), FOREIGN KEY (list, idx) REFERENCES status_entries (list, idx));
CREATE INDEX certificates_holder ON certificates (body, scheme, holder_key);
CREATE INDEX certificates_list ON certificates (list);
CREATE INDEX certificates_body ON certificates (body, number);
CREATE TABLE certificate_events (
  seq BIGSERIAL PRIMARY KEY, number TEXT NOT NULL REFERENCES certificates (number), kind TEXT NOT NULL,
  effective_at BIGINT NOT NULL, learnt_at BIGINT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX certificate_events_number ON certificate_events (number, seq);

CREATE TABLE clients (id TEXT PRIMARY KEY, name TEXT NOT NULL, body TEXT NOT NULL, operator INTEGER NOT NULL, scopes TEXT NOT NULL,
  secret_hash BYTEA NOT NULL, created_at BIGINT NOT NULL, revoked_at BIGINT NOT NULL);
CREATE TABLE spent_assertions (client TEXT NOT NULL, jti TEXT NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (client, jti));
CREATE INDEX spent_assertions_until ON spent_assertions (until);
CREATE TABLE idempotency (client TEXT NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL, fingerprint BYTEA NOT NULL, started_at BIGINT NOT NULL,
  status INTEGER NOT NULL, header TEXT NOT NULL, body BYTEA, PRIMARY KEY (client, route, key));
CREATE INDEX idempotency_started ON idempotency (started_at);
