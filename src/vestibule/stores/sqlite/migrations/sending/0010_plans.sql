-- Plans that are kept, and what a job must find unchanged where it carries one out.

CREATE TABLE plan (
    id INTEGER PRIMARY KEY,
    application_id INTEGER NOT NULL,
    made_at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    state TEXT NOT NULL,
    refreshed INTEGER NOT NULL,
    decided_at TEXT NOT NULL DEFAULT '',
    decided_by TEXT NOT NULL DEFAULT '',
    settings TEXT NOT NULL DEFAULT '',
    operations INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    per_second REAL NOT NULL DEFAULT 0,
    rate_from TEXT NOT NULL DEFAULT '',
    counts TEXT NOT NULL DEFAULT '{}',
    held TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX plan_of_application ON plan (application_id, id);

CREATE TABLE plan_operation (
    application_id INTEGER NOT NULL,
    plan_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    stage TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    differences TEXT NOT NULL,
    requests INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    people TEXT NOT NULL,
    PRIMARY KEY (application_id, plan_id, position)
) WITHOUT ROWID;
CREATE INDEX plan_operation_of_subject ON plan_operation (application_id, plan_id, subject_id);

-- What was sent last, by variable: a plan shows what changes by it.
ALTER TABLE app_user ADD COLUMN sent_values TEXT NOT NULL DEFAULT '{}';

ALTER TABLE job ADD COLUMN plan_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';

CREATE INDEX pushed_member_of_person ON pushed_member (application_id, person_id);

-- How an application is sent to.
CREATE TABLE engine_settings (
    application_id INTEGER PRIMARY KEY,
    concurrency INTEGER NOT NULL,
    schedule TEXT NOT NULL,
    threshold_number INTEGER NOT NULL,
    threshold_share REAL NOT NULL,
    needs_approval INTEGER NOT NULL
);

-- What was learnt of an application, and how far it is.
CREATE TABLE engine_state (
    application_id INTEGER PRIMARY KEY,
    learned REAL NOT NULL DEFAULT 0,
    measured REAL NOT NULL DEFAULT 0,
    quarantined_since TEXT NOT NULL DEFAULT '',
    quarantine_tries INTEGER NOT NULL DEFAULT 0,
    next_try TEXT NOT NULL DEFAULT ''
);
