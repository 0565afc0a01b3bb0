-- Logos that operators put in the place of the profiles' own.
CREATE TABLE logo (
    profile TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    content BLOB NOT NULL,
    stored_at TEXT NOT NULL
) WITHOUT ROWID;
