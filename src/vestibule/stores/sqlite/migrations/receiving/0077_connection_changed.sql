-- Who brought a service's connection into its state, and when; '' where that was before.

ALTER TABLE service_connection ADD COLUMN changed_by TEXT NOT NULL DEFAULT '';

ALTER TABLE service_connection ADD COLUMN changed_at TEXT NOT NULL DEFAULT '';
