-- +goose Up
-- What strangers asked of all servers in a minute, by the keyed hash of their network. It need not outlive a crash.
CREATE UNLOGGED TABLE crowd (start BIGINT NOT NULL, network BYTEA NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (start, network));
