-- +goose Up
-- Certificates are recorded with the bytes to sign from now on. A number that was only reserved was never signed or shown
-- to anybody: whoever asked for it repeats the call and gets another.
DELETE FROM certificates WHERE state = 'reserved';
