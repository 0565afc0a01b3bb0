-- Groups that are pushed by rule, and groups that are linked to one of another name.

ALTER TABLE push_group ADD COLUMN link_name TEXT NOT NULL DEFAULT '';
ALTER TABLE push_group ADD COLUMN keep_name INTEGER NOT NULL DEFAULT 0;
ALTER TABLE push_group ADD COLUMN rule_id INTEGER NOT NULL DEFAULT 0;

CREATE TABLE push_rule (
    id INTEGER PRIMARY KEY,
    application_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    fit TEXT NOT NULL,
    text TEXT NOT NULL,
    part TEXT NOT NULL,
    active INTEGER NOT NULL,
    UNIQUE (application_id, name_folded)
);
