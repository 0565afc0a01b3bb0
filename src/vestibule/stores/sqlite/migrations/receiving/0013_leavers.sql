-- Who left lately, each once, and until when access is held: the guard rail counts them.
CREATE TABLE leaver (
    tenant INTEGER NOT NULL,
    person TEXT NOT NULL,
    at TEXT NOT NULL,
    held_until TEXT,
    PRIMARY KEY (tenant, person)
) WITHOUT ROWID;

CREATE INDEX leaver_lately ON leaver (tenant, at);

CREATE INDEX leaver_held ON leaver (held_until) WHERE held_until IS NOT NULL;
