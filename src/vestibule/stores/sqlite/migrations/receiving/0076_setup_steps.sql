-- Steps of a set-up guide that somebody marked as done by hand; those that the traffic shows are not kept.
CREATE TABLE setup_step (
    tenant INTEGER NOT NULL REFERENCES tenant (id),
    guide TEXT NOT NULL,
    step TEXT NOT NULL,
    marked_at TEXT NOT NULL,
    marked_by TEXT NOT NULL,
    PRIMARY KEY (tenant, guide, step)
) WITHOUT ROWID;
