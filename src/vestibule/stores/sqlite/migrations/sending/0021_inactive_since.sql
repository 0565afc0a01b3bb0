-- Since when somebody is inactive there: a client that is played may delete them some time later.
ALTER TABLE app_user ADD COLUMN inactive_since TEXT NOT NULL DEFAULT '';
CREATE INDEX app_user_inactive ON app_user (application_id, inactive_since) WHERE inactive_since > '';
