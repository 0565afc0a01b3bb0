-- The sending side: the company's directory, its applications, and the work towards them.

CREATE TABLE person (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    login_folded TEXT NOT NULL UNIQUE,
    attributes TEXT NOT NULL,
    status TEXT NOT NULL
) WITHOUT ROWID;

-- A group that left the directory stays, gone: its push waits for somebody to unlink it.
CREATE TABLE source_group (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX source_group_by_name ON source_group (name_folded);

CREATE TABLE membership (
    group_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    PRIMARY KEY (group_id, person_id)
) WITHOUT ROWID;
CREATE INDEX membership_of_person ON membership (person_id, group_id);

CREATE TABLE application (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    profile TEXT NOT NULL,
    mode TEXT NOT NULL,
    connector TEXT NOT NULL,
    base_url TEXT,
    token BLOB,
    authentication TEXT NOT NULL,
    operations TEXT NOT NULL,
    username_format TEXT NOT NULL,
    unique_identifier TEXT NOT NULL,
    as_okta INTEGER NOT NULL,
    update_username INTEGER NOT NULL,
    pushes_groups INTEGER NOT NULL,
    member_batch INTEGER NOT NULL,
    quarantined TEXT NOT NULL
);

CREATE TABLE mapping (
    application_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    variable TEXT NOT NULL,
    external_name TEXT NOT NULL,
    namespace TEXT NOT NULL,
    expression TEXT NOT NULL,
    label TEXT NOT NULL,
    type TEXT NOT NULL,
    applies_on TEXT NOT NULL,
    scope TEXT NOT NULL,
    required INTEGER NOT NULL,
    enum TEXT NOT NULL,
    PRIMARY KEY (application_id, position)
) WITHOUT ROWID;

CREATE TABLE assignment (
    application_id INTEGER NOT NULL,
    subject TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    priority INTEGER NOT NULL,
    attribute_values TEXT NOT NULL,
    before_provisioning INTEGER NOT NULL,
    PRIMARY KEY (application_id, subject, subject_id)
) WITHOUT ROWID;

CREATE TABLE app_user (
    application_id INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    state TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    sent_hash TEXT NOT NULL,
    sent_variables TEXT NOT NULL,
    fault TEXT NOT NULL,
    fault_hash TEXT NOT NULL,
    PRIMARY KEY (application_id, person_id)
) WITHOUT ROWID;

CREATE TABLE push_group (
    application_id INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    state TEXT NOT NULL,
    external_id TEXT NOT NULL,
    name_sent TEXT NOT NULL,
    full_push INTEGER NOT NULL,
    fault TEXT NOT NULL,
    fault_hash TEXT NOT NULL,
    PRIMARY KEY (application_id, group_id)
) WITHOUT ROWID;

-- The members an application was told of, by their ids there.
CREATE TABLE pushed_member (
    application_id INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    display TEXT NOT NULL,
    PRIMARY KEY (application_id, group_id, external_id)
) WITHOUT ROWID;

CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    application_id INTEGER NOT NULL,
    stage TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    forced INTEGER NOT NULL DEFAULT 0,
    retry_at TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT '',
    finished TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX job_open ON job (application_id, stage, subject_id)
    WHERE state IN ('queued', 'running', 'retrying');
CREATE INDEX job_by_state ON job (application_id, state, stage, id);

CREATE TABLE attempt (
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    detail TEXT NOT NULL,
    PRIMARY KEY (job_id, number)
) WITHOUT ROWID;
