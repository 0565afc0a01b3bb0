-- How often a connection needed each tolerance, by day (UTC), so that "in 7 days" is true.
-- tolerance_count stays for the previous version; a later step drops it.

CREATE TABLE tolerance_day (
    tenant INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (tenant, connection, name, day)
) WITHOUT ROWID;

-- The dialect that a connection's traffic shows, and what showed it; '' for none yet.
ALTER TABLE connection ADD COLUMN recognised TEXT NOT NULL DEFAULT '';

ALTER TABLE connection ADD COLUMN recognised_why TEXT NOT NULL DEFAULT '';

ALTER TABLE connection ADD COLUMN recognised_at TEXT;
