-- Webhook endpoints (tenant 0: the installation's), who delivers to them, and what came of it.
-- An endpoint's place in the log is its cursor; rows of webhook_held are what stayed behind it.

CREATE TABLE webhook_endpoint (
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'webhook',
    url TEXT NOT NULL,
    types TEXT NOT NULL,
    description TEXT NOT NULL,
    secret BLOB NOT NULL,
    old_secret BLOB,
    old_secret_until TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    why TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    place INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since TEXT NOT NULL DEFAULT '',
    retry_at TEXT NOT NULL DEFAULT '',
    delivered_at TEXT NOT NULL DEFAULT '',
    told_at TEXT NOT NULL DEFAULT '',
    changed INTEGER NOT NULL DEFAULT 0,
    begun INTEGER NOT NULL DEFAULT 0,
    courier TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX webhook_endpoint_id ON webhook_endpoint (id);

CREATE INDEX webhook_endpoint_changed ON webhook_endpoint (changed);

CREATE INDEX webhook_endpoint_courier ON webhook_endpoint (courier) WHERE state = 'on';

-- Events that an endpoint did not take yet, and those that were given up.
CREATE TABLE webhook_held (
    tenant INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    event INTEGER NOT NULL,
    event_tenant INTEGER NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due TEXT NOT NULL,
    PRIMARY KEY (tenant, endpoint, event)
) WITHOUT ROWID;

CREATE TABLE webhook_attempt (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    event INTEGER NOT NULL,
    type TEXT NOT NULL,
    at TEXT NOT NULL,
    number INTEGER NOT NULL,
    status INTEGER,
    milliseconds INTEGER NOT NULL,
    fault TEXT NOT NULL,
    answer TEXT NOT NULL
);

CREATE INDEX webhook_attempt_of ON webhook_attempt (tenant, endpoint, seq);

-- What was delivered between two writes, one row for all of it: told is [[event, type, at, status, ms, number], …].
CREATE TABLE webhook_delivered (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    first_event INTEGER NOT NULL,
    last_event INTEGER NOT NULL,
    at TEXT NOT NULL,
    told TEXT NOT NULL
);

CREATE INDEX webhook_delivered_of ON webhook_delivered (tenant, endpoint, seq);

CREATE TABLE webhook_resend (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    after INTEGER NOT NULL,
    until INTEGER NOT NULL
);

CREATE INDEX webhook_resend_of ON webhook_resend (tenant, endpoint);

-- Which processes deliver at the moment.
CREATE TABLE webhook_courier (
    id TEXT NOT NULL PRIMARY KEY,
    alive_until TEXT NOT NULL
) WITHOUT ROWID;
