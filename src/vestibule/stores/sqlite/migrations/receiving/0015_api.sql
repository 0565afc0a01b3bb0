-- Who may use the management API, what its idempotency keys were used for, and one-time links for set-up.

-- Found by hash on every request. account and tenant say what the token is bound to: one of them, or neither.
-- scopes: a JSON array of text.
CREATE TABLE api_token (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    account INTEGER REFERENCES account (id),
    tenant INTEGER REFERENCES tenant (id),
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT,
    last_used_at TEXT
) WITHOUT ROWID;

CREATE UNIQUE INDEX api_token_name ON api_token (name) WHERE revoked_at IS NULL;

-- status and answer are null while the request is under way; the answer is sealed.
CREATE TABLE repeat (
    token TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    at TEXT NOT NULL,
    status INTEGER,
    answer BLOB,
    PRIMARY KEY (token, idempotency_key)
) WITHOUT ROWID;

CREATE INDEX repeat_at ON repeat (at);

CREATE TABLE setup_link (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant (id),
    code_hash BLOB NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    revoked_at TEXT,
    token TEXT
);

CREATE INDEX setup_link_of_tenant ON setup_link (tenant, id);
