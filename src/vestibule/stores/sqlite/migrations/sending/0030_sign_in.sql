-- Who administers the directory, the links that let them in once, and the browsers that are let in.
-- Found by hash; the secrets are nowhere. administrator 0: the link makes the first one.
CREATE TABLE administrator (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    signed_in_at TEXT
);
CREATE TABLE sign_in_link (
    hash BLOB PRIMARY KEY,
    administrator INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE console_session (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    administrator INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    user_agent TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX console_session_of ON console_session (administrator, created_at);

-- Logos that were uploaded for an application, in the place of the catalogue's.
CREATE TABLE application_logo (
    application_id INTEGER PRIMARY KEY,
    media_type TEXT NOT NULL,
    content BLOB NOT NULL
);
