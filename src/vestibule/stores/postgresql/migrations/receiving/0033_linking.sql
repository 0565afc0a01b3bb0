-- Ties to outside services, and each person's account there.

-- credentials are sealed; progress and last_full are JSON. leased_until keeps two workers apart.
CREATE TABLE service_connection (
    tenant bigint NOT NULL,
    service text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    workspace_id text COLLATE "C" NOT NULL,
    workspace_name text COLLATE "C" NOT NULL,
    workspace_domain text COLLATE "C" NOT NULL,
    connected_by text COLLATE "C" NOT NULL,
    connected_at text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    credentials bytea,
    seen_event bigint NOT NULL,
    next_full_at text COLLATE "C" NOT NULL,
    not_before text COLLATE "C" NOT NULL,
    leased_until text COLLATE "C" NOT NULL,
    progress text COLLATE "C",
    last_full_at text COLLATE "C",
    last_full text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, service)
);

CREATE TABLE service_consent (
    tenant bigint NOT NULL,
    state_hash bytea NOT NULL,
    service text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    sealed bytea NOT NULL,
    expires_at text COLLATE "C" NOT NULL,
    PRIMARY KEY (state_hash)
);

-- value is as the identity provider sent it; key is what members are found by. is_active: access here.
CREATE TABLE linked_account (
    tenant bigint NOT NULL,
    service text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    is_active bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    member_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    email text COLLATE "C" NOT NULL,
    is_guest bigint NOT NULL,
    is_alias bigint NOT NULL,
    since text COLLATE "C" NOT NULL,
    checked_at text COLLATE "C",
    outlives_since text COLLATE "C",
    PRIMARY KEY (tenant, service, user_id)
);

CREATE INDEX linked_account_state ON linked_account (tenant, service, state);

CREATE INDEX linked_account_key ON linked_account (tenant, service, key);

CREATE INDEX linked_account_member ON linked_account (tenant, service, member_id) WHERE member_id <> '';

-- The members that a full run has read so far: a row for each key that finds one.
CREATE TABLE staged_member (
    tenant bigint NOT NULL,
    service text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    member_id text COLLATE "C" NOT NULL,
    member text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, service, key, member_id)
);
