-- +goose Up
-- Second forms of credentials: the same content with an embedded proof, exact bytes.
CREATE TABLE forms (credential TEXT PRIMARY KEY, key_id TEXT NOT NULL, document TEXT NOT NULL, created_at INTEGER NOT NULL);
