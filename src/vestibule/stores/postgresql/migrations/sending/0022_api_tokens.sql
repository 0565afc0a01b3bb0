-- Tokens of the sending side's API, and the answers that an Idempotency-Key has again.
CREATE TABLE IF NOT EXISTS api_token (
    hash bytea PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    name text COLLATE "C" NOT NULL,
    scopes text COLLATE "C" NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    expires_at text COLLATE "C",
    revoked_at text COLLATE "C",
    last_used_at text COLLATE "C"
);
CREATE UNIQUE INDEX IF NOT EXISTS live_api_token_name ON api_token (name) WHERE revoked_at IS NULL;

CREATE TABLE IF NOT EXISTS repeat (
    token text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,
    at text COLLATE "C" NOT NULL,
    status integer,
    answer bytea,
    PRIMARY KEY (token, idempotency_key)
);
CREATE INDEX IF NOT EXISTS repeat_by_age ON repeat (at);
