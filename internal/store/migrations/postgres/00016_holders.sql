-- +goose Up
-- Links by which holders decide what is shown of their certificates. The digest
-- of a link is kept, never the link.
CREATE TABLE holder_links (
  digest BYTEA PRIMARY KEY, number TEXT NOT NULL, body TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT NOT NULL);
CREATE INDEX holder_links_number ON holder_links (number);

-- What a holder lets be shown, as it stands.
CREATE TABLE holder_choices (number TEXT PRIMARY KEY, doc TEXT NOT NULL, chosen_at BIGINT NOT NULL);

-- How often a certificate was looked at on a day, in UTC. Nothing of whoever looked.
CREATE TABLE certificate_looks (number TEXT NOT NULL, day TEXT NOT NULL, looks BIGINT NOT NULL, PRIMARY KEY (number, day));
