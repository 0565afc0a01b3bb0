-- Who follows the log, and up to which event. One process at a time follows for a consumer: the holder of the lease.
CREATE TABLE consumer (
    name text COLLATE "C" PRIMARY KEY,
    place bigint NOT NULL,
    holder text COLLATE "C" NOT NULL DEFAULT '',
    leased_until text COLLATE "C" NOT NULL DEFAULT ''
);

-- Events that a consumer could not deal with yet, and those that wait behind one of the same resource.
CREATE TABLE parked_event (
    tenant bigint NOT NULL,
    consumer text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    subject text COLLATE "C" NOT NULL,
    attempts integer NOT NULL,
    until text COLLATE "C" NOT NULL,
    error text COLLATE "C" NOT NULL,
    given_up boolean NOT NULL,
    PRIMARY KEY (tenant, consumer, seq)
);
