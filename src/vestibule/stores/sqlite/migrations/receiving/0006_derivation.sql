-- What follows from documents is derived anew when a profile or the folding changes.
-- tenant.derived: profile version and folding that every row of the tenant follows from; '' for not known.

ALTER TABLE tenant ADD COLUMN derived TEXT NOT NULL DEFAULT '';

CREATE TABLE derivation (
    tenant INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    after TEXT NOT NULL,
    looked INTEGER NOT NULL,
    renewed INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    collisions TEXT NOT NULL
);
