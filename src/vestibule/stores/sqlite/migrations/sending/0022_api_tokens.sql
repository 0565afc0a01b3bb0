-- Tokens of the sending side's API, and the answers that an Idempotency-Key has again.
CREATE TABLE api_token (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT,
    last_used_at TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX live_api_token_name ON api_token (name) WHERE revoked_at IS NULL;

CREATE TABLE repeat (
    token TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    at TEXT NOT NULL,
    status INTEGER,
    answer BLOB,
    PRIMARY KEY (token, idempotency_key)
) WITHOUT ROWID;
CREATE INDEX repeat_by_age ON repeat (at);
