-- +goose Up
-- Dated rules for what the end of a statement does to earlier certificates.
CREATE TABLE effects (id TEXT PRIMARY KEY, doc TEXT NOT NULL);
