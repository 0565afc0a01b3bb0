-- An application's steps as Okta has them: where it comes from, its sign-on, and how a token is fetched for it.

ALTER TABLE application ADD COLUMN catalogue TEXT NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;
ALTER TABLE application ADD COLUMN sign_on TEXT NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN sign_on_email TEXT NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN token_url TEXT NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN client_id TEXT NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN scope TEXT NOT NULL DEFAULT '';
