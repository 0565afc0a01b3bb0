-- Another number whenever anything of what a token belongs to changes: whoever remembers what he read of it
-- reads this one row in its place, in the statement of the request itself. A join of five tables for each
-- lookup cost as much as the lookup. Drawn by lot, not counted: after a restore an old number must not
-- come to stand for something new.
CREATE TABLE admission_version (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    version bigint NOT NULL
) WITH (fillfactor = 50);

CREATE FUNCTION advance_admissions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE admission_version SET version = ('x' || substr(md5(gen_random_uuid()::text), 1, 16))::bit(64)::bigint;
    RETURN NULL;
END
$$;

INSERT INTO admission_version (version)
VALUES (('x' || substr(md5(gen_random_uuid()::text), 1, 16))::bit(64)::bigint);

-- last_used_at moves all the time, and admits nobody.
CREATE TRIGGER token_admits AFTER INSERT OR DELETE OR TRUNCATE
    OR UPDATE OF hash, id, tenant, connection, name, expires_at, revoked_at ON token
    FOR EACH STATEMENT EXECUTE FUNCTION advance_admissions();

CREATE TRIGGER connection_admits AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON connection
    FOR EACH STATEMENT EXECUTE FUNCTION advance_admissions();

CREATE TRIGGER tenant_admits AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON tenant
    FOR EACH STATEMENT EXECUTE FUNCTION advance_admissions();

CREATE TRIGGER account_admits AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION advance_admissions();

CREATE TRIGGER profile_current_admits AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON profile_current
    FOR EACH STATEMENT EXECUTE FUNCTION advance_admissions();
