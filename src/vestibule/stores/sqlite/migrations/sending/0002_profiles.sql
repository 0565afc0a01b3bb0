-- Application profiles copied from files: what an application was added with stays when the file goes.

CREATE TABLE profile (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    stored_at TEXT NOT NULL
) WITHOUT ROWID;
