-- What follows from documents is derived anew when a profile or the folding changes.
-- tenant.derived: profile version and folding that every row of the tenant follows from; '' for not known.

ALTER TABLE tenant ADD COLUMN derived text COLLATE "C" NOT NULL DEFAULT '';

CREATE TABLE derivation (
    tenant bigint PRIMARY KEY,
    target text COLLATE "C" NOT NULL,
    after text COLLATE "C" NOT NULL,
    looked bigint NOT NULL,
    renewed bigint NOT NULL,
    started_at text COLLATE "C" NOT NULL,
    ended_at text COLLATE "C",
    collisions text COLLATE "C" NOT NULL
);
