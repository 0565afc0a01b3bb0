-- What happened, who did it, what was asked, and what is left to do.
-- payload holds whatever is personal, alone, so that it can be forgotten.

-- seq is the order of commits: one writer, and never given twice.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    at TEXT NOT NULL,
    type TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    connection INTEGER,
    request_id TEXT,
    fields TEXT,
    payload TEXT
);

CREATE INDEX event_of_tenant ON event (tenant);

CREATE INDEX event_of_subject ON event (tenant, subject_id);

-- salt, payload_hash and chain are filled in by the job that seals entries in this order.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    request_id TEXT,
    payload TEXT,
    salt BLOB,
    payload_hash BLOB,
    chain BLOB
);

CREATE INDEX audit_of_tenant ON audit (tenant);

CREATE INDEX audit_of_subject ON audit (tenant, subject_id);

-- tenant is null where nobody was let in: one ring of the newest.
CREATE TABLE request_log (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    tenant INTEGER,
    connection INTEGER,
    at TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    dialect TEXT NOT NULL,
    token_name TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    notes TEXT,
    payload TEXT
);

CREATE INDEX request_log_id ON request_log (id);

CREATE INDEX request_log_of_tenant ON request_log (tenant);

CREATE INDEX request_log_of_subject ON request_log (tenant, subject_id)
    WHERE subject_id <> '';

CREATE TABLE job (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    not_before TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    leased_until TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT ''
);

CREATE INDEX job_due ON job (not_before) WHERE state IN ('queued', 'running');

-- How often a connection needed each tolerance.
CREATE TABLE tolerance_count (
    tenant INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (tenant, connection, name)
) WITHOUT ROWID;
