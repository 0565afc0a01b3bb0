-- Successful reads of no one resource, many to a row: one row each cost a lookup a third of its time.
-- requests is a JSON array of them in the order of request_batch.py, packed by zlib; first_id and last_id bound their ids.
CREATE TABLE request_batch (
    seq INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    first_id TEXT NOT NULL,
    last_id TEXT NOT NULL,
    last_at TEXT NOT NULL,
    count INTEGER NOT NULL,
    requests BLOB NOT NULL
);

CREATE INDEX request_batch_of_tenant ON request_batch (tenant);

CREATE INDEX request_batch_ids ON request_batch (last_id, first_id);

-- Requests are listed by their ids, which ascend in time: rows and batches together.
DROP INDEX request_log_of_tenant;

CREATE INDEX request_log_of_tenant ON request_log (tenant, id);
