-- Who may come in: customer account, tenant, connection, access token, and what a tenant set.
-- Times are UTC text with milliseconds, of fixed width; they compare as text.

CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL
);

CREATE TABLE tenant (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    profile TEXT NOT NULL,
    plan TEXT NOT NULL,
    provisioning TEXT NOT NULL DEFAULT 'draft',
    suspended INTEGER NOT NULL DEFAULT 0,
    sso_confirmed INTEGER NOT NULL DEFAULT 0,
    settings_version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL
);

CREATE INDEX tenant_of_account ON tenant (account);

CREATE INDEX tenant_by_name ON tenant (folded);

CREATE TABLE connection (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    dialect TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL
);

CREATE INDEX connection_of_tenant ON connection (tenant, id);

-- Found by hash on every request, so the hash is the key. The secret itself is nowhere.
CREATE TABLE token (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant INTEGER NOT NULL REFERENCES tenant (id),
    connection INTEGER NOT NULL REFERENCES connection (id),
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT,
    last_used_at TEXT
) WITHOUT ROWID;

CREATE INDEX token_of_tenant ON token (tenant, created_at);

CREATE TABLE token_request (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant (id),
    asked_at TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    token TEXT,
    answered_at TEXT
);

CREATE INDEX token_request_open ON token_request (id) WHERE token IS NULL;

CREATE TABLE domain (
    tenant INTEGER NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    proven_at TEXT NOT NULL,
    proven_by TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
) WITHOUT ROWID;

-- Roles of a tenant's own; those of the profile are not repeated here. rights: a JSON array of text.
CREATE TABLE tenant_role (
    tenant INTEGER NOT NULL REFERENCES tenant (id),
    folded TEXT NOT NULL,
    name TEXT NOT NULL,
    rights TEXT NOT NULL,
    PRIMARY KEY (tenant, folded)
) WITHOUT ROWID;

-- Profiles copied from files, every version that was ever current; profile_current says which one is.
CREATE TABLE profile (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    stored_at TEXT NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;

CREATE TABLE profile_current (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
