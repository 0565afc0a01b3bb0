-- Who may use the console: administrators of a customer, and operators, who run the service.

CREATE TABLE administrator (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    is_operator INTEGER NOT NULL DEFAULT 0,
    password TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    signed_in_at TEXT
);

-- What an administrator looks after; tenant 0 is every tenant of the account.
CREATE TABLE administrator_grant (
    administrator INTEGER NOT NULL REFERENCES administrator (id),
    account INTEGER NOT NULL REFERENCES account (id),
    tenant INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (administrator, account, tenant)
) WITHOUT ROWID;

CREATE INDEX administrator_grant_of_account ON administrator_grant (account, administrator);

-- Links that let somebody in once, and browsers that are let in. Found by hash; the secrets are nowhere.
-- administrator 0: the link makes the first operator.
CREATE TABLE sign_in_link (
    hash BLOB PRIMARY KEY,
    administrator INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE console_session (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    administrator INTEGER NOT NULL REFERENCES administrator (id),
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    viewing INTEGER
) WITHOUT ROWID;

CREATE INDEX console_session_of ON console_session (administrator, created_at);
