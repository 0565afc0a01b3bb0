-- Events that were forgotten before an endpoint had them; told_last is up to where it was told of.
CREATE TABLE webhook_gap (
    tenant INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    events INTEGER NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    told_last INTEGER NOT NULL DEFAULT 0,
    told_at TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, endpoint, first)
) WITHOUT ROWID;
