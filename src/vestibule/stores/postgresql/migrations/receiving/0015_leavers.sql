-- Who left lately, each once, and until when access is held: the guard rail counts them.
CREATE TABLE leaver (
    tenant bigint NOT NULL,
    person text COLLATE "C" NOT NULL,
    at text COLLATE "C" NOT NULL,
    held_until text COLLATE "C",
    PRIMARY KEY (tenant, person)
);

CREATE INDEX leaver_lately ON leaver (tenant, at);

CREATE INDEX leaver_held ON leaver (held_until) WHERE held_until IS NOT NULL;
