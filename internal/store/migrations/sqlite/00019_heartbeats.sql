-- +goose Up
-- What each process last wrote here, by its own clock: how far a read replica has come.
CREATE TABLE heartbeats (server TEXT PRIMARY KEY, beat BIGINT NOT NULL, at BIGINT NOT NULL);
