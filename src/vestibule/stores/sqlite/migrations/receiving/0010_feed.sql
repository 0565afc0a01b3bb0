-- The product's side: alarms that are told once.

-- What happened on its own account (a token runs out, a connection falls silent) is told once for each occasion.
CREATE TABLE told_once (
    tenant INTEGER NOT NULL,
    occasion TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (tenant, occasion)
) WITHOUT ROWID;
