-- Turns on end that a service spoiled; when each account was found last.

ALTER TABLE service_connection ADD COLUMN failures bigint NOT NULL DEFAULT 0;

ALTER TABLE linked_account ADD COLUMN seen_at text COLLATE "C";
