-- Who somebody there is: reconciliation and imports ask by their ids.
CREATE INDEX app_user_by_external_id ON app_user (application_id, external_id);
