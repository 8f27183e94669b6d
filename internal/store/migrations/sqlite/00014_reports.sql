-- +goose Up
-- Assessments that ended without a certificate, for pass rates. They name no
-- person. Rows are inserted, never changed.
CREATE TABLE failures (
  id TEXT PRIMARY KEY, body TEXT NOT NULL REFERENCES bodies (id), scheme TEXT NOT NULL REFERENCES schemes (id), day TEXT NOT NULL, decided_at INTEGER NOT NULL,
  learnt_at INTEGER NOT NULL, examiner TEXT NOT NULL, centre TEXT NOT NULL, batch TEXT NOT NULL, idempotency_key TEXT, fingerprint BLOB NOT NULL,
  UNIQUE (body, idempotency_key));
CREATE INDEX failures_body ON failures (body, decided_at);

-- How often a body was refused a certificate because it did not hold the
-- accreditation that it claimed. Counts alone, a row for each scheme, code and day.
CREATE TABLE refusals (
  body TEXT NOT NULL, scheme TEXT NOT NULL, code TEXT NOT NULL, day TEXT NOT NULL, refused INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY (body, scheme, code, day));
