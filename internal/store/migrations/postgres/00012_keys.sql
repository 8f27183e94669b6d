-- +goose Up
-- A key made known before it signs has next_at set; its seq lies below all
-- others until it takes over, so that whoever knows no such keys signs with
-- none. kek names the key encryption key that seals it; custody is where the
-- private half is, if neither here nor with the body.
ALTER TABLE keys ADD COLUMN next_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN retired_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN kek TEXT NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN custody TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX keys_next ON keys (body, use_for) WHERE next_at <> 0 AND revoked_at = 0;
