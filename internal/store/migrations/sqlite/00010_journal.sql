-- +goose Up
-- What was written, by whom, in the transaction of the fact. Rows are inserted;
-- of them only log_index is set later, once, in the order of the log.
CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT, log_index INTEGER UNIQUE, kind TEXT NOT NULL, thing TEXT NOT NULL, body TEXT NOT NULL, subject TEXT NOT NULL,
  at INTEGER NOT NULL, token BLOB, leaf BLOB NOT NULL, record BLOB NOT NULL, after_hash TEXT NOT NULL);
CREATE INDEX journal_thing ON journal (thing, id);
CREATE INDEX journal_token ON journal (token) WHERE token IS NOT NULL;
CREATE INDEX journal_waiting ON journal (id) WHERE log_index IS NULL;
CREATE INDEX journal_body ON journal (body, id);
CREATE INDEX journal_subject ON journal (subject, id) WHERE subject <> '';
