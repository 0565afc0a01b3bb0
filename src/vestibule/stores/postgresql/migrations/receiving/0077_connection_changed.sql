-- Who brought a service's connection into its state, and when; '' where that was before.

ALTER TABLE service_connection ADD COLUMN changed_by text COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE service_connection ADD COLUMN changed_at text COLLATE "C" NOT NULL DEFAULT '';
