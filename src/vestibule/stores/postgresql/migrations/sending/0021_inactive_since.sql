-- Since when somebody is inactive there: a client that is played may delete them some time later.
ALTER TABLE app_user ADD COLUMN IF NOT EXISTS inactive_since text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX IF NOT EXISTS app_user_inactive ON app_user (application_id, inactive_since) WHERE inactive_since > '';
