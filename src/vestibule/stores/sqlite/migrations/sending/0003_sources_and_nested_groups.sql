-- A directory of several sources: each row says which one told it; '' is the only one there was before.
-- Membership has everybody, those by way of a nested group too; nested_group says which groups are in which.

ALTER TABLE person ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE source_group ADD COLUMN source TEXT NOT NULL DEFAULT '';

CREATE TABLE nested_group (
    group_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    PRIMARY KEY (group_id, member_id)
) WITHOUT ROWID;
