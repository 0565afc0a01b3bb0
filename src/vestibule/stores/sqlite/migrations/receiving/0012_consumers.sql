-- Who follows the log, and up to which event. One process at a time follows for a consumer: the holder of the lease.
CREATE TABLE consumer (
    name TEXT PRIMARY KEY,
    place INTEGER NOT NULL,
    holder TEXT NOT NULL DEFAULT '',
    leased_until TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

-- Events that a consumer could not deal with yet, and those that wait behind one of the same resource.
CREATE TABLE parked_event (
    tenant INTEGER NOT NULL,
    consumer TEXT NOT NULL,
    seq INTEGER NOT NULL,
    subject TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    until TEXT NOT NULL,
    error TEXT NOT NULL,
    given_up INTEGER NOT NULL,
    PRIMARY KEY (tenant, consumer, seq)
) WITHOUT ROWID;
