-- An application's steps as Okta has them: where it comes from, its sign-on, and how a token is fetched for it.

ALTER TABLE application ADD COLUMN catalogue text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN enabled integer NOT NULL DEFAULT 1;
ALTER TABLE application ADD COLUMN sign_on text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN sign_on_email text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN token_url text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN client_id text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN scope text COLLATE "C" NOT NULL DEFAULT '';
