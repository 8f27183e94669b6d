-- +goose Up
-- Ledgers of continuing education. Entries are inserted, never changed; an
-- entry is taken back once.
CREATE TABLE cpd_entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, lineage TEXT NOT NULL REFERENCES certificates (number), cycle INTEGER NOT NULL,
  learnt_at INTEGER NOT NULL, corrects TEXT UNIQUE, idempotency_key TEXT, fingerprint BLOB NOT NULL, doc TEXT NOT NULL, UNIQUE (lineage, idempotency_key));
CREATE INDEX cpd_entries_lineage ON cpd_entries (lineage, seq);

-- Events of many certificates at once, and whom they touched.
CREATE TABLE bulk_events (
  id TEXT PRIMARY KEY, body TEXT NOT NULL REFERENCES bodies (id), kind TEXT NOT NULL, learnt_at INTEGER NOT NULL, undoes TEXT UNIQUE REFERENCES bulk_events (id),
  idempotency_key TEXT, fingerprint BLOB NOT NULL, doc TEXT NOT NULL, UNIQUE (body, idempotency_key));
CREATE TABLE bulk_event_certificates (
  bulk TEXT NOT NULL REFERENCES bulk_events (id), number TEXT NOT NULL REFERENCES certificates (number), PRIMARY KEY (bulk, number));
