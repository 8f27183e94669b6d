-- +goose Up
ALTER TABLE coverage ADD COLUMN doc TEXT NOT NULL DEFAULT '{}';

-- Disputes and reports of concern. The entry is never changed; what becomes of
-- it is inserted. Contacts are apart, so that they can be deleted.
CREATE TABLE disputes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, about TEXT NOT NULL, of_id TEXT NOT NULL, fact TEXT NOT NULL,
  body TEXT NOT NULL, words TEXT NOT NULL, received_at INTEGER NOT NULL);
CREATE TABLE dispute_steps (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, dispute TEXT NOT NULL REFERENCES disputes (id), state TEXT NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX dispute_steps_dispute ON dispute_steps (dispute, seq);
CREATE TABLE dispute_contacts (dispute TEXT PRIMARY KEY REFERENCES disputes (id), name TEXT NOT NULL, email TEXT NOT NULL);
