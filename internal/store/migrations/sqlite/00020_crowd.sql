-- +goose Up
-- One process counts alone: there is nothing to keep.
SELECT 1;
