-- Streams of security event tokens (RFC 9967) are endpoints of the kinds push and poll.
-- What signs the tokens: private_key is sealed, public_key a JWK. Tenant 0: the installation's.

ALTER TABLE webhook_endpoint ADD COLUMN audience TEXT NOT NULL DEFAULT '';

ALTER TABLE webhook_endpoint ADD COLUMN form TEXT NOT NULL DEFAULT 'notice';

CREATE TABLE set_key (
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    private_key BLOB NOT NULL,
    public_key TEXT NOT NULL,
    created_at TEXT NOT NULL,
    signs_from TEXT NOT NULL,
    published_until TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
