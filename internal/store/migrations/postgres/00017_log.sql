-- +goose Up
-- The transparency log. A tree is one origin with one key; a tile holds the
-- hashes of its level so far, and only ever grows. Entries stay in the journal.
CREATE TABLE log_trees (
  seq BIGINT PRIMARY KEY, origin TEXT NOT NULL UNIQUE, start BIGINT NOT NULL, key_id TEXT NOT NULL, verifier TEXT NOT NULL,
  size BIGINT NOT NULL, signed BYTEA, published BYTEA, published_size BIGINT NOT NULL, opened_at BIGINT NOT NULL, closed_at BIGINT NOT NULL, lost BOOLEAN NOT NULL);
CREATE TABLE log_tiles (origin TEXT NOT NULL, level BIGINT NOT NULL, n BIGINT NOT NULL, data BYTEA NOT NULL, PRIMARY KEY (origin, level, n));
-- What this register has cosigned of other logs.
CREATE TABLE log_witnessed (origin TEXT PRIMARY KEY, size BIGINT NOT NULL, root BYTEA NOT NULL);
