-- Events that were forgotten before an endpoint had them; told_last is up to where it was told of.
CREATE TABLE webhook_gap (
    tenant bigint NOT NULL,
    endpoint text COLLATE "C" NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    events bigint NOT NULL,
    since text COLLATE "C" NOT NULL,
    until text COLLATE "C" NOT NULL,
    told_last bigint NOT NULL DEFAULT 0,
    told_at text COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, endpoint, first)
);
