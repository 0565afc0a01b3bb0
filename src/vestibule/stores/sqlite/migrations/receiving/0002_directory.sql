-- People, groups and other resources, and who is a member of what.
-- The tenant comes first in every key, so that PostgreSQL can partition and distribute by it.

-- seq gives the order of lists: creation, unique, never changed. doc is the served form, find the
-- search form (JSON, folded). user_name, display_name, email and external_id (as the managing
-- connection gave it) are folded columns for the lookups that identity providers send.
-- The large columns stand last, so that reading the small ones touches no overflow page.
CREATE TABLE resource (
    seq INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    id TEXT NOT NULL,
    connection INTEGER,
    version INTEGER NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    user_name TEXT,
    display_name TEXT,
    email TEXT,
    external_id TEXT,
    active INTEGER NOT NULL,
    access TEXT NOT NULL,
    role TEXT,
    profile_version INTEGER NOT NULL,
    fold_version TEXT NOT NULL,
    held_until TEXT,
    deleted_at TEXT,
    label TEXT NOT NULL,
    doc BLOB NOT NULL,
    find TEXT NOT NULL
);

CREATE UNIQUE INDEX resource_id ON resource (tenant, id);

CREATE UNIQUE INDEX resource_user_name ON resource (tenant, user_name)
    WHERE state <> 'tombstone' AND user_name IS NOT NULL;

-- The narrow index that offsets walk; the rowid (seq) is its last column.
CREATE INDEX resource_listed ON resource (tenant, type) WHERE state = 'managed';

CREATE INDEX resource_external_id ON resource (tenant, connection, external_id)
    WHERE state <> 'tombstone' AND external_id IS NOT NULL;

CREATE INDEX resource_email ON resource (tenant, email)
    WHERE state <> 'tombstone' AND email IS NOT NULL;

CREATE INDEX resource_display_name ON resource (tenant, display_name)
    WHERE state <> 'tombstone' AND display_name IS NOT NULL;

CREATE INDEX resource_tombstone ON resource (tenant, user_name)
    WHERE state = 'tombstone';

-- externalId under connections other than the managing one, whose stands in the resource row.
CREATE TABLE external_id (
    tenant INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tenant, connection, resource)
) WITHOUT ROWID;

CREATE INDEX external_id_value ON external_id (tenant, connection, type, value);

-- Further e-mails, and attributes that a profile declares indexed; values are folded.
CREATE TABLE key (
    tenant INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tenant, resource, attribute, value)
) WITHOUT ROWID;

CREATE INDEX key_value ON key (tenant, attribute, value);

-- Tombstones stay members, unseen, and come back on restore.
CREATE TABLE member (
    tenant INTEGER NOT NULL,
    grp INTEGER NOT NULL,
    member INTEGER NOT NULL,
    PRIMARY KEY (tenant, grp, member)
) WITHOUT ROWID;

CREATE INDEX member_of ON member (tenant, member);

-- Member values that mean nobody yet.
CREATE TABLE pending_member (
    tenant INTEGER NOT NULL,
    grp INTEGER NOT NULL,
    value TEXT NOT NULL,
    folded TEXT NOT NULL,
    connection INTEGER NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (tenant, grp, value)
) WITHOUT ROWID;

CREATE INDEX pending_member_waiting ON pending_member (tenant, folded);

-- managed: how many resources are listed. shifts: how often the place of a listed one moved
-- (deleted, claimed, restored), so that a running import knows whether its place still holds.
CREATE TABLE counter (
    tenant INTEGER NOT NULL,
    type TEXT NOT NULL,
    managed INTEGER NOT NULL,
    shifts INTEGER NOT NULL,
    PRIMARY KEY (tenant, type)
) WITHOUT ROWID;

CREATE TABLE review (
    seq INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    connection INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    candidates TEXT NOT NULL,
    reason TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    evidence TEXT,
    outcome TEXT NOT NULL DEFAULT 'open',
    closed_at TEXT,
    user_id TEXT NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX review_id ON review (tenant, id);

CREATE UNIQUE INDEX review_open ON review (tenant, connection, user_name, candidates)
    WHERE outcome = 'open';

CREATE TABLE review_candidate (
    tenant INTEGER NOT NULL,
    candidate TEXT NOT NULL,
    review INTEGER NOT NULL,
    PRIMARY KEY (tenant, candidate, review)
) WITHOUT ROWID;
