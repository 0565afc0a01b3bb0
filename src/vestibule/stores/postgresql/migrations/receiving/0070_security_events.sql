-- Streams of security event tokens (RFC 9967) are endpoints of the kinds push and poll.
-- What signs the tokens: private_key is sealed, public_key a JWK. Tenant 0: the installation's.

ALTER TABLE webhook_endpoint ADD COLUMN audience text COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE webhook_endpoint ADD COLUMN form text COLLATE "C" NOT NULL DEFAULT 'notice';

CREATE TABLE set_key (
    tenant bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    private_key bytea NOT NULL,
    public_key text COLLATE "C" NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    signs_from text COLLATE "C" NOT NULL,
    published_until text COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, id)
);
