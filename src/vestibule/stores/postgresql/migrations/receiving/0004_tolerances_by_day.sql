-- How often a connection needed each tolerance, by day (UTC), so that "in 7 days" is true.
-- Sixteen rows of each, as with counters: every request of a connection may count the same one.
CREATE TABLE tolerance_day (
    tenant bigint NOT NULL,
    connection bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    day text COLLATE "C" NOT NULL,
    slot smallint NOT NULL CHECK (slot BETWEEN 0 AND 15),
    count bigint NOT NULL,
    last_at text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, connection, name, day, slot)
) WITH (fillfactor = 50);

-- The dialect that a connection's traffic shows, and what showed it; '' for none yet.
ALTER TABLE connection ADD COLUMN recognised text COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE connection ADD COLUMN recognised_why text COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE connection ADD COLUMN recognised_at text COLLATE "C";
