-- +goose Up
-- How far calls that issue many certificates have come.
CREATE TABLE batches (
  id TEXT PRIMARY KEY, body TEXT NOT NULL REFERENCES bodies (id), state TEXT NOT NULL, received INTEGER NOT NULL, issued INTEGER NOT NULL, failed INTEGER NOT NULL,
  started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE INDEX batches_body ON batches (body, started_at, id);
