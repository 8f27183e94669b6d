-- +goose Up
-- Certificates are recorded with the bytes to sign from now on. A number that was only reserved was never signed or shown
-- to anybody: whoever asked for it repeats the call and gets another.
DELETE FROM certificates WHERE state = 'reserved';

-- Signed bytes hardly compress: lz4 gives up on them soon. Rows already there stay as they are.
-- +goose StatementBegin
DO $$ BEGIN
  EXECUTE 'ALTER TABLE certificates ALTER COLUMN signing_input SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error THEN NULL; -- a server without lz4
END $$;
-- +goose StatementEnd

-- Every certificate is written twice, recorded and then sealed: the second time beside the first, without touching an index.
ALTER TABLE certificates SET (fillfactor = 70);
