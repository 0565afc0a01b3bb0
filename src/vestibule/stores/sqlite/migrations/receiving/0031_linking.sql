-- Ties to outside services, and each person's account there.

-- credentials are sealed; progress and last_full are JSON. leased_until keeps two workers apart.
CREATE TABLE service_connection (
    tenant INTEGER NOT NULL,
    service TEXT NOT NULL,
    state TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    workspace_name TEXT NOT NULL,
    workspace_domain TEXT NOT NULL,
    connected_by TEXT NOT NULL,
    connected_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    credentials BLOB,
    seen_event INTEGER NOT NULL,
    next_full_at TEXT NOT NULL,
    not_before TEXT NOT NULL,
    leased_until TEXT NOT NULL,
    progress TEXT,
    last_full_at TEXT,
    last_full TEXT NOT NULL,
    PRIMARY KEY (tenant, service)
) WITHOUT ROWID;

CREATE TABLE service_consent (
    tenant INTEGER NOT NULL,
    state_hash BLOB NOT NULL,
    service TEXT NOT NULL,
    actor TEXT NOT NULL,
    sealed BLOB NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (state_hash)
) WITHOUT ROWID;

-- value is as the identity provider sent it; key is what members are found by. is_active: access here.
CREATE TABLE linked_account (
    tenant INTEGER NOT NULL,
    service TEXT NOT NULL,
    user_id TEXT NOT NULL,
    value TEXT NOT NULL,
    key TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    member_id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    is_guest INTEGER NOT NULL,
    is_alias INTEGER NOT NULL,
    since TEXT NOT NULL,
    checked_at TEXT,
    outlives_since TEXT,
    PRIMARY KEY (tenant, service, user_id)
) WITHOUT ROWID;

CREATE INDEX linked_account_state ON linked_account (tenant, service, state);

CREATE INDEX linked_account_key ON linked_account (tenant, service, key);

CREATE INDEX linked_account_member ON linked_account (tenant, service, member_id) WHERE member_id <> '';

-- The members that a full run has read so far: a row for each key that finds one.
CREATE TABLE staged_member (
    tenant INTEGER NOT NULL,
    service TEXT NOT NULL,
    key TEXT NOT NULL,
    member_id TEXT NOT NULL,
    member TEXT NOT NULL,
    PRIMARY KEY (tenant, service, key, member_id)
) WITHOUT ROWID;
