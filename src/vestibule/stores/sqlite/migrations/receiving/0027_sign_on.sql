-- Single sign-on: a tenant's set-up, our key pairs, what counts once, sessions, and what was tried.
-- Secrets are sealed (secret, private_key) or hashed (hash; keys of sign_on_once).

CREATE TABLE sign_on (
    tenant INTEGER PRIMARY KEY,
    issuer TEXT NOT NULL,
    document TEXT NOT NULL,
    secret BLOB,
    read_at TEXT NOT NULL,
    read_fault TEXT NOT NULL,
    worked_at TEXT NOT NULL,
    opened_gate INTEGER NOT NULL DEFAULT 0,
    changed_at TEXT NOT NULL
);

CREATE INDEX sign_on_issuer ON sign_on (issuer);

CREATE TABLE sign_on_key (
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    certificate TEXT NOT NULL,
    private_key BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE sign_on_once (
    tenant INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, key)
) WITHOUT ROWID;

CREATE INDEX sign_on_once_key ON sign_on_once (kind, key);

CREATE INDEX sign_on_once_expires ON sign_on_once (expires_at);

CREATE TABLE sign_on_session (
    tenant INTEGER NOT NULL,
    hash BLOB NOT NULL,
    person TEXT NOT NULL,
    sign_in TEXT NOT NULL,
    protocol TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_format TEXT NOT NULL,
    session_index TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (tenant, hash)
) WITHOUT ROWID;

CREATE INDEX sign_on_session_person ON sign_on_session (tenant, person);

CREATE INDEX sign_on_session_sign_in ON sign_on_session (tenant, sign_in);

CREATE INDEX sign_on_session_subject ON sign_on_session (tenant, subject);

CREATE INDEX sign_on_session_expires ON sign_on_session (expires_at);

CREATE TABLE sign_on_attempt (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    at TEXT NOT NULL,
    rule TEXT NOT NULL,
    person TEXT NOT NULL,
    is_test INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    payload TEXT
);

CREATE INDEX sign_on_attempt_of_tenant ON sign_on_attempt (tenant);
