-- +goose Up
-- The transparency log. A tree is one origin with one key; a tile holds the
-- hashes of its level so far, and only ever grows. Entries stay in the journal.
CREATE TABLE log_trees (
  seq INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE, start INTEGER NOT NULL, key_id TEXT NOT NULL, verifier TEXT NOT NULL,
  size INTEGER NOT NULL, signed BLOB, published BLOB, published_size INTEGER NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER NOT NULL, lost BOOLEAN NOT NULL);
CREATE TABLE log_tiles (origin TEXT NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (origin, level, n));
-- What this register has cosigned of other logs.
CREATE TABLE log_witnessed (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL);
